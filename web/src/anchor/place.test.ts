import { expect, test } from "vitest";
import { gather, place } from "./place";

const note = (want: number, height = 20) => ({ want, height });

test.each([
  ["nothing", [], -1, []],
  ["apart", [note(0), note(100)], -1, [0, 100]],
  ["crowded, nothing open", [note(50), note(50), note(60)], -1, [50, 80, 110]],
  ["the open one meets its line, the others give way", [note(100), note(110), note(112)], 1, [80, 110, 140]],
  ["above the page nothing fits", [note(0), note(10)], 1, [0, 30]],
  ["a tall open note pushes down", [note(10, 200), note(40)], 0, [10, 220]],
])("%s", (_, notes, open, want) => expect(place(notes, open, 10)).toEqual(want));

test("never overlaps, keeps order, and the open note gives way only to the top of the page", () => {
  let seed = 11;
  const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
  for (let round = 0; round < 300; round++) {
    const notes = Array.from({ length: 1 + random(30) }, () => note(random(900), 18 + random(120))).sort(
      (a, b) => a.want - b.want,
    );
    const open = random(notes.length + 1) - 1;
    const y = place(notes, open, 10);
    expect(y[0]).toBeGreaterThanOrEqual(0);
    for (let i = 1; i < y.length; i++) expect(y[i]!).toBeGreaterThanOrEqual(y[i - 1]! + notes[i - 1]!.height + 10);
    const room = notes.slice(0, Math.max(open, 0)).reduce((sum, n) => sum + n.height + 10, 0);
    if (open >= 0) expect(y[open]).toBe(Math.max(notes[open]!.want, room));
  }
});

test("four on a line gather, the held one stays", () => {
  expect(gather([10, 10, 11, 50], -1)).toEqual([1, 1, 1, 1]);
  expect(gather([10, 10, 11, 12, 50], -1)).toEqual([4, 0, 0, 0, 1]);
  expect(gather([10, 10, 11, 12, 50], 2)).toEqual([3, 0, 1, 0, 1]);
});

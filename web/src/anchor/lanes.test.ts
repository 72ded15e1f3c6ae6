import { expect, test } from "vitest";
import { cutPieces, layLanes } from "./lanes";

const mark = (id: string, from: number, to: number) => ({ id, from, to, pigment: "lapis" });
const lanes = (...marks: ReturnType<typeof mark>[]) => Object.fromEntries(layLanes(marks).map((m) => [m.id, m.lane]));

test.each([
  ["apart", [mark("a", 0, 5), mark("b", 5, 9)], { a: 1, b: 1 }],
  ["crossing", [mark("a", 0, 5), mark("b", 3, 9)], { a: 1, b: 2 }],
  ["inside: the longer lies outside", [mark("b", 0, 3), mark("a", 0, 9)], { a: 1, b: 2 }],
  ["a lane is used again", [mark("a", 0, 9), mark("b", 1, 3), mark("c", 4, 6)], { a: 1, b: 2, c: 2 }],
])("%s", (_, marks, want) => expect(lanes(...marks)).toEqual(want));

test("no two marks share a lane and a place", () => {
  let seed = 3;
  const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
  const marks = Array.from({ length: 120 }, (_, i) =>
    ((from) => mark(`m${i}`, from, from + 1 + random(30)))(random(300)),
  );
  const laid = layLanes(marks);
  for (const a of laid)
    for (const b of laid) {
      if (a !== b && a.lane === b.lane) expect(a.to <= b.from || b.to <= a.from).toBe(true);
    }
});

test("pieces cover the stretch, each with what lies over it", () => {
  const pieces = cutPieces(layLanes([mark("a", 0, 5), mark("b", 3, 9)]), 2, 12);
  expect(pieces.map((p) => [p.from, p.to, p.marks.map((m) => m.id).join("")])).toEqual([
    [2, 3, "a"],
    [3, 5, "ab"],
    [5, 9, "b"],
    [9, 12, ""],
  ]);
});

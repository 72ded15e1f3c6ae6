import { expect, test } from "vitest";
import { between, byPlace } from "./order";

const ROOM = [["", ""], ["V", ""], ["", "1"], ["a", "b"], ["a", "a1"], ["Zz", "a"], ["az", "b"]] as const;

test.each(ROOM)("between %j and %j", (low, high) => {
  const place = between(low, high);
  expect(place > low).toBe(true);
  if (high !== "") expect(place < high).toBe(true);
  expect(place.endsWith("0")).toBe(false);
});

test("always room at one spot", () => {
  let [low, high] = ["", ""];
  for (let i = 0; i < 500; i++) {
    const place = between(low, high);
    expect(place > low && (high === "" || place < high)).toBe(true);
    if (i % 3) low = place;
    else high = place;
  }
});

test.each([["b", "a"], ["a", "a"], ["a", "a0"], ["a", "é"]])("no room between %j and %j: merely after the first", (low, high) => {
  expect(between(low, high) > low).toBe(true);
});

test("equal places fall back on the id", () => expect([{ pos: "a", id: "2" }, { pos: "a", id: "1" }].sort(byPlace)[0]!.id).toBe("1"));

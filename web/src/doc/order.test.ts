import { expect, test } from "vitest";
import { between, byPlace } from "./order.ts";

test.each([["", ""], ["V", ""], ["", "1"], ["a", "b"], ["a", "a1"], ["Zz", "a"], ["az", "b"]])("between %j and %j", (low, high) => {
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

test("refuses places that are the wrong way round", () => expect(() => between("b", "a")).toThrow(RangeError));

test("equal places fall back on the id", () => expect([{ pos: "a", id: "2" }, { pos: "a", id: "1" }].sort(byPlace)[0]!.id).toBe("1"));

import { expect, test } from "vitest";
import { letters, personOf } from "./siglum";

test.each([
  ["Ana", "An"],
  ["  bEN ", "Be"],
  ["X", "X"],
  ["J Doe", "J"],
  ["李明华", "李明"],
  ["👩‍👩‍👧 Mum", "👩‍👩‍👧"],
  ["", "?"],
])("the siglum of %j is %j", (name, want) => {
  expect(letters(name)).toBe(want);
});

test("a person keeps one of the eight colours, and ids spread over them", () => {
  const ids = Array.from({ length: 400 }, (_, i) => `0198c0de-0000-7000-8000-${String(i).padStart(12, "0")}`);
  const counts = new Map<number, number>();
  for (const id of ids) counts.set(personOf(id), (counts.get(personOf(id)) ?? 0) + 1);
  expect([...counts.keys()].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(Math.min(...counts.values())).toBeGreaterThan(20);
  expect(personOf(ids[0]!)).toBe(personOf(ids[0]!));
});

import { expect, test } from "vitest";
import { count, since, until, when } from "./when";

const now = new Date(2026, 10, 18, 14, 2, 30); // a Wednesday
const at = (...parts: [number, number, number, number, number]) => new Date(...parts).toISOString();

test.each([
  [at(2026, 10, 18, 14, 2), "just now"],
  [at(2026, 10, 18, 14, 1), "a minute ago"],
  [at(2026, 10, 18, 13, 20), "42 minutes ago"],
  [at(2026, 10, 18, 9, 5), "09:05"],
  [at(2026, 10, 17, 23, 59), "yesterday"],
  [at(2026, 10, 16, 8, 0), "Monday"],
  [at(2026, 1, 14, 8, 0), "14 February"],
  [at(2025, 1, 14, 8, 0), "14 February 2025"],
])("%s is %s", (time, words) => {
  expect(when(time, now, "en-GB")).toBe(words);
});

test.each([
  [at(2026, 10, 18, 14, 2), "at 14:02"],
  [at(2026, 10, 17, 23, 59), "yesterday"],
  [at(2026, 10, 16, 8, 0), "on Monday"],
  [at(2026, 1, 14, 8, 0), "on 14 February"],
])("%s was %s", (time, words) => expect(since(time, now, "en-GB")).toBe(words));

test.each([
  [at(2026, 10, 18, 18, 0), "18:00"],
  [at(2026, 10, 20, 18, 0), "Friday 18:00"],
  [at(2026, 10, 25, 18, 0), "25 November"],
])("what ends %s ends %s", (time, words) => {
  expect(until(time, now, "en-GB")).toBe(words);
});

test("counts agree with their noun", () => {
  expect([count(0, "turn"), count(1, "turn"), count(2, "person", "people")]).toEqual(["0 turns", "1 turn", "2 people"]);
});

import { expect, test } from "vitest";
import { peopleHere, persons } from "./presence";

const ben = { user: { id: "ben", name: "Ben" }, view: "edit", turn: "t1", cursor: { anchor: 1, head: 2 } };

test("everyone but oneself, in all of one's tabs", () => {
  const states = new Map<number, Record<string, unknown>>([[1, { user: { id: "me" } }], [2, ben], [3, { user: { id: "me" } }]]);
  expect(peopleHere(states, 1, "me")).toEqual([
    { client: 2, user: "ben", name: "Ben", view: "edit", turn: "t1", cursor: { anchor: 1, head: 2 } },
  ]);
});

test.each([[{}], [{ user: null }], [{ user: { id: 7 } }], [{ user: "ben" }]])("%j is nobody", (state) => {
  expect(peopleHere(new Map([[2, state]]), 1, "me")).toEqual([]);
});

test("what is missing is plain, and a person with two tabs is one person", () => {
  const states = new Map<number, Record<string, unknown>>([[2, { user: { id: "ben" } }], [3, ben]]);
  const people = peopleHere(states, 1, "me");
  expect(people[0]).toEqual({ client: 2, user: "ben", name: "Someone", view: "read", turn: "", cursor: null });
  expect(persons(people)).toHaveLength(1);
});

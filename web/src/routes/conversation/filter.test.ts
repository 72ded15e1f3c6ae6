import { expect, test } from "vitest";
import { countBy, EVERYTHING, isOn, passes, peopleOf, tagsOf, toggled, type Filter } from "./filter";
import type { Note } from "./notes";

const said = (by: string, deleted = false) => ({
  id: by, target: "n", parent: null, by, at: 0, body: "", deleted, resolved: null,
});

function note(by: string, tags: string[], comments: ReturnType<typeof said>[] = []): Note {
  const bytes = new Uint8Array();
  const quote = { exact: "", prefix: "", suffix: "" };
  const highlight = { id: "n", start: bytes, end: bytes, quote, by, at: 0, tags };
  return { id: "n", highlight, place: { on: "deleted", at: 0 }, thread: comments, resolved: null };
}

const only = (tags: string[], people: string[] = []): Filter => ({ tags: new Set(tags), people: new Set(people) });

test.each<[string, Filter, Note, boolean]>([
  ["everything", EVERYTHING, note("ana", []), true],
  ["its tag", only(["t1"]), note("ana", ["t2", "t1"]), true],
  ["another tag", only(["t1"]), note("ana", ["t2"]), false],
  ["one of two tags", only(["t1", "t2"]), note("ana", ["t2"]), true],
  ["no tag wanted, none there", only([""]), note("ana", []), true],
  ["no tag wanted, one there", only([""]), note("ana", ["t1"]), false],
  ["its author", only([], ["ana"]), note("ana", []), true],
  ["who commented", only([], ["ben"]), note("ana", [], [said("ben")]), true],
  ["whose comment is deleted", only([], ["ben"]), note("ana", [], [said("ben", true)]), false],
  ["tag and person, both", only(["t1"], ["ana"]), note("ana", ["t1"]), true],
  ["tag and person, the tag only", only(["t1"], ["ben"]), note("ana", ["t1"]), false],
])("%s", (_, filter, one, want) => expect(passes(filter, one)).toBe(want));

test("choosing twice is not choosing", () => {
  const chosen = toggled(EVERYTHING, "tags", "t1");
  expect([isOn(EVERYTHING), isOn(chosen), isOn(toggled(chosen, "tags", "t1"))]).toEqual([false, true, false]);
});

test("how many notes each tag and each person has, most first", () => {
  const notes = [note("ana", ["t1"]), note("ben", ["t1", "t2"]), note("ana", [], [said("ben"), said("ben")])];
  expect([...countBy(notes, tagsOf)]).toEqual([["t1", 2], ["", 1], ["t2", 1]]);
  expect([...countBy(notes, peopleOf)]).toEqual([["ana", 2], ["ben", 2]]);
});

import { expect, test } from "vitest";
import type { Place } from "../../anchor/anchor";
import type { Comment, Highlight } from "../../doc/schema";
import { heatOf } from "./heat";
import { notesOf, orphansOf } from "./notes";

const none = new Uint8Array();
const quote = { exact: "", prefix: "", suffix: "" };
const highlight = (id: string, at = 0): Highlight => ({ id, at, by: "ana", tags: [], start: none, end: none, quote });
const comment = (id: string, target: string, more: Partial<Comment> = {}): Comment => ({
  id, target, parent: null, by: "ben", at: 0, body: id, deleted: false, resolved: null, ...more,
});
const on = (from: number, to: number): Place => ({ on: "text", from, to });

test("notes come in the order of the text, each with its thread", () => {
  const places = new Map<string, Place>([["a", on(50, 60)], ["b", { on: "deleted", at: 20 }], ["c", on(50, 55)]]);
  const resolved = { by: "ben", at: 1 };
  const thread = [comment("1", "a", { resolved }), comment("2", "a", { parent: "1" }), comment("3", "gone")];
  const notes = notesOf([highlight("a", 2), highlight("b"), highlight("c", 1)], places, thread);
  expect(notes.map((n) => [n.id, n.thread.map((c) => c.id), n.resolved])).toEqual([
    ["b", [], null],
    ["c", [], null],
    ["a", ["1", "2"], resolved],
  ]);
});

test("comments outlive their highlight, unless they were deleted", () => {
  const comments = [comment("1", "h"), comment("2", "gone"), comment("3", "gone", { deleted: true }), comment("4", "turn")];
  expect(orphansOf([highlight("h")], new Set(["turn"]), comments).map((c) => c.id)).toEqual(["2"]);
});

test("the heat of a turn counts highlights along it", () => {
  const places = new Map<string, Place>([["a", on(1000, 1010)], ["b", on(1000, 1900)], ["c", on(0, 500)]]);
  const notes = notesOf([highlight("a"), highlight("b"), highlight("c")], places, []);
  expect(heatOf(notes, 1000, 1900)).toEqual([2, 1, 1]);
  expect(heatOf(notes, 2000, 2010)).toEqual([0]);
  expect(heatOf([], 5, 5)).toEqual([0]);
});

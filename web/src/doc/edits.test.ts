import { beforeEach, expect, test } from "vitest";
import * as Y from "yjs";
import { resolve } from "../anchor/anchor";
import {
  addComment, addHighlight, addTag, deleteComment, editComment, joinTurn, LOCAL, removeHighlight, splitTurn,
  toggleReaction, toggleResolved, toggleTag, undoStep,
} from "./edits";
import { cutTurns } from "../markdown/turns";
import { PIGMENTS } from "./pigments";
import { commentsOf, highlightsOf, readComments, readHighlights, readReactions, readTags, readTurns, tagsOf, textOf, turnsOf } from "./schema";

const ana = { id: "ana", now: () => 1000 };
let doc: Y.Doc;
let transactions: unknown[];

beforeEach(() => {
  doc = new Y.Doc();
  textOf(doc).insert(0, "There were many causes.");
  transactions = [];
  doc.on("afterTransaction", (tr: Y.Transaction) => tr.changed.size > 0 && transactions.push(tr.origin));
});

const shown = () => readHighlights(doc).map((h) => {
  const place = resolve(textOf(doc), textOf(doc).toString(), [h])[0]!;
  return place.on === "text" ? textOf(doc).toString().slice(place.from, place.to) : null;
});

test("a highlight is written as the schema says, in one transaction", () => {
  const id = addHighlight(doc, ana, 11, 15, "t1")!;
  const quote = { exact: "many", prefix: "There were ", suffix: " causes." };
  expect(readHighlights(doc)).toMatchObject([{ id, by: "ana", at: 1000, tags: ["t1"], quote }]);
  expect(shown()).toEqual(["many"]);
  expect(transactions).toEqual([LOCAL]);
  expect(id).toMatch(/^[a-z0-9]{10}$/);
});

test("nothing is highlighted between nothing", () => {
  expect(addHighlight(doc, ana, 4, 4, null)).toBeNull();
  expect(transactions).toEqual([]);
});

test("a tag is put on and taken off", () => {
  const id = addHighlight(doc, ana, 0, 5, "t1")!;
  toggleTag(doc, id, "t2");
  expect(readHighlights(doc)[0]!.tags).toEqual(["t1", "t2"]);
  toggleTag(doc, id, "t1");
  expect(readHighlights(doc)[0]!.tags).toEqual(["t2"]);
  toggleTag(doc, "missing", "t1");
});

test("comments: write, answer, edit, resolve, delete", () => {
  const id = addHighlight(doc, ana, 0, 5, null)!;
  const first = addComment(doc, ana, id, " Says who? ", null)!;
  const answer = addComment(doc, { id: "ben", now: () => 2000 }, id, "Clark.", first)!;
  expect(readComments(doc).map((c) => [c.id, c.parent, c.by, c.body])).toEqual([
    [first, null, "ana", "Says who?"],
    [answer, first, "ben", "Clark."],
  ]);
  editComment(doc, first, "Says Clark?");
  toggleResolved(doc, ana, first);
  deleteComment(doc, answer);
  expect(readComments(doc)).toMatchObject([{ body: "Says Clark?", resolved: { by: "ana", at: 1000 } }, { deleted: true }]);
  toggleResolved(doc, ana, first);
  expect(readComments(doc)[0]!.resolved).toBeNull();
  expect(addComment(doc, ana, id, "  ", null)).toBeNull();
});

test("a highlight that was removed comes back whole by undo", () => {
  const undo = new Y.UndoManager(highlightsOf(doc), { trackedOrigins: new Set([LOCAL]), captureTimeout: 0 });
  const id = addHighlight(doc, ana, 11, 15, "t1")!;
  toggleTag(doc, id, "t2");
  const before = readHighlights(doc);
  removeHighlight(doc, ana, id);
  expect(readHighlights(doc)).toEqual([]);
  undoStep(doc, undo, "undo");
  expect(readHighlights(doc)).toEqual(before);
  undoStep(doc, undo, "undo");
  expect(readHighlights(doc)[0]!.tags).toEqual(["t1"]);
});

test("what a teacher takes away of others comes back by undo, still signed by its author", () => {
  const undo = new Y.UndoManager(highlightsOf(doc), { trackedOrigins: new Set([LOCAL]), captureTimeout: 0 });
  const teacher = { id: "tea", now: () => 1 };
  const id = addHighlight(doc, ana, 11, 15, null)!;
  const before = readHighlights(doc);
  undo.clear();
  removeHighlight(doc, teacher, id);
  expect(readHighlights(doc)).toEqual([]);
  undoStep(doc, undo, "undo");
  expect(readHighlights(doc)).toEqual(before);
});

test("a comment written while its highlight is removed is kept", () => {
  const id = addHighlight(doc, ana, 0, 5, null)!;
  const other = new Y.Doc();
  Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
  addComment(other, ana, id, "wait", null);
  removeHighlight(doc, ana, id);
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(other));
  expect(readHighlights(doc)).toEqual([]);
  expect(readComments(doc)).toMatchObject([{ target: id, body: "wait" }]);
});

test("editing a comment touches only what differs", () => {
  const comment = addComment(doc, ana, "t", "a long sentence", null)!;
  const body = (commentsOf(doc).get(comment) as Y.Map<unknown>).get("body") as Y.Text;
  const deltas: unknown[] = [];
  body.observe((event) => deltas.push(event.delta));
  editComment(doc, comment, "a short sentence");
  expect(deltas).toEqual([[{ retain: 2 }, { delete: 4 }, { insert: "short" }]]);
});

test("a reaction is one key, on or off", () => {
  toggleReaction(doc, ana, "c1", "👍");
  expect(readReactions(doc)).toEqual([{ comment: "c1", user: "ana", emoji: "👍" }]);
  toggleReaction(doc, ana, "c1", "👍");
  expect(readReactions(doc)).toEqual([]);
});

test("new tags take the next pigment and the last place", () => {
  const names = ["one", "two", "three"];
  names.forEach((name) => addTag(doc, name));
  expect(readTags(doc).map((t) => [t.name, t.colour])).toEqual(names.map((name, i) => [name, PIGMENTS[i]]));
  expect(addTag(doc, " ")).toBeNull();
});

test("a turn is split by its marker and joined again", () => {
  textOf(doc).insert(0, "\u001eaaaaaaaaaa\n");
  turnsOf(doc).set("aaaaaaaaaa", new Y.Map([["role", "assistant"], ["speaker", "GPT"]]));
  addHighlight(doc, ana, 23, 27, null);
  splitTurn(doc, 17, "aaaaaaaaaa");
  const cuts = cutTurns(textOf(doc).toString());
  expect(cuts).toHaveLength(2);
  expect(readTurns(doc).get(cuts[1]!.id!)).toMatchObject({ role: "assistant", speaker: "GPT" });
  expect(shown()).toEqual(["many"]);
  joinTurn(doc, cuts[1]!);
  expect(cutTurns(textOf(doc).toString())).toHaveLength(1);
  expect(shown()).toEqual(["many"]);
});

test("undo brings text back under its highlight, for everybody, and redo still works", () => {
  addHighlight(doc, ana, 11, 15, null);
  const undo = new Y.UndoManager(textOf(doc), { trackedOrigins: new Set([LOCAL]) });
  doc.transact(() => textOf(doc).delete(6, 12), LOCAL);
  expect(shown()).toEqual([null]);
  expect(undoStep(doc, undo, "undo")).toBe(true);
  expect(transactions.at(-1)).toBe(undo);
  expect(shown()).toEqual(["many"]);

  const other = new Y.Doc();
  Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
  textOf(other).insert(13, "!");
  const [place] = resolve(textOf(other), textOf(other).toString(), readHighlights(other));
  expect(place).toEqual({ on: "text", from: 11, to: 16 });

  expect(undoStep(doc, undo, "redo")).toBe(true);
  expect(textOf(doc).toString()).toBe("There uses.");
  expect(undoStep(doc, undo, "redo")).toBe(false);
  undoStep(doc, undo, "undo");
  expect(shown()).toEqual(["many"]);
});

test("foreign entries of the wrong kind are read as their plainest value", () => {
  highlightsOf(doc).set("a", "not a map");
  highlightsOf(doc).set("b", new Y.Map(Object.entries({ start: "text", tags: 7, at: Infinity, quote: null })));
  commentsOf(doc).set("c", new Y.Map(Object.entries({ body: "plain", resolved: true })));
  tagsOf(doc).set("t", new Y.Map([["colour", "neon"]]));
  doc.getMap("reactions").set("a|b", 1);
  const [none, quote] = [new Uint8Array(), { exact: "", prefix: "", suffix: "" }];
  expect(readHighlights(doc)).toEqual([{ id: "b", start: none, end: none, quote, by: "", at: 0, tags: [] }]);
  expect(readComments(doc)).toMatchObject([{ id: "c", body: "plain", resolved: null, parent: null }]);
  expect(readTags(doc)).toMatchObject([{ id: "t", name: "unnamed", colour: "sepia" }]);
  expect(readReactions(doc)).toEqual([]);
});

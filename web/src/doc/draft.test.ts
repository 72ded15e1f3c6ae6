import { expect, test } from "vitest";
import * as Y from "yjs";
import { addComment, addHighlight } from "./edits";
import { textOf } from "./schema";
import { clientsOf, wordsOf } from "./draft";

const author = { id: "u1", now: () => 7 };

/** The updates of what is done to a document that begins with these words. */
function updatesOf(words: string, act: (doc: Y.Doc) => void): Uint8Array[] {
  const doc = new Y.Doc();
  textOf(doc).insert(0, words);
  const updates: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => updates.push(update));
  act(doc);
  return updates;
}

const typeAt = (doc: Y.Doc, at: number, words: string) =>
  [...words].forEach((letter, i) => textOf(doc).insert(at + i, letter));

test("what was typed in one go is one paragraph, without what was taken back", () => {
  const updates = updatesOf("One. Two.", (doc) => {
    typeAt(doc, 4, " Ana was hree");
    textOf(doc).delete(13, 4);
    typeAt(doc, 13, "here.");
    typeAt(doc, 0, "Zero. ");
  });
  expect(wordsOf(updates)).toBe("Ana was here.\n\nZero.");
});

test("comments and highlighted words are in it, ids and times are not", () => {
  const updates = updatesOf("A brave new world.", (doc) => {
    const id = addHighlight(doc, author, 2, 11, null)!;
    addComment(doc, author, id, "Whose?", null);
  });
  expect(wordsOf(updates)).toBe("Highlighted: “brave new”\n\nWhose?");
});

test("the updates of two pages, in any order, one of them twice", () => {
  const one = updatesOf("", (doc) => typeAt(doc, 0, "one"));
  const two = updatesOf("", (doc) => typeAt(doc, 0, "two"));
  expect(wordsOf([...two, ...one.toReversed(), ...two]).split("\n\n").sort()).toEqual(["one", "two"]);
});

test("of a whole document, only what some clients wrote", () => {
  const mine = updatesOf("", (doc) => typeAt(doc, 0, "mine"));
  const theirs = updatesOf("", (doc) => typeAt(doc, 0, "theirs"));
  const clients = new Set(clientsOf(Y.mergeUpdates(mine)));
  expect(clients.size).toBe(1);
  expect(wordsOf([...mine, ...theirs], clients)).toBe("mine");
});

test("updates without words", () => {
  expect(wordsOf([])).toBe("");
  expect(wordsOf(updatesOf("gone", (doc) => textOf(doc).delete(0, 4)))).toBe("");
});

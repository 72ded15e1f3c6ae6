import { expect, test } from "vitest";
import * as Y from "yjs";
import { textOf } from "../../doc/schema";
import { absoluteCursor, relativeCursor } from "./cursor";

const docOf = (content: string) => {
  const doc = new Y.Doc();
  textOf(doc).insert(0, content);
  return doc;
};

test("a cursor stays on its words, over the wire too", () => {
  const doc = docOf("one two three");
  const cursor = JSON.parse(JSON.stringify(relativeCursor(doc, 4, 7)));
  textOf(doc).insert(0, "zero ");
  expect(absoluteCursor(doc, cursor)).toEqual({ anchor: 9, head: 12 });
});

test("at the end of the text", () => {
  const doc = docOf("one");
  expect(absoluteCursor(doc, relativeCursor(doc, 3, 99))).toEqual({ anchor: 3, head: 3 });
});

test.each([
  [null],
  [{ anchor: 1, head: 2 }],
  [{ anchor: {}, head: {} }],
  [{ anchor: { item: "x" }, head: { tname: 4 } }],
  [{ anchor: { tname: "tags" }, head: { tname: "tags" } }],
])("%j is no cursor", (cursor) => {
  expect(absoluteCursor(docOf("one"), cursor)).toBeNull();
});

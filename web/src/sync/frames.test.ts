import { expect, test } from "vitest";
import * as decoding from "lib0/decoding";
import * as Y from "yjs";
import {
  askFrame, classify, hashDeletes, hashVector, headFrame, peekUpdate, readHead, readRights, readSeal, sealedFrame, updateFrame,
} from "./frames";

const bytes = (words: string) => new TextEncoder().encode(words);

test("the hash is FNV-1a, as the server's", () => {
  expect(hashVector(bytes(""))).toBe(0x811c9dc5);
  expect(hashVector(bytes("a"))).toBe(0xe40c292c);
  expect(hashVector(bytes("foobar"))).toBe(0xbf9cf968);
});

test("the hashes of a document are those that the server makes of the same", () => {
  const doc = new Y.Doc();
  doc.clientID = 7;
  const text = doc.getText("text");
  const hashes = () => {
    const vector = Y.encodeStateVector(doc);
    return [hashVector(vector), hashDeletes(Y.encodeStateAsUpdate(doc, vector))];
  };
  text.insert(0, "abcdef");
  expect(hashes()).toEqual([3955741557, 292984781]);
  text.delete(1, 2);
  expect(hashes()).toEqual([3955741557, 309380945]);
  text.delete(2, 1);
  expect(hashes()).toEqual([3955741557, 2588914271]);
});

test.each([{ deletes: 0 }, { deletes: 9 }])("a head is read as it was written: %o", ({ deletes }) => {
  const head = { generation: 1, seq: 300, hash: 0xffffffff, deletes };
  const decoder = decoding.createDecoder(headFrame(head));
  expect(decoding.readVarUint(decoder)).toBe(101);
  expect(readHead(decoder)).toEqual(head);
});

test.each([
  ["an update", updateFrame(Uint8Array.of(1, 2)), { kind: "update" }],
  ["an answer with content", Uint8Array.of(0, 1, 3, 1, 2, 3), { kind: "answer", counts: true }],
  ["an answer without", Uint8Array.of(0, 1, 2, 0, 0), { kind: "answer", counts: false }],
  ["a question", askFrame(Uint8Array.of(0)), { kind: "other" }],
  ["awareness", Uint8Array.of(1, 1, 0), { kind: "other" }],
  ["a head", headFrame({ generation: 1, seq: 300, hash: 0xffffffff, deletes: 0 }), { kind: "other" }],
])("%s", (_, frame, want) => expect(classify(frame)).toEqual(want));

/** The vectors are those of internal/crdt/protocol. */
const after = (...frame: number[]) => {
  const decoder = decoding.createDecoder(Uint8Array.from(frame));
  decoding.readVarUint(decoder);
  return decoder;
};

test("rights", () => {
  expect(readRights(after(0x69, 7, ...bytes("student"), 0x12, 0, 0))).toEqual({
    role: "student",
    may: { edit: false, annotate: true, manage: false, moderate: false, export: true, remove: false },
    frozen: false,
    reason: "",
  });
  expect(readRights(after(0x69, 7, ...bytes("student"), 0x10, 1, 7, ...bytes("Frozen.")))).toMatchObject({
    frozen: true,
    reason: "Frozen.",
  });
});

test("a seal, and what is given back with it", () => {
  expect(readSeal(after(0x6a, 0xac, 2, 9, 2, 0xfe, 0xff))).toEqual({ row: 300, settled: 9, seal: Uint8Array.of(0xfe, 0xff) });
  expect([...sealedFrame(Uint8Array.of(0, 0), Uint8Array.of(0xfe, 0xff))]).toEqual([0x6b, 2, 0, 0, 2, 0xfe, 0xff]);
});

test("an update is looked at without being taken", () => {
  const decoder = after(...updateFrame(Uint8Array.of(7, 8)));
  expect(peekUpdate(decoder)).toEqual(Uint8Array.of(7, 8));
  expect(peekUpdate(decoder)).toEqual(Uint8Array.of(7, 8));
  expect(peekUpdate(after(...askFrame(Uint8Array.of(0))))).toBeNull();
});

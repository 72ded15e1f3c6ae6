import { expect, test } from "vitest";
import { askFrame, classify, hashVector, headFrame, updateFrame } from "./frames";

const bytes = (words: string) => new TextEncoder().encode(words);

test("the hash is FNV-1a, as the server's", () => {
  expect(hashVector(bytes(""))).toBe(0x811c9dc5);
  expect(hashVector(bytes("a"))).toBe(0xe40c292c);
  expect(hashVector(bytes("foobar"))).toBe(0xbf9cf968);
});

test.each([
  ["an update", updateFrame(Uint8Array.of(1, 2)), { kind: "update" }],
  ["an answer with content", Uint8Array.of(0, 1, 3, 1, 2, 3), { kind: "answer", counts: true }],
  ["an answer without", Uint8Array.of(0, 1, 2, 0, 0), { kind: "answer", counts: false }],
  ["a question", askFrame(Uint8Array.of(0)), { kind: "other" }],
  ["awareness", Uint8Array.of(1, 1, 0), { kind: "other" }],
  ["a head", headFrame({ generation: 1, seq: 300, hash: 0xffffffff }), { kind: "other" }],
])("%s", (_, frame, want) => expect(classify(frame)).toEqual(want));

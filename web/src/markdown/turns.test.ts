import { expect, test } from "vitest";
import { cutTurns, turnAt, withoutMarkers } from "./turns";

const A = "\u001eaaaaaaaaaa\n";
const B = "\u001ebbbbbbbbbb\n";

test("cuts at markers", () => {
  expect(cutTurns(`${A}one\n\n${B}two`)).toEqual([
    { id: "aaaaaaaaaa", key: "aaaaaaaaaa", start: 0, body: 12, end: 17 },
    { id: "bbbbbbbbbb", key: "bbbbbbbbbb", start: 17, body: 29, end: 32 },
  ]);
});

test("a text without markers is one turn", () => {
  expect(cutTurns("hello")).toEqual([{ id: null, key: "-", start: 0, body: 0, end: 5 }]);
  expect(cutTurns("")).toEqual([{ id: null, key: "-", start: 0, body: 0, end: 0 }]);
});

test("text before the first marker is a turn of its own", () => {
  expect(cutTurns(`x${A}y`).map((c) => c.id)).toEqual([null, "aaaaaaaaaa"]);
  expect(cutTurns(`\n${A}y`).map((c) => c.id)).toEqual(["aaaaaaaaaa"]);
});

test("a damaged marker is text", () => {
  expect(cutTurns(`${A}one \u001ebroken two`)).toHaveLength(1);
});

test("a marker pasted twice gives two keys", () => {
  expect(cutTurns(A + A).map((c) => c.key)).toEqual(["aaaaaaaaaa", "aaaaaaaaaa#2"]);
});

test("finds the turn of an offset", () => {
  const cuts = cutTurns(`${A}one\n\n${B}two`);
  expect([0, 16, 17, 99].map((at) => turnAt(cuts, at))).toEqual([0, 0, 1, 1]);
});

test("hides markers from people", () => expect(withoutMarkers(`one\n\n${B}two`)).toBe("one\n\ntwo"));

import { expect, test } from "vitest";
import { plainClassCode, readCode, spacedClassCode } from "./code";

const ORIGIN = "https://grimoire.example";

test.each([
  ["K7QM2XR", { kind: "class", code: "K7QM2XR" }],
  [" k7qm 2xr ", { kind: "class", code: "K7QM2XR" }],
  ["k7qm-2xr", { kind: "class", code: "K7QM2XR" }],
  ["K7QM–2XR", { kind: "class", code: "K7QM2XR" }],
  ["Maple River otter fern 042", { kind: "return", code: "maple-river-otter-fern-042" }],
  ["maple-river-otter-fern-042", { kind: "return", code: "maple-river-otter-fern-042" }],
  ["https://grimoire.example/j/#3q2-7wEz", { kind: "link", path: "/j/#3q2-7wEz" }],
  ["https://grimoire.example/j/K7QM-2XR", { kind: "link", path: "/j/K7QM-2XR" }],
])("%j is understood", (typed, code) => {
  expect(readCode(typed, ORIGIN)).toEqual(code);
});

test.each([
  ["", "Write the code"],
  ["K7QM 2X", "seven letters and digits"],
  ["KOQM2XR", "no I, L or O"],
  ["maple-river", "seven letters and digits"],
  ["https://grimoire.example/me", "not an invite link"],
  ["https://elsewhere.example/j/K7QM-2XR", "belongs to elsewhere.example"],
  ["https://", "not an invite link"],
])("%j is refused with words that help", (typed, why) => {
  expect(readCode(typed, ORIGIN)).toEqual({ kind: "neither", why: expect.stringContaining(why) });
});

test("a class code has one form for the server and one for people", () => {
  expect(plainClassCode("k7qm 2xr")).toBe("K7QM2XR");
  expect(spacedClassCode("K7QM2XR")).toBe("K7QM 2XR");
});

import { expect, test } from "vitest";
import { bytesOf, content, size } from "./pasted.svelte";

test("a paste weighs what its richest flavour weighs in UTF-8", () => {
  expect([bytesOf({}), bytesOf({ text: "né" }), bytesOf({ html: "<p>", text: "a longer text" })]).toEqual([0, 3, 3]);
});

test.each([
  [12, "12 bytes"],
  [3_140, "3.1 kB"],
  [425_000, "425 kB"],
  [50_000_000, "50 MB"],
])("%i bytes are %s", (bytes, words) => {
  expect(size(bytes)).toBe(words);
});

test("a file is HTML by its name, and text otherwise", async () => {
  expect(await content(new File(["<p>"], "Chat.HTM"))).toEqual({ html: "<p>", filename: "Chat.HTM" });
  expect(await content(new File(["[]"], "conversations.json"))).toEqual({ text: "[]", filename: "conversations.json" });
});

import { expect, test } from "vitest";
import { cutTurns } from "../../markdown/turns";
import { targetsOf, type Searched } from "./jump";
import type { Note } from "./notes";

const text = [
  "\u001eaaaaaaaaaa\nWho was Émile Zola?\n\n",
  `\u001ebbbbbbbbbb\nA **novelist**. ${"He wrote and wrote. ".repeat(20)}He wrote about Dreyfus in 1898.\n`,
].join("");
const bytes = new Uint8Array();
const note: Note = {
  id: "n1",
  highlight: { id: "n1", start: bytes, end: bytes, quote: { exact: "novelist", prefix: "", suffix: "" }, by: "u", at: 0, tags: [] },
  place: { on: "text", from: 40, to: 48 },
  thread: [{ id: "c", target: "n1", parent: null, by: "u", at: 0, body: "And a journalist!", deleted: false, resolved: null }],
  resolved: null,
};
const searched: Searched = {
  text,
  cuts: cutTurns(text),
  notes: [note],
  acts: [{ to: "act", title: "Edit the text", words: "", run: () => {} }],
  speakerOf: (cut) => (cut.id === "aaaaaaaaaa" ? "Mira" : "Assistant"),
  titleOf: () => "effective, Ana",
};
const titles = (typed: string) => targetsOf(typed, searched).map((target) => target.title);

test.each([
  ["", ["Edit the text", "1 Mira", "2 Assistant"]],
  ["edit", ["Edit the text"]],
  ["emile", ["1 Mira"]],
  ["MIRA zola", ["1 Mira"]],
  ["2", ["2 Assistant"]],
  ["journalist", ["effective, Ana"]],
  ["novelist", ["2 Assistant", "effective, Ana"]],
  ["ana", ["effective, Ana"]],
  ["nowhere", []],
])("%j finds %j", (typed, want) => expect(titles(typed)).toEqual(want));

test("the words around what was found, and its place in the text", () => {
  const [target] = targetsOf("dreyfus", searched);
  expect(target).toMatchObject({ to: "turn", turn: 1, offset: text.indexOf("Dreyfus") });
  expect(target!.words).toMatch(/^….*wrote about Dreyfus in 1898\.$/);
  expect(targetsOf("", searched)[2]!.words).toMatch(/^A novelist\. He wrote .*…$/);
});

test("deleted comments are not found", () => {
  const gone = { ...note, thread: note.thread.map((comment) => ({ ...comment, deleted: true })) };
  expect(targetsOf("journalist", { ...searched, notes: [gone] })).toEqual([]);
});

import { expect, test } from "vitest";
import type { Preview } from "../../api/client";
import { Draft } from "./draft.svelte";
import { leaveOut, mergeUp } from "./turns";

const turn = (markdown: string) => ({ role: "user", speaker: "", model: "", kind: "message", markdown }) as const;
const preview: Preview = {
  title: "Why?",
  source: "text",
  source_label: "text",
  turns: [turn("a"), turn("b"), turn("c")],
  warnings: [],
  dropped: [],
};
const words = (draft: Draft) => draft.turns.map((one) => one.markdown);

test("edits can be undone one by one, back to what was read", () => {
  const draft = new Draft(preview, "class");
  draft.edit(mergeUp(draft.turns, 2));
  draft.edit(leaveOut(draft.turns, 0));
  expect(words(draft)).toEqual(["b\n\nc"]);
  draft.undo();
  expect(words(draft)).toEqual(["a", "b\n\nc"]);
  draft.undo();
  expect([words(draft), draft.mayUndo]).toEqual([["a", "b", "c"], false]);
});

test("an edit that changes nothing leaves nothing to undo", () => {
  const draft = new Draft(preview, "class");
  draft.edit(mergeUp(draft.turns, 0));
  expect(draft.mayUndo).toBe(false);
});

test("the held turn stays within the turns", () => {
  const draft = new Draft(preview, "class");
  draft.step(-1);
  expect(draft.held).toBe(2);
  draft.edit(leaveOut(draft.turns, 2));
  expect(draft.held).toBe(1);
  draft.step(1);
  expect(draft.held).toBe(1);
  draft.edit([]);
  expect(draft.held).toBeUndefined();
});

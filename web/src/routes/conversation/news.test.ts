import { expect, test, vi } from "vitest";
import * as Y from "yjs";
import { addComment, addHighlight } from "../../doc/edits";
import { textOf } from "../../doc/schema";
import { News, summary } from "./news";

test.each([
  [[["Ben", { highlights: 2, comments: 1 }]], "Ben added 2 highlights and a comment."],
  [
    [
      ["Ben", { highlights: 0, comments: 2 }],
      ["Ana", { highlights: 1, comments: 0 }],
    ],
    "Ben added 2 comments. Ana added a highlight.",
  ],
  [["A", "B", "C", "D"].map((name) => [name, { highlights: 1, comments: 0 }]), "4 people added 4 highlights."],
] as const)("%j", (tallies, words) => expect(summary(tallies as never)).toBe(words));

test("what others did is told once, when it is quiet", () => {
  vi.useFakeTimers();
  const [there, here] = [new Y.Doc(), new Y.Doc()];
  const say = vi.fn();
  const news = new News(say, (id) => id);
  here.on("afterTransaction", (tr: Y.Transaction) => tr.local || news.hear(tr, here));
  there.on("update", (update: Uint8Array) => Y.applyUpdate(here, update));
  textOf(there).insert(0, "some words");
  const ben = { id: "Ben", now: () => 1 };
  const highlight = addHighlight(there, ben, 0, 4, null)!;
  vi.advanceTimersByTime(1000);
  addComment(there, ben, highlight, "why", null);
  vi.advanceTimersByTime(2000);
  expect(say).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1000);
  expect(say.mock.calls).toEqual([["Ben added a highlight and a comment."]]);
  vi.useRealTimers();
});

import { expect, test } from "vitest";
import { nextStretch, stretchesOf } from "./sentences";

const shown = (content: string, kind: "sentence" | "word") =>
  stretchesOf(content, kind).map(({ from, to }) => content.slice(from, to));

test("sentences end at stops and at line ends", () => {
  expect(shown("One here. Two?\n\nThree\nfour. 五。六！", "sentence")).toEqual([
    "One here.",
    "Two?",
    "Three",
    "four.",
    "五。",
    "六！",
  ]);
});

test("words are words, not the blanks between them", () =>
  expect(shown("Don’t stop, 世界!", "word").slice(0, 2)).toEqual(["Don’t", "stop"]));

test("steps from one to the next and stops at the ends", () => {
  const all = stretchesOf("One. Two.", "sentence");
  expect(nextStretch(all, null, 1)).toEqual({ from: 0, to: 4 });
  expect(nextStretch(all, all[0]!, 1)).toEqual({ from: 5, to: 9 });
  expect(nextStretch(all, all[1]!, 1)).toBeNull();
  expect(nextStretch(all, all[1]!, -1)).toEqual({ from: 0, to: 4 });
});

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isLeaf, parseMarkdown, type Leaf, type Node } from "../markdown/tree";
import { toShown, toSource, trimRange, type Span } from "./map";

/** What a person sees of a stretch of the source. */
function shownText(leaves: readonly Span[], from: number, to: number): string {
  const [start, end] = [toShown(leaves, from, "start"), toShown(leaves, to, "end")];
  if (!start || !end || start.leaf > end.leaf) return "";
  if (start.leaf === end.leaf) return leaves[start.leaf]!.text.slice(start.at, end.at);
  const between = leaves.slice(start.leaf + 1, end.leaf).map((leaf) => leaf.text);
  return [leaves[start.leaf]!.text.slice(start.at), ...between, leaves[end.leaf]!.text.slice(0, end.at)].join("");
}

const leavesOf = (nodes: Node[]): Leaf[] => nodes.flatMap((n) => (isLeaf(n) ? [n] : leavesOf(n.children)));
const source = readFileSync(new URL("../markdown/testdata/scripts.md", import.meta.url), "utf8");
const leaves = leavesOf(parseMarkdown(source));

test.each(["标题", "عنوان", "👨‍👩‍👧‍👦", "café", "代码", "سطر ثانٍ", "עולם", "🇺🇳", "🏳️‍🌈", 'print("👋🏽", ' + "'né')", "✅"])(
  "%s is shown where it stands in the source",
  (phrase) => {
    const from = source.indexOf(phrase);
    expect(from).toBeGreaterThanOrEqual(0);
    expect(shownText(leaves, from, from + phrase.length)).toBe(phrase);
  },
);

test("markup inside a range is not shown, and the range comes back whole", () => {
  const from = source.indexOf("then **bold");
  const to = source.indexOf(" and *naïve");
  expect(shownText(leaves, from, to)).toBe("then bold 中文");
});

test("every shown place leads to the source and back to itself", () => {
  leaves.forEach((leaf, index) => {
    for (let at = 0; at < leaf.text.length; at++) {
      const spot = toShown(leaves, toSource(leaf, at), "start");
      if (leaf.text.length === leaf.to - leaf.from) expect(spot).toEqual({ leaf: index, at });
    }
    const end = toShown(leaves, toSource(leaf, leaf.text.length), "end");
    expect(end).toEqual({ leaf: index, at: leaf.text.length });
  });
});

test("an entity is one piece", () => {
  const amp = leavesOf(parseMarkdown("a &amp; b"));
  expect(shownText(amp, 3, 5)).toBe("&");
  expect(shownText(amp, 0, 7)).toBe("a &");
  expect(toSource(amp[1]!, 1)).toBe(7);
});

test("nothing is shown before the first and after the last", () => {
  expect(toShown([], 0, "start")).toBeNull();
  expect(toShown(leaves, 0, "end")).toBeNull();
  expect(toShown(leaves, source.length, "start")).toBeNull();
});

test("a selection loses the blanks at its ends", () => {
  expect(trimRange("  two words \n", 0, 13)).toEqual({ from: 2, to: 11 });
  expect(trimRange("   ", 0, 3)).toBeNull();
});

import { describe, expect, test } from "vitest";
import type { Turn } from "../../api/client";
import { blocks, flipRole, leaveOut, mergeUp, rawOf, redact, split } from "./turns";

const asks = (markdown: string): Turn => ({ role: "user", speaker: "Mira", model: "", kind: "message", markdown });
const answers = (markdown: string): Turn => ({ role: "assistant", speaker: "", model: "gpt-x", kind: "message", markdown });

const code = "```js\nlet a;\n\nlet b;\n```";
const dialogue = [asks("Why?"), answers(`Because.\n\nAnd:\n\n${code}`), asks("Sure?"), answers("Yes.")];

describe("blocks", () => {
  test.each([
    ["nothing", "", []],
    ["one line", "a", ["a"]],
    ["paragraphs, however far apart", "a\nb\n\n \n\nc\n", ["a\nb", "c"]],
    ["a fence with blank lines", `a\n\n${code}\n\nb`, ["a", code, "b"]],
    ["a longer fence around a shorter one", "````\n```\n\n```\n````\n\nb", ["````\n```\n\n```\n````", "b"]],
    ["a tilde fence that backticks do not close", "~~~\n```\n\n~~~", ["~~~\n```\n\n~~~"]],
    ["a fence that is never closed", "```\na\n\nb", ["```\na\n\nb"]],
  ])("%s", (_, markdown, want) => {
    expect(blocks(markdown)).toEqual(want);
  });
});

describe("split", () => {
  test("cuts between blocks and keeps the speaker of both halves", () => {
    const halves = split(dialogue, 1, 2);
    expect(halves).toEqual([dialogue[0], answers("Because.\n\nAnd:"), answers(code), dialogue[2], dialogue[3]]);
  });
  test.each([
    [1, 0],
    [1, 3],
    [0, 1],
    [9, 1],
  ])("of turn %i before block %i cuts nothing", (at, block) => {
    expect(split(dialogue, at, block)).toBe(dialogue);
  });
});

describe("mergeUp", () => {
  test("undoes a split", () => {
    expect(mergeUp(split(dialogue, 1, 1), 2)).toEqual(dialogue);
  });
  test("gives the text to the speaker above", () => {
    expect(mergeUp(dialogue, 2)[1]).toEqual(answers(`${dialogue[1]!.markdown}\n\nSure?`));
  });
  test("adds no blank lines for a turn without text", () => {
    expect(mergeUp([asks("Why?"), answers(" ")], 1)).toEqual([asks("Why?")]);
  });
  test("of the first turn has nowhere to go", () => {
    expect(mergeUp(dialogue, 0)).toBe(dialogue);
  });
});

describe("flipRole", () => {
  test("takes name and model of the nearest turn with that role", () => {
    expect(flipRole(dialogue, 2)[2]).toEqual(answers("Sure?"));
    expect(flipRole(dialogue, 3)[3]).toEqual(asks("Yes."));
  });
  test("twice gives the turn back", () => {
    expect(flipRole(flipRole(dialogue, 1), 1)).toEqual(dialogue);
  });
  test("alone leaves the name open, and thinking becomes a message", () => {
    const thought: Turn = { role: "assistant", speaker: "GPT", model: "gpt-x", kind: "thinking", markdown: "Hm" };
    expect(flipRole([thought], 0)).toEqual([{ role: "user", speaker: "", model: "", kind: "message", markdown: "Hm" }]);
  });
});

test("a turn left out is gone, and no place outside the list is", () => {
  expect(leaveOut(dialogue, 1)).toEqual([dialogue[0], dialogue[2], dialogue[3]]);
  expect(leaveOut(dialogue, 4)).toBe(dialogue);
});

describe("redact", () => {
  const named: Turn[] = [{ ...asks("I am Mira Katz. Mira!"), speaker: "Mira" }, answers("Hello, **Mira**.")];
  test("takes words out of every turn and name", () => {
    const turns = redact(named, "Mira");
    expect(turns.map((turn) => turn.markdown)).toEqual(["I am (redacted) Katz. (redacted)!", "Hello, **(redacted)**."]);
    expect(turns[0]!.speaker).toBe("(redacted)");
  });
  test("what is not there, or nothing, changes nothing", () => {
    expect(redact(named, "Ben")).toBe(named);
    expect(redact(named, "")).toBe(named);
  });
  test("the pasted text, which still has the words, is not stored with it", () => {
    expect(rawOf("<p>I am Mira</p>", named)).toBe("<p>I am Mira</p>");
    expect(rawOf("<p>I am Mira</p>", redact(named, "Mira"))).not.toContain("Mira");
  });
});

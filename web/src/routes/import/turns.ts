import type { Turn } from "../../api/client";

/**
 * The edits of an import preview, as functions from turns to turns. None
 * changes what it is given, so the preview can undo by keeping what it had.
 * Places outside the list change nothing.
 */

/**
 * The blocks a turn may be split between: what blank lines part, except inside
 * a fence. Joined by blank lines they are the turn's Markdown again.
 */
export function blocks(markdown: string): string[] {
  const found: string[] = [];
  let open: string[] = [];
  let fence = "";
  const close = () => {
    if (open.length > 0) found.push(open.join("\n"));
    open = [];
  };
  for (const line of markdown.split("\n")) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence) {
      if (mark?.startsWith(fence) && line.trim() === mark) fence = "";
    } else if (mark) {
      fence = mark;
    } else if (!line.trim()) {
      close();
      continue;
    }
    open.push(line);
  }
  close();
  return found;
}

/** Cuts turn `at` before one of its blocks; both halves keep its speaker. */
export function split(turns: Turn[], at: number, block: number): Turn[] {
  const turn = turns[at];
  if (!turn) return turns;
  const parts = blocks(turn.markdown);
  if (block < 1 || block >= parts.length) return turns;
  const half = (of: string[]): Turn => ({ ...turn, markdown: of.join("\n\n") });
  return turns.toSpliced(at, 1, half(parts.slice(0, block)), half(parts.slice(block)));
}

/** Joins turn `at` to the one before it, whose speaker it takes on. */
export function mergeUp(turns: Turn[], at: number): Turn[] {
  const [above, turn] = [turns[at - 1], turns[at]];
  if (!above || !turn) return turns;
  const markdown = [above.markdown, turn.markdown].filter((text) => text.trim()).join("\n\n");
  return turns.toSpliced(at - 1, 2, { ...above, markdown });
}

/**
 * A question becomes an answer and any other turn a question. It takes the
 * name and the model of the nearest turn that already has its new role.
 */
export function flipRole(turns: Turn[], at: number): Turn[] {
  const turn = turns[at];
  if (!turn) return turns;
  const role = turn.role === "user" ? "assistant" : "user";
  const alike = turns
    .map((other, i) => ({ other, far: Math.abs(i - at) }))
    .filter(({ other, far }) => far > 0 && other.role === role && other.kind === "message")
    .sort((a, b) => a.far - b.far)[0]?.other;
  const flipped: Turn = { ...turn, role, kind: "message", speaker: alike?.speaker ?? "", model: alike?.model ?? "" };
  return turns.with(at, flipped);
}

/** Leaves turn `at` out of what will be added. */
export function leaveOut(turns: Turn[], at: number): Turn[] {
  return turns[at] ? turns.toSpliced(at, 1) : turns;
}

/** What stands where words were taken out. It does not tell how long they were. */
export const REDACTED = "(redacted)";

/** Takes words out of every turn and every speaker's name. Words that stand in no turn just so change nothing. */
export function redact(turns: Turn[], words: string): Turn[] {
  const found = words !== "" && turns.some(({ markdown, speaker }) => markdown.includes(words) || speaker.includes(words));
  if (!found) return turns;
  const without = (content: string) => content.replaceAll(words, REDACTED);
  return turns.map((turn) => ({ ...turn, markdown: without(turn.markdown), speaker: without(turn.speaker) }));
}

/** What may be stored as the pasted text: itself, unless words were taken out of what it became. */
export function rawOf(pasted: string, turns: readonly Turn[]): string {
  const redacted = turns.some(({ markdown, speaker }) => markdown.includes(REDACTED) || speaker.includes(REDACTED));
  return redacted ? turns.map(({ markdown }) => markdown).join("\n\n") : pasted;
}

/** The keys of the reading page. One table: what is done and what the sheet says cannot differ. */

export type Act =
  | { do: "turn" | "note"; step: 1 | -1 }
  | { do: "sentence" | "word"; step: 1 | -1 }
  | { do: "tag"; index: number }
  | { do: "comment" | "reply" | "resolve" | "edit" | "undo" | "jump" | "filter" | "keys" | "close" };

export interface KeyLine {
  keys: readonly string[];
  words: string;
}

export const KEY_SHEET: readonly KeyLine[] = [
  { keys: ["j", "k"], words: "next turn, turn before" },
  { keys: ["n", "p"], words: "next note, note before" },
  { keys: ["v", "V"], words: "select the next sentence, the one before" },
  { keys: ["w", "W"], words: "take a word more into the selection, a word less" },
  { keys: ["1", "…", "0"], words: "tag what is selected, or the open note" },
  { keys: ["c"], words: "comment on what is selected, or on the open note" },
  { keys: ["r"], words: "reply in the open note" },
  { keys: ["x"], words: "resolve the open note, or open it again" },
  { keys: ["u"], words: "undo my last note" },
  { keys: ["e"], words: "edit the text" },
  { keys: ["/"], words: "find words and jump to them; Ctrl K does so anywhere" },
  { keys: ["f"], words: "choose which notes are shown" },
  { keys: ["Esc"], words: "close what is open" },
  { keys: ["?"], words: "this sheet" },
];

const ACTS: Readonly<Record<string, Act>> = {
  j: { do: "turn", step: 1 }, k: { do: "turn", step: -1 },
  n: { do: "note", step: 1 }, p: { do: "note", step: -1 },
  v: { do: "sentence", step: 1 }, V: { do: "sentence", step: -1 },
  w: { do: "word", step: 1 }, W: { do: "word", step: -1 },
  c: { do: "comment" }, r: { do: "reply" }, x: { do: "resolve" }, e: { do: "edit" }, u: { do: "undo" },
  "/": { do: "jump" }, f: { do: "filter" }, "?": { do: "keys" }, Escape: { do: "close" },
};

export interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** What a key means here; null when it means nothing. `single` is false when the person has turned single keys off. */
export function actOf(pressed: Pressed, single: boolean): Act | null {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return null;
  if (pressed.key === "Escape") return { do: "close" };
  if (!single) return null;
  // The tenth tag has the key after 9, which is 0.
  if (/^[0-9]$/.test(pressed.key)) return { do: "tag", index: (Number(pressed.key) + 9) % 10 };
  return ACTS[pressed.key] ?? null;
}

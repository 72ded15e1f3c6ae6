/** Where one can go from a conversation by typing some letters: its turns, its notes, and what the page can do. */
import type { Cut } from "../../markdown/turns";
import { withoutMarkers } from "../../markdown/turns";
import { at, type Note } from "./notes";

export type Target =
  | { to: "turn"; turn: number; title: string; words: string; offset: number }
  | { to: "note"; id: string; title: string; words: string; offset: number }
  | { to: "act"; title: string; words: string; run: () => void };

export interface Searched {
  text: string;
  cuts: readonly Cut[];
  notes: readonly Note[];
  acts: readonly Extract<Target, { to: "act" }>[];
  /** Who speaks in a turn. */
  speakerOf: (cut: Cut) => string;
  /** Whose note it is and how it is tagged. */
  titleOf: (note: Note) => string;
}

/** Most places of one kind that are told; the rest is found by typing more. */
const MOST = 12;
const BEFORE = 24;
const SHOWN = 110;

/** Everything that holds all the words typed, first what the page can do; without words, that and every turn. */
export function targetsOf(typed: string, { text, cuts, notes, acts, speakerOf, titleOf }: Searched): Target[] {
  const words = fold(typed).split(/\s+/).filter(Boolean);
  const holds = (content: string) => words.every((word) => content.includes(word));
  const turns = cuts.flatMap<Target>((cut, turn) => {
    const body = text.slice(cut.body, cut.end);
    const title = `${turn + 1} ${speakerOf(cut)}`;
    if (!holds(fold(`${title} ${body}`))) return [];
    const found = placeOf(body, words[0]);
    return [{ to: "turn", turn, title, words: snippet(body, found), offset: cut.body + found }];
  });
  const noted = notes.flatMap<Target>((note) => {
    const said = note.thread.filter((comment) => !comment.deleted).map((comment) => comment.body);
    const quote = withoutMarkers(note.highlight.quote.exact);
    const title = titleOf(note);
    if (words.length === 0 || !holds(fold([title, quote, ...said].join(" ")))) return [];
    const best = said.find((body) => fold(body).includes(words[0]!)) ?? quote;
    return [{ to: "note", id: note.id, title, words: snippet(best, placeOf(best, words[0])), offset: at(note) }];
  });
  return [...acts.filter((act) => holds(fold(act.title))), ...turns.slice(0, MOST), ...noted.slice(0, MOST)];
}

/** Without case and accents: é is found by e. Keeps the length of most text; places are only shown, never cut at. */
const fold = (content: string) => content.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function placeOf(body: string, word: string | undefined): number {
  return word === undefined ? 0 : Math.max(0, body.toLowerCase().indexOf(word));
}

function snippet(body: string, found: number): string {
  const start = found <= BEFORE ? 0 : body.lastIndexOf(" ", found - BEFORE) + 1;
  const plain = body.slice(start, start + SHOWN).replace(/[*_`#>]+/g, "").replace(/\s+/g, " ").trim();
  return `${start > 0 ? "…" : ""}${plain}${start + SHOWN < body.trimEnd().length ? "…" : ""}`;
}

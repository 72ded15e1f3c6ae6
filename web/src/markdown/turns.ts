/**
 * A conversation is one flat Markdown text; every turn begins with a marker line:
 * U+001E, the id of the turn, a newline.
 *
 *     ␞k3x9q0a1bz⏎How did it start?⏎⏎␞p7w2m4c8de⏎Historians agree …
 *     └start──────┘└body                └ the next turn
 *
 * Every offset here and elsewhere is a UTF-16 code unit of that text.
 */
export interface Cut {
  /** Id in the marker; null for text that stands before the first marker. */
  id: string | null;
  /** Tells two turns with the same id apart: a marker can be pasted twice. */
  key: string;
  /** First unit of the marker, or of the text when there is none. */
  start: number;
  /** First unit after the marker. */
  body: number;
  /** One past the last unit, where the next marker begins. */
  end: number;
}

const MARKER = /\u001e([a-z0-9]{10})\n/g;

/** Cuts the text at its markers. A damaged marker is text; a text without markers is one turn. */
export function cutTurns(text: string): Cut[] {
  const cuts: Cut[] = [];
  const seen = new Map<string, number>();
  const open = (id: string | null, start: number, body: number) => {
    const nth = (seen.get(id ?? "") ?? 0) + 1;
    seen.set(id ?? "", nth);
    cuts.push({ id, key: nth === 1 ? (id ?? "-") : `${id ?? "-"}#${nth}`, start, body, end: text.length });
  };
  for (const marker of text.matchAll(MARKER)) {
    const last = cuts.at(-1);
    if (last) last.end = marker.index;
    else if (text.slice(0, marker.index).trim() !== "") {
      open(null, 0, 0);
      cuts[0]!.end = marker.index;
    }
    open(marker[1]!, marker.index, marker.index + marker[0].length);
  }
  if (cuts.length === 0) open(null, 0, 0);
  return cuts;
}

/** The turn that holds offset, or the last one before it. */
export function turnAt(cuts: readonly Cut[], offset: number): number {
  let low = 0;
  for (let high = cuts.length; low < high;) {
    const mid = (low + high) >> 1;
    if (cuts[mid]!.start <= offset) low = mid + 1;
    else high = mid;
  }
  return Math.max(0, low - 1);
}

/** What a person may read of a piece of the text: without markers. */
export function withoutMarkers(text: string): string {
  return text.replace(MARKER, "").trim();
}

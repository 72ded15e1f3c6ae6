/**
 * An anchor says where a highlight lies in the text, in words that survive editing: two relative positions of Yjs and a
 * quote. The start sticks to the character on its right and the end to the one on its left, so what is typed at either
 * edge stays outside.
 *
 *     There were ▒▒▒▒▒▒▒ causes        start → item of "m", end → item of "y", quote.exact "many"
 *                ^start ^end
 *
 * When an anchor's own character is deleted, the place alone can mislead: undo writes text anew and the old positions
 * then lie beside it. So the quote is looked for around that place, between the neighbours it had; a look-alike
 * elsewhere is never taken.
 */
import * as Y from "yjs";

export interface Quote {
  exact: string;
  prefix: string;
  suffix: string;
}

export interface Anchor {
  start: Uint8Array;
  end: Uint8Array;
  quote: Quote;
}

/** Where an anchor is now: on text, or the place where its text stood. */
export type Place = { on: "text"; from: number; to: number } | { on: "deleted"; at: number };

/** Units of context kept on each side of a quote. */
const CONTEXT = 32;
/** How many of them must agree where the quote touches the place; farther off, all of them must. */
const AGREE = 12;
/** How far from the place undone text can stand: as long as what was deleted with it. */
const REACH = 4000;

export function anchorTo(text: Y.Text, from: number, to: number): Anchor {
  const relative = (index: number, assoc: number) =>
    Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(text, index, assoc));
  return { start: relative(from, 0), end: relative(to, -1), quote: quoteOf(text.toString(), from, to) };
}

export function quoteOf(content: string, from: number, to: number): Quote {
  return {
    exact: content.slice(from, to),
    prefix: content.slice(Math.max(0, from - CONTEXT), from),
    suffix: content.slice(to, to + CONTEXT),
  };
}

/** An end of an anchor: where it lies, and whether its own character is still there. */
interface Point {
  index: number;
  alive: boolean;
}

/** The places of many anchors at once, in one walk over the text. */
export function resolve(text: Y.Text, content: string, anchors: readonly Anchor[]): Place[] {
  const points = pointsOf(
    text,
    content.length,
    anchors.flatMap((a) => [a.start, a.end]),
  );
  return anchors.map((anchor, i) => placeOf(content, anchor.quote, points[2 * i]!, points[2 * i + 1]!));
}

function placeOf(content: string, quote: Quote, start: Point | null, end: Point | null): Place {
  const dead = start === null || !start.alive ? start : end?.alive ? null : end;
  if (start?.alive !== true || end?.alive !== true) {
    const found = findQuote(content, quote, dead?.index ?? end?.index ?? 0);
    if (found) return { on: "text", ...found };
  }
  if (start && end && start.index < end.index) return { on: "text", from: start.index, to: end.index };
  return { on: "deleted", at: start?.index ?? end?.index ?? 0 };
}

/** The quote nearest to a place, standing between the neighbours it had; null when there is none. */
export function findQuote(content: string, quote: Quote, place: number): { from: number; to: number } | null {
  const { exact, prefix, suffix } = quote;
  if (exact === "") return null;
  let best: { from: number; to: number } | null = null;
  let least = Infinity;
  for (
    let from = content.indexOf(exact, Math.max(0, place - REACH));
    from >= 0 && from <= place + REACH;
    from = content.indexOf(exact, from + 1)
  ) {
    const to = from + exact.length;
    const distance = Math.max(0, from - place, place - to);
    const agree = distance === 0 ? AGREE : CONTEXT;
    if (
      distance >= least ||
      !content.slice(0, from).endsWith(prefix.slice(-agree)) ||
      !content.startsWith(suffix.slice(0, agree), to)
    )
      continue;
    best = { from, to };
    least = distance;
  }
  return best;
}

function pointsOf(text: Y.Text, length: number, encoded: readonly Uint8Array[]): (Point | null)[] {
  const decoded = encoded.map(decode);
  const items = decoded.map((position) => (position?.item ? itemOf(text, position.item) : null));
  const starts = indexOf(text, new Set(items));
  return decoded.map((position, i) => {
    if (position === null) return null;
    if (position.item === null) return { index: position.assoc < 0 ? 0 : length, alive: true };
    const item = items[i];
    if (!item) return null;
    const at = starts.get(item);
    if (at === undefined) return null;
    if (item.deleted || !item.countable) return { index: at, alive: false };
    return { index: at + position.item.clock - item.id.clock + (position.assoc < 0 ? 1 : 0), alive: true };
  });
}

/** A position somebody else wrote may be any bytes: null for what is none. */
function decode(bytes: Uint8Array): Y.RelativePosition | null {
  try {
    return Y.decodeRelativePosition(bytes);
  } catch {
    return null;
  }
}

function itemOf(text: Y.Text, id: Y.ID): Y.Item | null {
  const { store } = text.doc!;
  if (Y.getState(store, id.client) <= id.clock) return null;
  const struct = Y.getItem(store, id) as Y.Item | Y.GC;
  return struct instanceof Y.Item && struct.parent === text ? struct : null;
}

function indexOf(text: Y.Text, wanted: ReadonlySet<Y.Item | null>): Map<Y.Item, number> {
  const found = new Map<Y.Item, number>();
  let at = 0;
  for (let item = text._start; item !== null && found.size < wanted.size; item = item.right) {
    if (wanted.has(item)) found.set(item, at);
    if (!item.deleted && item.countable) at += item.length;
  }
  return found;
}

/**
 * The anchor for text that an undo has just brought back, or null when nothing needs to move.
 * Only who undid can tell: Yjs remembers there, and nowhere else, which new item stands for which old one.
 */
export function anchorAfterUndo(text: Y.Text, content: string, anchor: Anchor): Anchor | null {
  const doc = text.doc!;
  const points = pointsOf(text, content.length, [anchor.start, anchor.end]);
  if (points.every((point) => point?.alive)) return null;
  const [start, end] = [anchor.start, anchor.end].map((bytes) => {
    const position = decode(bytes);
    return position && Y.createAbsolutePositionFromRelativePosition(position, doc, true);
  });
  if (!start || !end || content.slice(start.index, end.index) !== anchor.quote.exact) return null;
  return { ...anchorTo(text, start.index, end.index), quote: anchor.quote };
}

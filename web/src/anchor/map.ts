/**
 * Between the source and what is shown. Leaves stand in the order of the source with gaps where Markdown has marks; an
 * offset in a gap belongs to the nearest shown character on the side one asks for.
 *
 *     source   **bold** &amp; more        shown   bold␣&␣more
 *              01234567890
 */
export interface Span {
  text: string;
  from: number;
  to: number;
}

/** A place in a leaf: `at` counts units of its shown text. */
export interface Spot {
  leaf: number;
  at: number;
}

/** Offset in the source of a place in a leaf. An entity is one piece: a place within it is at its end. */
export function toSource(leaf: Span, at: number): number {
  if (leaf.text.length === leaf.to - leaf.from) return leaf.from + Math.min(at, leaf.text.length);
  return at <= 0 ? leaf.from : leaf.to;
}

/**
 * Where an offset is shown. A range begins at the character on its right and ends at the one on its left: `side` says
 * which of the two is asked for. Null when nothing is shown on that side.
 */
export function toShown(leaves: readonly Span[], offset: number, side: "start" | "end"): Spot | null {
  const index = side === "start" ? firstAfter(leaves, offset) : lastBefore(leaves, offset);
  const leaf = leaves[index];
  if (!leaf) return null;
  const exact = leaf.text.length === leaf.to - leaf.from;
  if (side === "start") return { leaf: index, at: offset <= leaf.from || !exact ? 0 : offset - leaf.from };
  return { leaf: index, at: offset >= leaf.to || !exact ? leaf.text.length : offset - leaf.from };
}

/** The first leaf that ends after the offset. */
export function firstAfter(leaves: readonly Span[], offset: number): number {
  let low = 0;
  for (let high = leaves.length; low < high;) {
    const mid = (low + high) >> 1;
    if (leaves[mid]!.to <= offset) low = mid + 1;
    else high = mid;
  }
  return low;
}

/** The last leaf that begins before the offset; -1 when there is none. */
function lastBefore(leaves: readonly Span[], offset: number): number {
  let low = 0;
  for (let high = leaves.length; low < high;) {
    const mid = (low + high) >> 1;
    if (leaves[mid]!.from < offset) low = mid + 1;
    else high = mid;
  }
  return low - 1;
}

/** A selection without the blanks at its ends, which a double click and a careless hand bring along. */
export function trimRange(content: string, from: number, to: number): { from: number; to: number } | null {
  while (from < to && /\s/.test(content[from]!)) from++;
  while (to > from && /\s/.test(content[to - 1]!)) to--;
  return from < to ? { from, to } : null;
}

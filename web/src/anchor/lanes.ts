/**
 * Highlights that overlap must stay legible. Each gets a lane, the first that is free where it begins; washes mix, and
 * each lane draws its line a step lower. Then a stretch of text is cut into pieces, each under the same highlights.
 *
 *     The lamps are going out all over Europe
 *     ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔                     lane 1
 *               ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔    lane 2
 *     └piece───┘└piece────┘└piece──────────┘
 */
export interface Mark {
  /** The highlight; one with two tags is marked twice. */
  id: string;
  pigment: string;
  from: number;
  to: number;
}

export interface LaidMark extends Mark {
  /** From 1; the painter draws lines for the first three. */
  lane: number;
}

export interface Piece {
  from: number;
  to: number;
  /** By lane. */
  marks: readonly LaidMark[];
}

/** Gives each mark its lane. Longer first where two begin together, so that the short one lies inside. */
export function layLanes(marks: readonly Mark[]): LaidMark[] {
  const ends: number[] = [];
  return [...marks]
    .sort((a, b) => a.from - b.from || b.to - a.to || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
    .map((mark) => {
      const free = ends.findIndex((end) => end <= mark.from);
      const index = free < 0 ? ends.length : free;
      ends[index] = mark.to;
      return { ...mark, lane: index + 1 };
    });
}

/** Cuts from–to at the edges of the marks that meet it. */
export function cutPieces(marks: readonly LaidMark[], from: number, to: number): Piece[] {
  const near = marks.filter((mark) => mark.from < to && mark.to > from);
  const edges = new Set([from, to]);
  for (const mark of near) {
    if (mark.from > from) edges.add(mark.from);
    if (mark.to < to) edges.add(mark.to);
  }
  const cuts = [...edges].sort((a, b) => a - b);
  return cuts.slice(0, -1).map((start, i) => {
    const over = near.filter((mark) => mark.from <= start && mark.to > start);
    return { from: start, to: cuts[i + 1]!, marks: over.sort((a, b) => a.lane - b.lane) };
  });
}

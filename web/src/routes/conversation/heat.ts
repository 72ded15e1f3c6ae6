import type { Note } from "./notes";

/** Units of text that one bar of a turn's heat stands for, and how many bars there are at most. */
const STRETCH = 300;
const BARS = 9;
const TALLEST = 5;

/** How thickly a turn is marked, from its beginning to its end: highlights per stretch. */
export function heatOf(notes: readonly Note[], from: number, to: number): number[] {
  const bars = Math.min(BARS, Math.max(1, Math.ceil((to - from) / STRETCH)));
  const heat = new Array<number>(bars).fill(0);
  const barOf = (offset: number) => Math.floor(((offset - from) / Math.max(1, to - from)) * bars);
  for (const { place } of notes) {
    if (place.on !== "text" || place.from >= to || place.to <= from) continue;
    const last = Math.min(bars - 1, barOf(Math.min(place.to, to) - 1));
    for (let bar = barOf(Math.max(place.from, from)); bar <= last; bar++) heat[bar]!++;
  }
  return heat.map((n) => Math.min(TALLEST, n));
}

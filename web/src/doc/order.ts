/**
 * Places in a list as strings that sort: between two of them there is always room for one more, so that moving one thing
 * changes only that thing. Digits are base 62 in ASCII order; no place ends in "0".
 */
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/**
 * A place after `low` and before `high`; "" stands for the beginning and for the end. When `high` is not after `low`,
 * which happens when two people chose the same place at once, the result is merely after `low`.
 */
export function between(low: string, high: string): string {
  let place = "";
  let bounded = high > low;
  for (let i = 0; ; i++) {
    // A high place that is the low one with zeros behind it leaves no room: it binds no more.
    if (i >= low.length && i >= high.length) bounded = false;
    const floor = digit(low, i);
    const ceiling = bounded ? digit(high, i) : DIGITS.length;
    if (ceiling - floor > 1) return place + DIGITS[(floor + ceiling) >> 1]!;
    // No digit fits here: keep the low one and look one digit further, where a high one already above it binds no more.
    place += DIGITS[floor]!;
    if (floor < ceiling) bounded = false;
  }
}

/** The digit at i; 0 past the end, and for a character that is none. */
const digit = (place: string, i: number) => Math.max(0, DIGITS.indexOf(place[i] ?? "0"));

/** By place, then by id, so that everyone sees the same order when two places are equal. */
export function byPlace(a: { pos: string; id: string }, b: { pos: string; id: string }): number {
  return a.pos < b.pos ? -1 : a.pos > b.pos ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

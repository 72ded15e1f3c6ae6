/**
 * Places in a list as strings that sort: between two of them there is always room for one more, so that moving one thing
 * changes only that thing. Digits are base 62 in ASCII order; no place ends in "0".
 */
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A place after `low` and before `high`; "" stands for the beginning and for the end. */
export function between(low: string, high: string): string {
  if (high !== "" && low >= high) throw new RangeError(`no place between "${low}" and "${high}"`);
  let place = "";
  for (let i = 0; ; i++) {
    const floor = i < low.length ? DIGITS.indexOf(low[i]!) : 0;
    const bounded = high !== "" && high.startsWith(place);
    const ceiling = bounded && i < high.length ? DIGITS.indexOf(high[i]!) : DIGITS.length;
    if (ceiling - floor > 1) return place + DIGITS[(floor + ceiling) >> 1]!;
    // No digit fits here: keep the low one and look one digit further, where the high one binds no more.
    place += DIGITS[floor]!;
  }
}

/** By place, then by id, so that everyone sees the same order when two places are equal. */
export function byPlace(a: { pos: string; id: string }, b: { pos: string; id: string }): number {
  return a.pos < b.pos ? -1 : a.pos > b.pos ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** Times in words, as a person would say them now. Dates and weekdays follow the browser's language. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `just now`, `5 minutes ago`, `14:02`, `yesterday`, `Monday`, `14 February`, with the year when it is another. */
export function when(time: string, now: Date, locale?: string): string {
  const then = new Date(time);
  const ago = now.getTime() - then.getTime();
  if (Math.abs(ago) < MINUTE) return "just now";
  if (ago > 0 && ago < HOUR) return ago < 2 * MINUTE ? "a minute ago" : `${Math.floor(ago / MINUTE)} minutes ago`;
  const days = dayNumber(now) - dayNumber(then);
  if (days === 0) return format(then, { hour: "2-digit", minute: "2-digit" }, locale);
  if (days === 1) return "yesterday";
  if (days > 1 && days < 7) return format(then, { weekday: "long" }, locale);
  const year = then.getFullYear() === now.getFullYear() ? {} : { year: "numeric" as const };
  return format(then, { day: "numeric", month: "long", ...year }, locale);
}

/** When something happened, within a sentence: `at 14:02`, `yesterday`, `on Monday`, `on 14 February`. */
export function since(time: string, now: Date, locale?: string): string {
  const then = new Date(time);
  if (dayNumber(now) === dayNumber(then)) return `at ${format(then, { hour: "2-digit", minute: "2-digit" }, locale)}`;
  const day = when(time, now, locale);
  return day === "yesterday" ? day : `on ${day}`;
}

/** When something to come ends: `14:02` today, `Friday 14:02` this week, else a date. */
export function until(time: string, now: Date, locale?: string): string {
  const then = new Date(time);
  const days = dayNumber(then) - dayNumber(now);
  const clock = format(then, { hour: "2-digit", minute: "2-digit" }, locale);
  if (days === 0) return clock;
  if (days > 0 && days < 7) return `${format(then, { weekday: "long" }, locale)} ${clock}`;
  return format(then, { day: "numeric", month: "long" }, locale);
}

/** `1 turn`, `6 turns`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString()} ${n === 1 ? one : many}`;
}

function dayNumber(date: Date): number {
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY; // UTC days are all 24 hours long
}

function format(date: Date, options: Intl.DateTimeFormatOptions, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { hourCycle: "h23", ...options }).format(date);
}

/** How a person is drawn: two letters and one of eight checked colours, the same for everybody. */

const PEOPLE = 8;
const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The first two letters of a name, as a reader counts letters. */
export function letters(name: string): string {
  const [first = "?", second = ""] = Array.from(segmenter.segment(name.trim()), ({ segment }) => segment);
  return first.toLocaleUpperCase() + second.trim().toLocaleLowerCase();
}

/** Which of `--person-1` to `--person-8` stands for a user: FNV-1a of the id. */
export function personOf(userId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < userId.length; i++) {
    hash = Math.imul(hash ^ userId.charCodeAt(i), 0x01000193);
  }
  return ((hash >>> 0) % PEOPLE) + 1;
}

/** Which notes are shown: those with one of the chosen tags that one of the chosen people had a part in. */
import type { Note } from "./notes";

export interface Filter {
  /** Tag ids, and "" for notes without a tag; none chosen is all. */
  tags: ReadonlySet<string>;
  /** User ids; none chosen is all. */
  people: ReadonlySet<string>;
}

export const EVERYTHING: Filter = { tags: new Set(), people: new Set() };

export const isOn = ({ tags, people }: Filter) => tags.size > 0 || people.size > 0;

export function passes(filter: Filter, note: Note): boolean {
  const tagged = filter.tags.size === 0 || tagsOf(note).some((tag) => filter.tags.has(tag));
  return tagged && (filter.people.size === 0 || peopleOf(note).some((person) => filter.people.has(person)));
}

/** Tag ids of a note; "" when it has none. */
export const tagsOf = (note: Note): readonly string[] => (note.highlight.tags.length > 0 ? note.highlight.tags : [""]);

/** Who highlighted or wrote, each once. */
export const peopleOf = (note: Note): string[] => [
  ...new Set([note.highlight.by, ...note.thread.filter((comment) => !comment.deleted).map((comment) => comment.by)]),
];

/** How many notes each value has, most first. */
export function countBy(notes: readonly Note[], valuesOf: (note: Note) => readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const note of notes) for (const value of valuesOf(note)) counts.set(value, (counts.get(value) ?? 0) + 1);
  return new Map([...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)));
}

/** The filter with one more value chosen, or one less. */
export function toggled(filter: Filter, what: keyof Filter, value: string): Filter {
  const chosen = new Set(filter[what]);
  if (!chosen.delete(value)) chosen.add(value);
  return { ...filter, [what]: chosen };
}

/** What lies in the margin: each highlight with its thread, in the order of the text. */
import type { Place } from "../../anchor/anchor";
import type { Comment, Highlight } from "../../doc/schema";

export interface Note {
  id: string;
  highlight: Highlight;
  place: Place;
  /** Comments, oldest first, answers among them. */
  thread: readonly Comment[];
  /** The comment that resolves the thread, when there is one. */
  resolved: Comment["resolved"];
}

export function notesOf(
  highlights: readonly Highlight[],
  places: ReadonlyMap<string, Place>,
  comments: readonly Comment[],
): Note[] {
  const threads = new Map<string, Comment[]>();
  for (const comment of comments) {
    const thread = threads.get(comment.target);
    if (thread) thread.push(comment);
    else threads.set(comment.target, [comment]);
  }
  return highlights
    .map((highlight) => {
      const thread = threads.get(highlight.id) ?? [];
      const place = places.get(highlight.id) ?? { on: "deleted" as const, at: 0 };
      return {
        id: highlight.id,
        highlight,
        place,
        thread,
        resolved: thread.find((c) => c.parent === null)?.resolved ?? null,
      };
    })
    .sort((a, b) => at(a) - at(b) || a.highlight.at - b.highlight.at || (a.id < b.id ? -1 : 1));
}

/** Comments whose highlight somebody removed: what was written is not taken away with it. */
export function orphansOf(
  highlights: readonly Highlight[],
  turns: ReadonlySet<string>,
  comments: readonly Comment[],
): Comment[] {
  const ids = new Set(highlights.map((h) => h.id));
  return comments.filter((c) => !c.deleted && !ids.has(c.target) && !turns.has(c.target));
}

/** Where the note is in the text. */
export const at = (note: Note) => (note.place.on === "text" ? note.place.from : note.place.at);

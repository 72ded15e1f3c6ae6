import type { Conversation } from "./conversation.svelte";
import type { Note } from "./notes";

/** The pigment a note is drawn in: that of its first tag. */
export function pigmentOf(conversation: Conversation, note: Note): string {
  for (const id of note.highlight.tags) {
    const tag = conversation.tag(id);
    if (tag) return tag.colour;
  }
  return "plain";
}

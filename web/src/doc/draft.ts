/**
 * What a person wrote, taken out of updates that will never be applied: words that can be copied, from bytes that can not.
 */
import * as Y from "yjs";
import { withoutMarkers } from "../markdown/turns";

/** Words typed in one go, with the Item that the next of them would follow. */
interface Run {
  client: number;
  next: number;
  words: string;
}

/**
 * The words in updates of one or several clients, one paragraph for each stretch that was typed in one go, as far as they
 * were not deleted again. A highlight gives its quote. "" when the updates only take away or move.
 *
 * Given `clients`, only what they wrote: updates of a whole document hold the words of others, too.
 */
export function wordsOf(updates: readonly Uint8Array[], clients?: ReadonlySet<number>): string {
  if (updates.length === 0) return "";
  const { structs, ds } = Y.decodeUpdate(Y.mergeUpdates([...updates]));
  const isDeleted = (client: number, clock: number) =>
    ds.clients.get(client)?.some((d) => d.clock <= clock && clock < d.clock + d.len) ?? false;
  const runs: Run[] = [];
  for (const struct of structs) {
    if (!(struct instanceof Y.Item)) continue;
    const { client, clock } = struct.id;
    if (clients && !clients.has(client)) continue;
    if (struct.content instanceof Y.ContentString) {
      const units = struct.content.str.split("");
      const words = units.filter((_, i) => !isDeleted(client, clock + i)).join("");
      const last = runs.at(-1);
      const goesOn = last?.client === client && last.next === clock && struct.origin?.clock === clock - 1;
      if (goesOn) last.words += words;
      else runs.push({ client, next: clock, words });
      runs.at(-1)!.next = clock + units.length;
    } else if (struct.parentSub === "quote" && !isDeleted(client, clock)) {
      const exact = (struct.content.getContent()[0] as { exact?: unknown } | undefined)?.exact;
      if (typeof exact === "string") runs.push({ client, next: -1, words: `Highlighted: “${exact}”` });
    }
  }
  return runs
    .map(({ words }) => withoutMarkers(words).trim())
    .filter((words) => words !== "")
    .join("\n\n");
}

/** The clients that have written what is in an update. */
export const clientsOf = (update: Uint8Array): number[] => [
  ...new Set(Y.decodeUpdate(update).structs.map((struct) => struct.id.client)),
];

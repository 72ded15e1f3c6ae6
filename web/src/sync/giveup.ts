/** What becomes of changes that will never be sent. */
import { wordsOf } from "../doc/draft";
import type { Draft } from "./kept";
import type { SyncEvent } from "./ledger";

export const RESTORED = "The conversation was restored to an earlier state.";

/** Why nothing will be sent after this; null if something may be. */
export function whyGivenUp(event: SyncEvent): string | null {
  if (event.kind === "refused") return event.reason;
  if (event.kind === "reset") return RESTORED;
  return event.kind === "ended" && event.why !== "signed-out" ? "The conversation is no longer open to you." : null;
}

/** The words of updates, or of those clients in them, as something to be offered. */
export const draftOf = (why: string, updates: readonly Uint8Array[], clients?: ReadonlySet<number>): Draft => ({
  id: Math.random().toString(36).slice(2),
  at: Date.now(),
  why,
  words: wordsOf(updates, clients),
});

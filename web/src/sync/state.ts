/** What is known about saving, as a person would tell it. It never says more than the ledger knows. */
import { unsaved, type End, type Ledger } from "./ledger";

/**
 * - `connecting`: the page opens; nothing has come yet
 * - `syncing`: a conn is there, the document is on its way
 * - `saved`: every change made here is on the server's disk
 * - `saving`: changes are on their way, and this is usual
 * - `not-saved`: a conn is there, but the server has not confirmed for a while
 * - `reconnecting`: the conn was lost and is sought again
 * - `offline`: there is no network, or the server has not answered for a while
 * - `refused`: the server did not take a change; what was written stays here as a draft
 * - `reset`: the document was restored to an earlier state; what was written on the later one is a draft
 * - `signed-out`, `forbidden`, `missing`: trying again is no use
 *
 * `changes` are those that are not on the server's disk, as far as they are safe in the place that `kept` names: on this
 * device's disk, or in this tab for as long as it is open.
 */
export type SyncState =
  | { is: "connecting" | "syncing" | "forbidden" | "missing" }
  | { is: "reset" }
  | { is: "saved"; at: number }
  | { is: "saving"; changes: number }
  | ({ is: "reconnecting" | "offline" } & Held)
  | ({ is: "signed-out" } & Held)
  | ({ is: "not-saved"; since: number } & Held)
  | { is: "refused"; reason: string; at: number };

export interface Held {
  changes: number;
  kept: "device" | "tab";
}

/** How long the server may take before the page says that it has not saved. */
export const PATIENCE_MS = 4000;
/** Attempts after which a lost conn is called offline. */
const ATTEMPTS = 4;

export function stateOf(ledger: Ledger, now: number): SyncState {
  const changes = unsaved(ledger);
  const held = heldOf(ledger);
  if (ledger.end) return ended(ledger.end, held);
  if (ledger.link === "live") {
    if (changes === 0) return { is: "saved", at: ledger.savedAt ?? now };
    const since = ledger.unsavedSince ?? now;
    return now - since < PATIENCE_MS ? { is: "saving", changes } : { is: "not-saved", since, ...held };
  }
  if (ledger.failures >= ATTEMPTS || (!ledger.online && ledger.link !== "syncing")) return { is: "offline", ...held };
  if (ledger.failures > 0) return { is: "reconnecting", ...held };
  return { is: ledger.link === "syncing" ? "syncing" : "connecting" };
}

/** A change that is just being written to the device's disk is not counted before it is there. */
function heldOf(ledger: Ledger): Held {
  const changes = unsaved(ledger);
  const onDevice = ledger.kept - ledger.saved;
  if (!ledger.keeping || (changes > 0 && onDevice <= 0)) return { changes, kept: "tab" };
  return { changes: Math.min(changes, onDevice), kept: "device" };
}

function ended(end: End, held: Held): SyncState {
  if (end.why === "refused") return { is: "refused", reason: end.reason, at: end.at };
  return end.why === "signed-out" ? { is: "signed-out", ...held } : { is: end.why };
}

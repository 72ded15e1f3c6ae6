/**
 * What is known about saving: which of this page's changes are on the server's disk. Pure: events in, a new ledger out.
 *
 *     edit ──▶ edits 7            every local change, counted since the page opened
 *     sent ──▶ frame 3 covers 7   every frame of this conn, with the changes known to be in it or before it
 *     saved 3 ─▶ saved 7          the server's word: frame 3 and all before it are on disk
 *     kept ──▶ kept 6             this device's word: changes up to 6 outlive this page
 *
 * A conn that has just opened knows nothing of what the last one delivered. Only our answer to the server's state vector
 * settles that: it holds whatever the server lacks. Until then no acknowledgement covers anything.
 */

/** `waiting` between two attempts, `syncing` until the server's document has come, `ended` when trying again is no use. */
export type Link = "connecting" | "waiting" | "syncing" | "live" | "ended";

export type End =
  | { why: "signed-out" | "forbidden" | "missing" }
  | { why: "refused"; reason: string; at: number }
  | { why: "reset" };

export interface Ledger {
  link: Link;
  end: End | null;
  /** False while the browser says that there is no network; a conn that stands shows it wrong. */
  online: boolean;
  /** Attempts since the last time the document was in step. */
  failures: number;
  /** Local changes since the page opened, and how many of them are on the server's disk. */
  edits: number;
  saved: number;
  /** How many of them are on this device's disk, or no longer need to be. */
  kept: number;
  /** False where this device keeps nothing, and after it did not take a change: no room, a private window. */
  keeping: boolean;
  savedAt: number | null;
  /** When the oldest change that is not saved was made. */
  unsavedSince: number | null;
  /** On this conn: frames sent, whether our answer is among them, and what each covers. */
  frames: number;
  answered: boolean;
  covers: readonly { frame: number; edits: number }[];
}

export type SyncEvent =
  | { kind: "edit"; at: number }
  /** Changes of earlier pages, found on this device. */
  | { kind: "adopted"; edits: number; at: number }
  | { kind: "kept"; edits: number }
  | { kind: "not-kept" }
  | { kind: "connecting" }
  | { kind: "opened" }
  | { kind: "sent"; what: "answer" | "update"; counts: boolean }
  | { kind: "synced"; at: number }
  | { kind: "saved"; frame: number; at: number }
  | { kind: "restored" }
  | { kind: "refused"; reason: string; at: number }
  | { kind: "reset" }
  | { kind: "closed" }
  | { kind: "ended"; why: "signed-out" | "forbidden" | "missing" }
  | { kind: "retried" }
  | { kind: "network"; online: boolean };

export const START: Ledger = {
  link: "connecting", end: null, online: true, failures: 0,
  edits: 0, saved: 0, kept: 0, keeping: true, savedAt: null, unsavedSince: null,
  frames: 0, answered: false, covers: [],
};

export function step(ledger: Ledger, event: SyncEvent): Ledger {
  switch (event.kind) {
    case "edit":
      return { ...ledger, edits: ledger.edits + 1, unsavedSince: ledger.unsavedSince ?? event.at };
    case "adopted": {
      const edits = ledger.edits + event.edits;
      return { ...ledger, edits, kept: edits, unsavedSince: ledger.unsavedSince ?? event.at };
    }
    case "kept":
      return { ...ledger, kept: Math.max(ledger.kept, event.edits), keeping: true };
    case "not-kept":
      return { ...ledger, keeping: false };
    case "connecting":
      return { ...ledger, link: "connecting" };
    case "opened":
      return { ...ledger, link: "syncing", frames: 0, answered: false, covers: [] };
    case "sent":
      return sent(ledger, event);
    case "synced":
      return { ...ledger, link: "live", failures: 0, savedAt: unsaved(ledger) === 0 ? event.at : ledger.savedAt };
    case "saved":
      return saved(ledger, event.frame, event.at);
    case "restored":
      // Another store answers, from a backup or a replica: nothing is known to be on its disk, and what was dropped
      // from this device's is not here either.
      return { ...ledger, saved: 0, kept: 0, unsavedSince: ledger.unsavedSince ?? ledger.savedAt };
    case "refused":
      return { ...ledger, link: "ended", end: { why: "refused", reason: event.reason, at: event.at } };
    case "reset":
      return { ...ledger, link: "ended", end: { why: "reset" } };
    case "closed":
      if (ledger.link === "ended") return ledger;
      return { ...ledger, link: "waiting", failures: ledger.failures + 1, frames: 0, answered: false, covers: [] };
    case "ended":
      return { ...ledger, link: "ended", end: { why: event.why } };
    case "retried":
      return ledger.end?.why === "signed-out" ? { ...ledger, link: "connecting", end: null } : ledger;
    case "network":
      return { ...ledger, online: event.online };
  }
}

/** Local changes that are not known to be on the server's disk. */
export const unsaved = (ledger: Ledger) => ledger.edits - ledger.saved;

/** Local changes that would be gone with this page: on no disk, here or there. */
export const atRisk = (ledger: Ledger) => ledger.edits - Math.max(ledger.saved, ledger.kept);

function sent(ledger: Ledger, event: { what: "answer" | "update"; counts: boolean }): Ledger {
  const frames = ledger.frames + (event.counts ? 1 : 0);
  const answered = ledger.answered || event.what === "answer";
  // An answer without content covers nothing by itself: what it does not hold may be in memory there and not yet on disk.
  if (!answered || !event.counts) return { ...ledger, frames, answered };
  return { ...ledger, frames, answered, covers: [...ledger.covers, { frame: frames, edits: ledger.edits }] };
}

function saved(ledger: Ledger, frame: number, at: number): Ledger {
  const known = ledger.covers.filter((cover) => cover.frame <= frame);
  const edits = Math.max(ledger.saved, known.at(-1)?.edits ?? 0);
  const covers = ledger.covers.slice(known.length);
  if (edits === ledger.saved) return { ...ledger, covers };
  return { ...ledger, covers, saved: edits, savedAt: at, unsavedSince: edits === ledger.edits ? null : at };
}

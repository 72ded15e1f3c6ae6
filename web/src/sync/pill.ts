/** What the pill says about saving: a word and a sign, and on demand what happened, what is safe and what to do. */
import type { Held, SyncState } from "./state";

export interface Pill {
  /** Picks its ink. */
  tone: "saved" | "saving" | "offline" | "reconnecting" | "refused" | "stopped";
  icon: "saved" | "saving" | "offline" | "again" | "refused" | "freeze";
  words: string;
  /** What follows them where there is room. */
  more: string;
  /** The same in sentences. */
  why: string;
}

/** Why somebody can only read: there is nothing of theirs to be saved, and the pill says this instead. */
export interface ReadOnly {
  words: string;
  why: string;
  /** Nobody can write before whoever runs the server has done something. */
  damaged: boolean;
}

export function pillOf(state: SyncState, readOnly: ReadOnly | null = null): Pill {
  const why = whyOf(state);
  switch (state.is) {
    case "connecting":
      return { tone: "saving", icon: "again", words: "Opening…", more: "", why };
    case "syncing":
      return { tone: "saving", icon: "again", words: "Loading…", more: "", why };
    case "saved":
      if (readOnly === null) return { tone: "saved", icon: "saved", words: `Saved ${clock(state.at)}`, more: "", why };
      return { tone: readOnly.damaged ? "refused" : "stopped", icon: "freeze", words: readOnly.words, more: "", why: readOnly.why };
    case "saving":
      return { tone: "saving", icon: "saving", words: "Saving…", more: "", why };
    case "not-saved":
      return { tone: "refused", icon: "refused", words: "Not saved", more: ` since ${clock(state.since)}, ${changesOf(state)}${heldIn(state)}`, why };
    case "reconnecting":
      return { tone: "reconnecting", icon: "again", ...counted("Reconnecting", state), why };
    case "offline":
      return { tone: "offline", icon: "offline", ...counted("Offline", state), why };
    case "refused":
      return { tone: "refused", icon: "refused", words: "Not accepted", more: ", kept as a draft", why };
    case "signed-out":
      return { tone: "refused", icon: "refused", ...counted("Signed out", state), why };
    case "forbidden":
    case "missing":
      return { tone: "refused", icon: "refused", words: "No longer open to you", more: "", why };
    case "reset":
      return { tone: "refused", icon: "refused", words: "Restored", more: " to an earlier state", why };
  }
}

/** What is said aloud when a state lasts; null for what passes by itself, and for what a banner says. */
export function aloudOf(state: SyncState): string | null {
  switch (state.is) {
    case "saved":
      return `Connected again. ${whyOf(state)}`;
    case "reconnecting":
    case "offline":
    case "not-saved":
      return whyOf(state);
    default:
      return null;
  }
}

function whyOf(state: SyncState): string {
  switch (state.is) {
    case "connecting":
    case "syncing":
      return "The conversation is on its way from the server.";
    case "saved":
      return "Everything you did here is on the server’s disk.";
    case "saving":
      return "Your last changes are on their way to the server’s disk. Go on.";
    case "not-saved":
      return `The server has not confirmed your last changes. ${SAFE[state.kept]}`;
    case "reconnecting":
    case "offline":
      return `The connection is lost. ${SAFE[state.kept]}`;
    case "signed-out":
      return "You are signed out. What you wrote since is kept, and is sent once you have signed in again.";
    case "refused":
      return "The server did not take your last changes. They are kept as a draft, which you can copy.";
    case "reset":
      return "What you wrote on the later state is kept as a draft, which you can copy.";
    case "forbidden":
    case "missing":
      return "The conversation was deleted, or it is not shared with you any more.";
  }
}

const SAFE = {
  device: "Go on: what you write is kept on this device, and sent by itself.",
  tab: "You can go on, but leave this tab open until it says Saved: this device keeps nothing, because it is shared, private or full.",
} as const;

const changesOf = ({ changes }: Held) => `${changes} ${changes === 1 ? "change" : "changes"}`;
const heldIn = ({ kept }: Held) => (kept === "device" ? " kept on this device" : " kept in this tab");

function counted(words: string, held: Held): Pick<Pill, "words" | "more"> {
  if (held.changes === 0) return { words, more: "" };
  return { words: `${words}, ${changesOf(held)}`, more: heldIn(held) };
}

const clock = (at: number) =>
  new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);

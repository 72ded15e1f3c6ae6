import type { Conversation as Facts } from "../../api/client";
import { since } from "../../components/when";
import type { ReadOnly } from "../../sync/pill";

const DAMAGED =
  "Part of this conversation could not be read from the disk. You can read the rest; nothing can be changed until whoever runs this server has recovered it.";

/** Why this person can only read; null if they may write. `reason` is the server's own, "" if only their role is one. */
export function readOnlyOf({ rights, quarantined, frozen_at }: Facts, reason: string, now: Date): ReadOnly | null {
  if (rights.annotate || rights.edit) return null;
  if (quarantined) return { words: "Read-only", why: DAMAGED, damaged: true };
  if (!frozen_at) return { words: "Read-only", why: reason || "Your role in this class is to read along.", damaged: false };
  const still = rights.export ? "read, search and export it" : "read and search it";
  const why = `A teacher froze this conversation ${since(frozen_at, now)}. You can still ${still}.`;
  return { words: "Frozen", why, damaged: false };
}

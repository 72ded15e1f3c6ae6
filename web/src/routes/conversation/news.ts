import * as Y from "yjs";
import { commentsOf, highlightsOf } from "../../doc/schema";

/** Quiet after which what others did is told, and how long it may wait at most. */
const QUIET_MS = 2500;
const LIMIT_MS = 10_000;

/** What others added, by person. */
export interface Tally {
  highlights: number;
  comments: number;
}

/**
 * Tells screen readers what others did, together and when it has become quiet: "Ben added 2 highlights and a comment."
 */
export class News {
  private readonly tallies = new Map<string, Tally>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private since = 0;

  constructor(
    private readonly say: (words: string) => void,
    private readonly nameOf: (id: string) => string,
  ) {}

  /** Counts what a transaction from elsewhere added. */
  hear(transaction: Y.Transaction, doc: Y.Doc): void {
    this.count(transaction, highlightsOf(doc), "highlights");
    this.count(transaction, commentsOf(doc), "comments");
    if (this.tallies.size === 0) return;
    this.since ||= Date.now();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), Math.max(0, Math.min(QUIET_MS, this.since + LIMIT_MS - Date.now())));
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private count(transaction: Y.Transaction, root: Y.Map<unknown>, what: keyof Tally): void {
    for (const key of transaction.changed.get(root as unknown as Y.AbstractType<Y.YEvent<Y.AbstractType<unknown>>>) ??
      []) {
      const entry = key === null ? undefined : root.get(key);
      const by = entry instanceof Y.Map ? entry.get("by") : undefined;
      if (typeof by !== "string") continue;
      const tally = this.tallies.get(by) ?? { highlights: 0, comments: 0 };
      tally[what]++;
      this.tallies.set(by, tally);
    }
  }

  private tell(): void {
    this.say(summary([...this.tallies].map(([by, tally]) => [this.nameOf(by), tally])));
    this.tallies.clear();
    this.since = 0;
  }
}

/** One sentence per person; beyond three people only their number. */
export function summary(tallies: readonly (readonly [name: string, tally: Tally])[]): string {
  if (tallies.length > 3) {
    const total = tallies.reduce(
      (sum, [, t]) => ({ highlights: sum.highlights + t.highlights, comments: sum.comments + t.comments }),
      { highlights: 0, comments: 0 },
    );
    return `${tallies.length} people added ${things(total)}.`;
  }
  return tallies.map(([name, tally]) => `${name} added ${things(tally)}.`).join(" ");
}

function things({ highlights, comments }: Tally): string {
  const said = [
    highlights > 0 ? (highlights === 1 ? "a highlight" : `${highlights} highlights`) : "",
    comments > 0 ? (comments === 1 ? "a comment" : `${comments} comments`) : "",
  ];
  return said.filter(Boolean).join(" and ");
}

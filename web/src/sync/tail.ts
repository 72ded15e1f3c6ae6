/**
 * The tail of a document: what one page has changed and the server has not acknowledged, written to this device's disk as
 * rows, and dropped when it is saved. Numbers are those of the page's ledger.
 */
import * as Y from "yjs";
import type { Change, Draft, Kept } from "./kept";

/** Which document a change was made on, and in which store it lives. */
export interface Origin {
  generation: number;
  epoch: string;
}

/** What earlier pages left unsent. */
export interface Adopted {
  edits: number;
  update: Uint8Array;
  origin: Origin;
}

export class Tail {
  private readonly page = Math.random().toString(36).slice(2);
  /** Rows on disk, with the number of this page's edit that covers them. */
  private rows: { page: string; edit: number; covered: number }[] = [];

  constructor(private readonly kept: Kept) {}

  /**
   * Takes over what other pages have written on the newest document that this device knows of; `known` is that of a copy.
   * What was written on an older one, `stale`, can never be sent: its rows are to be given up.
   */
  async adopt(known: Origin | null): Promise<{ adopted: Adopted | null; stale: Change[] }> {
    const rows = await this.kept.changes();
    const generation = Math.max(...rows.map((row) => row.generation), known?.generation ?? 0);
    const stale = rows.filter((row) => row.generation < generation);
    const current = rows.filter((row) => row.generation === generation);
    if (current.length === 0) return { adopted: null, stale };
    const edits = current.reduce((sum, row) => sum + row.count, 0);
    this.rows = current.map(({ page, edit }) => ({ page, edit, covered: edits }));
    const epochs = new Set([...current, ...(known ? [known] : [])].map(({ epoch }) => epoch));
    return {
      adopted: {
        edits,
        update: Y.mergeUpdates(current.map((row) => row.update)),
        // Made on several stores: none of them is the one to be compared with.
        origin: { generation, epoch: epochs.size === 1 ? current[0]!.epoch : "" },
      },
      stale,
    };
  }

  /** Resolves when the edits up to `edit`, `count` of them, are on disk. */
  async write(edit: number, count: number, update: Uint8Array, origin: Origin): Promise<void> {
    await this.kept.add({ page: this.page, edit, count, update, ...origin });
    this.rows.push({ page: this.page, edit, covered: edit });
  }

  /** Whether a row is on disk that need not be, once the edits up to `saved` are on the server's. */
  holds(saved: number): boolean {
    return this.rows.some((row) => row.covered <= saved);
  }

  /** Drops those rows. */
  async drop(saved: number): Promise<void> {
    const done = this.rows.filter((row) => row.covered <= saved);
    if (done.length === 0) return;
    this.rows = this.rows.filter((row) => row.covered > saved);
    await this.kept.drop(done);
  }

  /** Puts a draft in the place of all rows, or of those given. */
  async giveUp(draft: Draft, rows?: readonly Change[]): Promise<void> {
    await this.kept.giveUp(rows ?? this.rows, draft);
    if (!rows) this.rows = [];
  }
}

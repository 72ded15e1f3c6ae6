/**
 * The tail of a document: what one page has changed and the server has not acknowledged, written to this device's disk as
 * rows, and dropped when it is saved. Numbers are those of the page's ledger.
 */
import * as Y from "yjs";
import type { Change, Draft, Kept } from "./kept";
import type { Ledger, SyncEvent } from "./ledger";

/** A change without an acknowledgement, with its number. */
export interface Pending {
  edit: number;
  update: Uint8Array;
}

/** What a page has that this device may not have. */
export interface Unkept {
  ledger: Ledger;
  server: Origin | null;
  /** Once there is one, it stands for all changes. */
  draft: Draft | null;
  changes: readonly Pending[];
}

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

  /** Something is to be written; something is being written. */
  private unwritten = false;
  private writing = false;

  constructor(
    private readonly kept: Kept,
    private readonly unkept: () => Unkept,
    private readonly happened: (event: SyncEvent) => void,
  ) {}

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

  /** Writes what is not kept, and drops what need not be. One write after the other; what comes meanwhile goes into the next. */
  async keep(): Promise<void> {
    this.unwritten = true;
    if (this.writing) return;
    this.writing = true;
    while (this.unwritten) {
      this.unwritten = false;
      await this.write();
    }
    this.writing = false;
  }

  /** Whether a row is on disk that need not be, once the edits up to `saved` are on the server's. */
  holds(saved: number): boolean {
    return this.rows.some((row) => row.covered <= saved);
  }

  /** Puts a draft in the place of rows. */
  async giveUp(draft: Draft, rows: readonly Pick<Change, "page" | "edit">[]): Promise<void> {
    await this.kept.giveUp(rows, draft);
  }

  private async write(): Promise<void> {
    const { ledger, server, draft, changes } = this.unkept();
    try {
      if (draft) {
        await this.kept.giveUp(this.rows, draft);
        this.rows = [];
      } else if (server && changes.length > 0) {
        const update = Y.mergeUpdates(changes.map((change) => change.update));
        const row = { page: this.page, edit: ledger.edits };
        await this.kept.add({ ...row, count: changes.length, update, ...server });
        this.rows.push({ ...row, covered: row.edit });
      }
      if (draft || server) this.happened({ kind: "kept", edits: ledger.edits });
      await this.dropSaved();
    } catch {
      this.happened({ kind: "not-kept" }); // the pill says where changes are instead
    }
  }

  private async dropSaved(): Promise<void> {
    const { saved } = this.unkept().ledger;
    const done = this.rows.filter((row) => row.covered <= saved);
    if (done.length === 0) return;
    this.rows = this.rows.filter((row) => row.covered > saved);
    await this.kept.drop(done);
  }
}

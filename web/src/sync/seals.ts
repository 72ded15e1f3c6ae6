/**
 * What the server has passed on and may not have on its disk yet. If it is killed then, it forgets words of others that
 * stand here, and takes them from nobody but their author: unless they come back with the seal it gave them.
 *
 *     Seal row 12, settled 9 ─▶ Update ─▶ kept ─▶ Seal … settled 12, or Head ─▶ forgotten
 *                                          └─ conn lost ─▶ given back on the next one, until that places its row
 *
 * Our own words that are not saved are kept in between: what others wrote next may stand on them.
 */
import type { Seal } from "./frames";

type Kept =
  /** Of others; `row` is null while the conn that is open has not said when it will be on disk. */
  | { row: number | null; update: Uint8Array; seal: Uint8Array }
  /** Our own change of that number. */
  | { edit: number; update: Uint8Array };

export class Seals {
  private kept: Kept[] = [];
  /** Of the next Update. */
  private seal: Seal | null = null;

  /** We have changed something. */
  wrote(edit: number, update: Uint8Array): void {
    this.kept.push({ edit, update });
  }

  /** Our changes up to a number are on the server's disk. */
  saved(edit: number): void {
    this.kept = this.kept.filter((k) => !("edit" in k) || k.edit > edit);
  }

  /** A seal came, of the next Update or of one that was given back. */
  sealed(seal: Seal): void {
    const known = this.kept.find((k) => "seal" in k && equal(k.seal, seal.seal));
    if (known && "seal" in known) known.row = seal.row;
    else this.seal = seal;
    this.settled(seal.settled);
  }

  /** An Update came. */
  heard(update: Uint8Array): void {
    if (this.seal) this.kept.push({ row: this.seal.row, update, seal: this.seal.seal });
    this.seal = null;
  }

  /** Everything of others up to a row is on disk; without a number, everything this conn has placed. */
  settled(row = Infinity): void {
    this.kept = this.kept.filter((k) => "edit" in k || k.row === null || k.row > row);
  }

  /**
   * Another conn, perhaps to a server that has forgotten: gives what to send back, in the order it came, up to the last
   * that has a seal. Without a seal it is a change of our own.
   */
  reopened(): readonly { update: Uint8Array; seal?: Uint8Array }[] {
    this.seal = null;
    for (const k of this.kept) if ("seal" in k) k.row = null;
    return this.kept.slice(0, this.kept.findLastIndex((k) => "seal" in k) + 1);
  }
}

const equal = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, i) => byte === b[i]);

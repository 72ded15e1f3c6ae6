import type { Preview, Turn, Visibility } from "../../api/client";
import { REDACTED, redact } from "./turns";

/** A preview as its reader changes it. Nothing of it is on the server before *Add*. */
export class Draft {
  title = $state("");
  visibility = $state<Visibility>("class");
  /** The turn being worked on; its buttons are shown. */
  held = $state<number>();
  #turns = $state.raw<Turn[]>([]);
  #before = $state.raw<Turn[][]>([]);

  constructor(
    readonly preview: Preview,
    visibility: Visibility,
  ) {
    this.title = preview.title;
    this.visibility = visibility;
    this.#turns = preview.turns;
  }

  get turns(): Turn[] {
    return this.#turns;
  }

  get mayUndo(): boolean {
    return this.#before.length > 0;
  }

  /** Makes an edit of turns.ts; one that changes nothing is not remembered. */
  edit(next: Turn[], held = this.held): void {
    if (next === this.#turns) return;
    this.#before = [...this.#before, this.#turns];
    this.#show(next, held);
  }

  /** Takes words out everywhere; false when no turn has them just so, as where a part of them is set in bold. */
  redact(words: string): boolean {
    const next = redact(this.#turns, words);
    if (next === this.#turns) return false;
    this.edit(next);
    this.title = this.title.replaceAll(words, REDACTED);
    return true;
  }

  undo(): void {
    const last = this.#before.at(-1);
    if (!last) return;
    this.#before = this.#before.slice(0, -1);
    this.#show(last, this.held);
  }

  /** Holds the turn `by` places further on; from nothing held, the first or the last. */
  step(by: 1 | -1): void {
    const from = this.held ?? (by > 0 ? -1 : this.#turns.length);
    this.hold(from + by);
  }

  hold(at: number): void {
    this.held = Math.min(Math.max(at, 0), this.#turns.length - 1);
  }

  release(): void {
    this.held = undefined;
  }

  #show(turns: Turn[], held: number | undefined): void {
    this.#turns = turns;
    this.held = held === undefined || turns.length === 0 ? undefined : Math.min(held, turns.length - 1);
  }
}

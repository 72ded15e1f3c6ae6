import { ApiError } from "../api/problem";
import { session } from "./session.svelte";

/**
 * One form on its way to the server: whether it is under way and what was
 * wrong the last time. A component makes one per form and names the fields
 * beside which it shows a fault.
 */
export class Submission {
  #busy = $state(false);
  #error = $state.raw<ApiError>();
  readonly #shown: readonly string[];

  constructor(...fields: string[]) {
    this.#shown = fields;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** What the server said about one field. */
  field(name: string): string | undefined {
    return this.#error?.fields[name];
  }

  /** What went wrong as a whole; nothing when every fault is told beside its field. */
  get message(): string | undefined {
    if (!this.#error) return;
    const faults = Object.keys(this.#error.fields);
    const told = faults.length > 0 && faults.every((field) => this.#shown.includes(field));
    return told ? undefined : this.#error.message;
  }

  /** What would have been accepted. */
  get suggestion(): string | undefined {
    return this.#error?.suggestion;
  }

  /** Runs work unless it is already under way; a fault of the request is kept, any other is thrown. */
  async run(work: () => Promise<void>): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    this.#error = undefined;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401 && session.state === "somebody") session.ended();
      this.#error = error;
    } finally {
      this.#busy = false;
    }
  }

  /** A fault that was found before asking the server. */
  fail(fields: Record<string, string>): void {
    this.#error = new ApiError(0, "invalid", "", fields);
  }
}

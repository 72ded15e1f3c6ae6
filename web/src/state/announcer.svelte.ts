/**
 * What the page says beside its content: a toast that is seen and heard, and
 * an announcement that is only heard. Toasts.svelte draws both.
 */
export type Toast = {
  text: string;
  action?: { label: string; run: () => void };
  /** What it shrinks to once the person goes on with something else; without, it stays as it is. */
  short?: string;
};

const SECONDS = 6;

class Announcer {
  #toast = $state<Toast>();
  #spoken = $state("");
  #timer: ReturnType<typeof setTimeout> | undefined;

  get toast(): Toast | undefined {
    return this.#toast;
  }

  get spoken(): string {
    return this.#spoken;
  }

  /** Shows one sentence for a while; one with something to press stays until it is closed. */
  show(text: string, action?: Toast["action"], short?: string): void {
    clearTimeout(this.#timer);
    this.#toast = { text, action, short };
    if (!action) this.#timer = setTimeout(() => this.close(), SECONDS * 1000);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#toast = undefined;
  }

  /** Tells screen readers, politely, what others changed. Batch before calling. */
  say(text: string): void {
    this.#spoken = text;
  }
}

export const announcer = new Announcer();

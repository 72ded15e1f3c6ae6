/**
 * What was pasted, dropped or chosen, on its way from the library to its
 * preview. It stays in this page's memory: nothing is kept before *Add*.
 */
export type Pasted = {
  /** The clipboard's HTML flavour, when it had one. */
  html?: string;
  /** The plain flavour, or the content of a file. */
  text?: string;
  filename?: string;
};

/** What is larger is refused here, before it travels; the server's own bound on the request is the one that counts. */
export const MOST_BYTES = 8 * 1024 * 1024;

class Waiting {
  /** One paste per class: a second one takes the place of the first. */
  #byClass = $state<Record<string, Pasted>>({});

  get(classId: string): Pasted | undefined {
    return this.#byClass[classId];
  }

  set(classId: string, pasted: Pasted): void {
    this.#byClass[classId] = pasted;
  }

  drop(classId: string): void {
    delete this.#byClass[classId];
  }
}

export const waiting = new Waiting();

/** What a clipboard or a drag brings: HTML before a file, because word processors add a picture of what they copy. */
export function carried(data: DataTransfer): File | Pasted {
  const html = data.getData("text/html");
  const text = data.getData("text/plain");
  return html ? { html, text } : (data.files[0] ?? { text });
}

/** The content of a chosen file; a page's is HTML whatever the system calls it. */
export async function content(file: File): Promise<Pasted> {
  const text = await file.text();
  return { [/\.html?$/i.test(file.name) ? "html" : "text"]: text, filename: file.name };
}

/** The bytes of a paste as they travel: HTML if there is some, else the text. */
export function bytesOf({ html, text }: Pasted): number {
  return new TextEncoder().encode(html ?? text ?? "").length;
}

/** `3.1 kB`, `12 MB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const [n, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : [bytes / 1e6, "MB"];
  return `${n < 10 ? n.toFixed(1) : Math.round(n)} ${unit}`;
}

/**
 * Where the notes lie in the margin. Each aims at the line it is about; they keep their order and never overlap. The open
 * one meets its line exactly, the others give way above and below it.
 */
export interface Aim {
  /** The top it would like, in pixels of the margin. */
  want: number;
  height: number;
}

/** Tops of the notes, which come in the order of the text. `open` is the index of the one that is held, or -1. */
export function place(notes: readonly Aim[], open: number, gap: number): number[] {
  const y = notes.map((note) => note.want);
  const below = (i: number) => y[i - 1]! + notes[i - 1]!.height + gap;
  const held = Math.max(open, 0);
  for (let i = held + 1; i < y.length; i++) y[i] = Math.max(y[i]!, below(i));
  for (let i = held - 1; i >= 0; i--) y[i] = Math.min(y[i]!, y[i + 1]! - notes[i]!.height - gap);
  // Nothing lies above the page, even if the held one must then go lower than its line.
  if (y.length > 0) y[0] = Math.max(0, y[0]!);
  for (let i = 1; i < y.length; i++) y[i] = Math.max(y[i]!, below(i));
  return y;
}

/** How many notes may aim at one line before they gather under the first. */
const ON_A_LINE = 3;

/**
 * Notes that would crowd one line gather: the first is shown and says how many follow. Gives for each note how
 * many it stands for, and 0 for those that are folded into one before. The held note is never folded.
 */
export function gather(wants: readonly number[], open: number): number[] {
  const shown = wants.map(() => 1);
  for (let i = 0; i < wants.length;) {
    let j = i + 1;
    while (j < wants.length && Math.abs(wants[j]! - wants[i]!) < 4) j++;
    if (j - i > ON_A_LINE) {
      for (let k = i + 1; k < j; k++) {
        if (k === open) continue;
        shown[k] = 0;
        shown[i]!++;
      }
    }
    i = j;
  }
  return shown;
}

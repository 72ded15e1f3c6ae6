/** Sentences and words of the text, for selecting without a mouse. */

export interface Stretch {
  from: number;
  to: number;
}

/** The stretches of one kind in content, without blanks at their ends; as the language of the text cuts them. */
export function stretchesOf(content: string, granularity: "sentence" | "word"): Stretch[] {
  const found: Stretch[] = [];
  // Chromium's rules run a sentence on across a line break, and one block's end is always a sentence's end.
  let base = 0;
  for (const line of content.split(/(?<=\n)/)) {
    for (const piece of new Intl.Segmenter(undefined, { granularity }).segment(line)) {
      if (granularity === "word" && !piece.isWordLike) continue;
      const from = base + piece.index + (/^\s*/.exec(piece.segment)?.[0].length ?? 0);
      const to = base + piece.index + piece.segment.trimEnd().length;
      if (from < to) found.push({ from, to });
    }
    base += line.length;
  }
  return found;
}

/** The stretch after `now` in a direction; the first or last of all when there is none yet. */
export function nextStretch(stretches: readonly Stretch[], now: Stretch | null, step: 1 | -1): Stretch | null {
  if (now === null) return (step === 1 ? stretches[0] : stretches.at(-1)) ?? null;
  return (step === 1 ? stretches.find((s) => s.from >= now.to) : stretches.findLast((s) => s.to <= now.from)) ?? null;
}

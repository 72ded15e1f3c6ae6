/** The class's highlights in the editor, as in the reader: they stay on their words while one types. */
import { RangeSetBuilder, StateEffect, StateField, type Transaction } from "@codemirror/state";
import { Decoration, EditorView, type DecorationSet } from "@codemirror/view";
import type { LaidMark } from "../../../anchor/lanes";

/** Tells the editor where the highlights are now. */
export const setMarks = StateEffect.define<readonly LaidMark[]>();

export const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(drawn: DecorationSet, transaction: Transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(setMarks)) return draw(effect.value, transaction.state.doc.length);
    }
    return drawn.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

function draw(all: readonly LaidMark[], length: number): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const mark of [...all].sort((a, b) => a.from - b.from || a.lane - b.lane)) {
    const lane = mark.lane > 1 ? ` d${mark.lane}` : "";
    if (mark.to <= length && mark.from < mark.to) {
      builder.add(mark.from, mark.to, Decoration.mark({ tagName: "mark", class: `p-${mark.pigment}${lane}` }));
    }
  }
  return builder.finish();
}

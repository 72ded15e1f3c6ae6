/**
 * Markers in the editor: each is shown as the header of its turn, is passed over as one piece, and cannot be damaged by
 * typing or deleting across it. Turns are split and joined on purpose, with a key and a button.
 */
import { EditorState, RangeSet, RangeSetBuilder, StateEffect, StateField, type Extension } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, type DecorationSet } from "@codemirror/view";
import { ySyncAnnotation } from "y-codemirror.next";
import { joinTurn, splitTurn } from "../../../doc/edits";
import { cutTurns, turnAt, type Cut } from "../../../markdown/turns";
import type { Conversation } from "../conversation.svelte";
import { speakerOf } from "../speaker";

class Header extends WidgetType {
  constructor(
    private readonly conversation: Conversation,
    private readonly cut: Cut,
    private readonly number: number,
    private readonly says: string,
    private readonly asks: boolean,
    private readonly how: string,
  ) {
    super();
  }

  override eq(other: Header): boolean {
    return (
      other.cut.id === this.cut.id &&
      other.number === this.number &&
      other.says === this.says &&
      other.asks === this.asks &&
      other.how === this.how
    );
  }

  override toDOM(): HTMLElement {
    const header = element("div", `turn-header${this.asks ? " asks" : ""}${this.number === 1 ? " first" : ""}`);
    header.id = `turn-${this.cut.key}`;
    const speaker = element("div", "speaker");
    speaker.append(element("span", "n", String(this.number)), this.says, element("small", "", this.how));
    header.append(speaker);
    if (this.number > 1) {
      const join = element("button", "btn bare join", "Join with the turn before");
      join.setAttribute("aria-label", `Join turn ${this.number} with the turn before`);
      // Where the turn is now: the widget is kept while the text before it changes.
      join.addEventListener("click", () => {
        const now = cutTurns(this.conversation.text).find((cut) => cut.key === this.cut.key);
        if (now) joinTurn(this.conversation.doc, now);
      });
      header.append(join);
    }
    return header;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

const BLANK = Decoration.line({ class: "blank" });
const ASKS = Decoration.line({ class: "asks" });

/** Says that what is known about the turns has changed: the text of a turn comes before its speaker does. */
export const turnsChanged = StateEffect.define<null>();

interface Headers {
  cuts: readonly Cut[];
  drawn: DecorationSet;
  lines: DecorationSet;
  atoms: RangeSet<Decoration>;
}

export function turnHeaders(conversation: Conversation): Extension {
  const read = (state: EditorState): Headers => {
    const cuts = cutTurns(state.doc.toString()).filter((cut) => cut.id !== null);
    const headers = cuts.map((cut, i) => {
      const { name, how, asks } = speakerOf(conversation.turns.get(cut.id ?? ""));
      const widget = new Header(conversation, cut, i + 1, name, asks, asks ? "" : how);
      const ownLine = state.doc.lineAt(cut.start).from === cut.start;
      return Decoration.replace({ widget, block: ownLine }).range(cut.start, cut.body - (ownLine ? 1 : 0));
    });
    // From the end of the line before: there is no place for the caret between a header and what precedes it.
    const atoms = cuts.map((cut) => Decoration.mark({}).range(Math.max(0, cut.start - 1), cut.body));
    return {
      cuts,
      drawn: Decoration.set(headers),
      lines: lookOfLines(state, cuts, conversation),
      atoms: RangeSet.of(atoms),
    };
  };
  const field = StateField.define<Headers>({
    create: read,
    update: (headers, transaction) =>
      transaction.docChanged || transaction.effects.some((effect) => effect.is(turnsChanged))
        ? read(transaction.state)
        : headers,
    provide: (own) => EditorView.decorations.from(own, (headers) => headers.drawn),
  });
  return [
    field,
    EditorView.decorations.from(field, (headers) => headers.lines),
    EditorView.atomicRanges.of((view) => view.state.field(field).atoms),
    EditorState.changeFilter.of((transaction) => {
      if (transaction.annotation(ySyncAnnotation)) return true;
      return transaction.startState.field(field).cuts.flatMap((cut) => [cut.start, cut.body]);
    }),
    // Nothing can be written before the first turn.
    EditorState.transactionFilter.of((transaction) => {
      const first = transaction.state.field(field, false)?.cuts[0];
      if (
        !first ||
        first.start > 0 ||
        transaction.newSelection.ranges.every((range) => range.from >= first.body || !range.empty)
      )
        return transaction;
      return [transaction, { selection: { anchor: first.body }, sequential: true }];
    }),
  ];
}

/** Questions are heavier and empty lines lower, as on the reading page. */
function lookOfLines(state: EditorState, cuts: readonly Cut[], conversation: Conversation): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  const asking = cuts.map((cut) => speakerOf(conversation.turns.get(cut.id ?? "")).asks);
  for (let at = 0, number = 1; number <= state.doc.lines; number++) {
    const line = state.doc.line(number);
    while (cuts[at + 1] && cuts[at + 1]!.start <= line.from) at++;
    if (line.length === 0) builder.add(line.from, line.from, BLANK);
    else if (asking[at]) builder.add(line.from, line.from, ASKS);
  }
  return builder.finish();
}

/** Splits the turn at the caret in two of the same speaker. */
export function splitAtCaret(view: EditorView, conversation: Conversation): boolean {
  const at = view.state.selection.main.head;
  const cuts = cutTurns(view.state.doc.toString());
  splitTurn(conversation.doc, at, cuts[turnAt(cuts, at)]?.id ?? null);
  return true;
}

function element(tag: string, name: string, text = ""): HTMLElement {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

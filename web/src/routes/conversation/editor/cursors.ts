/** The carets and selections of others who are editing, with their names; and word of one's own to them. */
import { Annotation, RangeSetBuilder } from "@codemirror/state";
import {
  Decoration,
  ViewPlugin,
  WidgetType,
  type DecorationSet,
  type EditorView,
  type ViewUpdate,
} from "@codemirror/view";
import { personOf } from "../../../components/siglum";
import { absoluteCursor, relativeCursor } from "../cursor";
import type { Conversation } from "../conversation.svelte";

/** How often others hear where one's caret is. */
const TELL_MS = 100;

const moved = Annotation.define<true>();

class Caret extends WidgetType {
  constructor(
    private readonly user: string,
    private readonly name: string,
  ) {
    super();
  }

  override eq(other: Caret): boolean {
    return other.user === this.user && other.name === this.name;
  }

  override toDOM(): HTMLElement {
    const caret = document.createElement("span");
    caret.className = `remote-caret u${personOf(this.user)}`;
    caret.setAttribute("aria-hidden", "true");
    const flag = document.createElement("span");
    flag.className = "flag";
    flag.textContent = this.name;
    caret.append("\u2060", flag, "\u2060");
    return caret;
  }

  override get estimatedHeight(): number {
    return -1;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

export function cursors(conversation: Conversation) {
  const { awareness } = conversation.sync;

  class Cursors {
    decorations: DecorationSet;
    private timer: ReturnType<typeof setTimeout> | undefined;
    private readonly changed = (_: unknown, origin: unknown) => {
      if (origin !== "local") this.view.dispatch({ annotations: [moved.of(true)] });
    };

    constructor(private readonly view: EditorView) {
      this.decorations = this.draw();
      awareness.on("change", this.changed);
    }

    update(update: ViewUpdate): void {
      if (update.docChanged || update.transactions.some((t) => t.annotation(moved))) this.decorations = this.draw();
      if (update.selectionSet || update.docChanged || update.focusChanged)
        this.timer ??= setTimeout(() => this.tell(), TELL_MS);
    }

    destroy(): void {
      awareness.off("change", this.changed);
      clearTimeout(this.timer);
      awareness.setLocalStateField("cursor", null);
    }

    private tell(): void {
      this.timer = undefined;
      const { anchor, head } = this.view.state.selection.main;
      awareness.setLocalStateField(
        "cursor",
        this.view.hasFocus ? relativeCursor(conversation.doc, anchor, head) : null,
      );
    }

    private draw(): DecorationSet {
      const length = this.view.state.doc.length;
      const ranges = conversation.people.flatMap((person) => {
        const cursor = person.view === "edit" ? absoluteCursor(conversation.doc, person.cursor) : null;
        return cursor && Math.max(cursor.anchor, cursor.head) <= length ? [{ person, ...cursor }] : [];
      });
      const marks = ranges.flatMap(({ person, anchor, head }) => {
        const selection = {
          from: Math.min(anchor, head),
          to: Math.max(anchor, head),
          mark: Decoration.mark({ class: `remote-selection u${personOf(person.user)}` }),
        };
        const caret = {
          from: head,
          to: head,
          mark: Decoration.widget({
            widget: new Caret(person.user, conversation.nameOf(person.user)),
            side: head > anchor ? -1 : 1,
          }),
        };
        return anchor === head ? [caret] : [selection, caret];
      });
      const builder = new RangeSetBuilder<Decoration>();
      for (const { from, to, mark } of marks.sort((a, b) => a.from - b.from || a.mark.startSide - b.mark.startSide))
        builder.add(from, to, mark);
      return builder.finish();
    }
  }

  return ViewPlugin.fromClass(Cursors, { decorations: (plugin) => plugin.decorations });
}

/**
 * One CodeMirror over the whole text of a conversation. The Y.Text owns the text; CodeMirror shows it with a header in the
 * place of each turn's marker, the class's highlights, and the carets of others.
 */
import { defaultKeymap } from "@codemirror/commands";
import { EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, keymap } from "@codemirror/view";
import { ySync, ySyncFacet, YSyncConfig } from "y-codemirror.next";
import * as Y from "yjs";
import { LOCAL, undoStep } from "../../../doc/edits";
import { textOf } from "../../../doc/schema";
import type { Conversation } from "../conversation.svelte";
import type { Spot } from "../reader.svelte";
import { cursors } from "./cursors";
import { markdown } from "./markdown";
import { marks } from "./marks";
import { splitAtCaret, turnHeaders } from "./turns";
import "./editor.css";

export interface TextEditor {
  view: EditorView;
  undo: () => boolean;
  redo: () => boolean;
  /** The offset of the line at a height of the screen. */
  offsetAtHeight: (y: number) => number;
  /** Puts the caret at a place and the place at its height on the screen; null begins at the top. */
  goTo: (spot: Spot | null) => void;
  destroy: () => void;
}

export function openEditor(parent: HTMLElement, conversation: Conversation): TextEditor {
  const { doc } = conversation;
  const text = textOf(doc);
  const config = new YSyncConfig(text, null);
  // Only what was typed here, and the splits and joins made here: others' changes are theirs to undo.
  const manager = new Y.UndoManager(text, { trackedOrigins: new Set([config, LOCAL]) });
  const undo = () => undoStep(doc, manager, "undo") || true;
  const redo = () => undoStep(doc, manager, "redo") || true;
  const extensions: Extension[] = [
    EditorView.cspNonce.of(nonce()),
    // The Doc counts every unit; CodeMirror must not fold line ends of other systems into one.
    EditorState.lineSeparator.of("\n"),
    ySyncFacet.of(config),
    ySync,
    keymap.of([
      { key: "Mod-z", run: undo, preventDefault: true },
      { key: "Mod-y", run: redo, preventDefault: true },
      { key: "Mod-Shift-z", run: redo, preventDefault: true },
      { key: "Mod-Enter", run: (view) => splitAtCaret(view, conversation), preventDefault: true },
      ...defaultKeymap,
    ]),
    drawSelection(),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({
      "aria-label": "Text of the conversation, as Markdown",
      dir: "auto",
      spellcheck: "true",
    }),
    markdown,
    turnHeaders(conversation),
    marks,
    cursors(conversation),
  ];
  const view = new EditorView({ parent, state: EditorState.create({ doc: text.toString(), extensions }) });
  return {
    view,
    undo,
    redo,
    offsetAtHeight: (y) => view.posAtCoords({ x: view.contentDOM.getBoundingClientRect().left + 2, y }, false),
    goTo: (spot) => goTo(view, spot),
    destroy: () => {
      view.destroy();
      manager.destroy();
    },
  };
}

/** Puts the caret at the spot's place, and the place where the spot has it on the screen. */
function goTo(view: EditorView, spot: Spot | null): void {
  view.focus();
  if (!spot) return;
  const offset = Math.min(spot.offset, view.state.doc.length);
  view.dispatch({ selection: { anchor: offset } });
  approach(view, { ...spot, offset }, APPROACHES);
}

/** How often a place is gone nearer to: what lies above it has an estimated height until it has been drawn. */
const APPROACHES = 5;

function approach(view: EditorView, { offset, y }: Spot, left: number): void {
  view.requestMeasure({
    read: () => view.coordsAtPos(offset)?.top ?? view.documentTop + view.lineBlockAt(offset).top,
    write: (top) => {
      if (left === 0 || Math.abs(top - y) < 1) return;
      window.scrollBy({ top: top - y, behavior: "instant" });
      requestAnimationFrame(() => approach(view, { offset, y }, left - 1));
    },
  });
}

/** The one style nonce of this page, which the server wrote into it. */
const nonce = () => document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

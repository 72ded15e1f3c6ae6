/** A selection as others are told of it: relative positions in JSON, so that it stays on its words while others type. */
import * as Y from "yjs";
import { textOf } from "../../doc/schema";

export interface RelativeCursor {
  anchor: unknown;
  head: unknown;
}

export function relativeCursor(doc: Y.Doc, anchor: number, head: number): RelativeCursor {
  const text = textOf(doc);
  const at = (index: number) =>
    Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(text, Math.min(index, text.length))) as unknown;
  return { anchor: at(anchor), head: at(head) };
}

/** Where a cursor is now; null for one that is damaged or speaks of another text. */
export function absoluteCursor(doc: Y.Doc, cursor: RelativeCursor | null): { anchor: number; head: number } | null {
  const anchor = cursor && absolute(doc, cursor.anchor);
  const head = cursor && absolute(doc, cursor.head);
  return anchor === null || head === null ? null : { anchor, head };
}

function absolute(doc: Y.Doc, json: unknown): number | null {
  if (typeof json !== "object" || json === null) return null;
  try {
    const position = Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(json), doc, false);
    return position?.type === textOf(doc) ? position.index : null;
  } catch {
    return null; // what another browser sent is no position
  }
}

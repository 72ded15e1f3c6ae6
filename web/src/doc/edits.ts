/**
 * What people do to a conversation's Doc. Each is one transaction with the origin LOCAL, so that it is sent as one frame,
 * undone as one step and told apart from what others did.
 */
import * as Y from "yjs";
import { anchorAfterUndo, anchorTo } from "../anchor/anchor";
import type { Cut } from "../markdown/turns";
import { between } from "./order";
import { LINE, nextPigment } from "./pigments";
import { commentsOf, highlightsOf, reactionsOf, readHighlights, readTags, tagsOf, textOf, turnsOf } from "./schema";

/** The origin of a person's own edits in this browser. */
export const LOCAL = Symbol("local edit");

/** Who edits, and when: identity comes from the session, never from the Doc. */
export interface Author {
  id: string;
  now: () => number;
}

/** Highlights from–to; with a tag when one is given. Gives the id, or null when nothing lies between. */
export function addHighlight(doc: Y.Doc, author: Author, from: number, to: number, tag: string | null): string | null {
  if (to <= from) return null;
  const id = newId();
  doc.transact(() => {
    const { start, end, quote } = anchorTo(textOf(doc), from, to);
    const tags = new Y.Map<string>();
    if (tag !== null) tags.set(tag, between("", ""));
    highlightsOf(doc).set(id, new Y.Map(Object.entries({ start, end, quote, by: author.id, at: author.now(), tags })));
  }, LOCAL);
  return id;
}

/** Puts a tag on a highlight, or takes it off when it is there. */
export function toggleTag(doc: Y.Doc, highlight: string, tag: string): void {
  doc.transact(() => {
    const tags = entry(highlightsOf(doc), highlight)?.get("tags");
    if (!(tags instanceof Y.Map)) return;
    if (tags.has(tag)) tags.delete(tag);
    else tags.set(tag, between([...tags.values()].map(String).sort().at(-1) ?? "", ""));
  }, LOCAL);
}

/**
 * It is only hidden. What others wrote about it is not taken away with it, and undo brings it back without signing for
 * anybody: an id that is gone is free to nobody but the page that made it.
 */
export function removeHighlight(doc: Y.Doc, author: Author, highlight: string): void {
  doc.transact(() => entry(highlightsOf(doc), highlight)?.set("removed", { by: author.id, at: author.now() }), LOCAL);
}

/** Writes a comment on a highlight or turn; with `parent` it is a reply. Gives its id, or null for a blank one. */
export function addComment(
  doc: Y.Doc,
  author: Author,
  target: string,
  body: string,
  parent: string | null,
): string | null {
  if (body.trim() === "") return null;
  const id = newId();
  doc.transact(() => {
    const fields = { target, by: author.id, at: author.now(), body: new Y.Text(body.trim()), deleted: false };
    commentsOf(doc).set(id, new Y.Map(Object.entries(parent === null ? fields : { ...fields, parent })));
  }, LOCAL);
  return id;
}

/** Rewrites a comment, changing only the stretch that differs, so that a mark of who wrote what stays true. */
export function editComment(doc: Y.Doc, comment: string, body: string): void {
  const text = entry(commentsOf(doc), comment)?.get("body");
  if (!(text instanceof Y.Text)) return;
  const [was, is] = [text.toString(), body.trim()];
  if (is === "" || is === was) return;
  let from = 0;
  while (from < was.length && was[from] === is[from]) from++;
  let tail = 0;
  while (tail < Math.min(was.length, is.length) - from && was.at(-1 - tail) === is.at(-1 - tail)) tail++;
  doc.transact(() => {
    text.delete(from, was.length - tail - from);
    text.insert(from, is.slice(from, is.length - tail));
  }, LOCAL);
}

/** The comment keeps its place in the thread, so that answers to it still answer something. */
export function deleteComment(doc: Y.Doc, comment: string): void {
  doc.transact(() => entry(commentsOf(doc), comment)?.set("deleted", true), LOCAL);
}

/** Settles a thread, or opens it again. */
export function toggleResolved(doc: Y.Doc, author: Author, comment: string): void {
  doc.transact(() => {
    const thread = entry(commentsOf(doc), comment);
    if (thread?.get("resolved")) thread.delete("resolved");
    else thread?.set("resolved", { by: author.id, at: author.now() });
  }, LOCAL);
}

export function toggleReaction(doc: Y.Doc, author: Author, comment: string, emoji: string): void {
  const key = [comment, author.id, emoji].join("|");
  doc.transact(() => {
    if (reactionsOf(doc).has(key)) reactionsOf(doc).delete(key);
    else reactionsOf(doc).set(key, 1);
  }, LOCAL);
}

/** Adds a tag of one's own behind the others, in the pigment least used. Gives its id; null for a blank name. */
export function addTag(doc: Y.Doc, name: string): string | null {
  if (name.trim() === "") return null;
  const tags = readTags(doc);
  const id = newId();
  doc.transact(() => {
    const colour = nextPigment(tags.filter((t) => !t.archived).map((t) => t.colour));
    const pos = between(tags.at(-1)?.pos ?? "", "");
    tagsOf(doc).set(
      id,
      new Y.Map(
        Object.entries({
          name: name.trim(),
          colour,
          pattern: LINE[colour],
          group: "",
          pos,
          locked: false,
          origin: "own",
          archived: false,
        }),
      ),
    );
  }, LOCAL);
  return id;
}

/** Begins a new turn at an offset of the text, by the speaker of the turn it cuts. */
export function splitTurn(doc: Y.Doc, at: number, from: string | null): void {
  const id = newId();
  const facts = from === null ? undefined : turnsOf(doc).get(from);
  const ownLine = at === 0 || textOf(doc).toString()[at - 1] === "\n";
  doc.transact(() => {
    turnsOf(doc).set(id, facts instanceof Y.Map ? facts.clone() : new Y.Map());
    textOf(doc).insert(at, `${ownLine ? "" : "\n\n"}\u001e${id}\n`);
  }, LOCAL);
}

/** Takes a turn's marker away, so that it goes on from the turn before; what is known about it stays for undo. */
export function joinTurn(doc: Y.Doc, turn: Cut): void {
  doc.transact(() => textOf(doc).delete(turn.start, turn.body - turn.start), LOCAL);
}

/**
 * Undoes one step of `undo`, and moves the anchors of the highlights whose text it brought back, in the same transaction:
 * for everybody else the old positions lie beside the new text. Gives whether there was anything to undo.
 */
export function undoStep(doc: Y.Doc, undo: Y.UndoManager, step: "undo" | "redo"): boolean {
  const flag = step === "undo" ? "undoing" : "redoing";
  let item: unknown = null;
  try {
    doc.transact(() => {
      item = undo[step]();
      // The manager files the step on the other stack when the transaction ends, which now is after undo() returned.
      undo[flag] = true;
      reanchor(doc);
    }, undo);
  } finally {
    undo[flag] = false;
  }
  return item !== null;
}

function reanchor(doc: Y.Doc): void {
  const text = textOf(doc);
  const content = text.toString();
  for (const highlight of readHighlights(doc)) {
    const moved = anchorAfterUndo(text, content, highlight);
    if (!moved) continue;
    const fields = entry(highlightsOf(doc), highlight.id);
    fields?.set("start", moved.start);
    fields?.set("end", moved.end);
  }
}

function entry(root: Y.Map<unknown>, id: string): Y.Map<unknown> | null {
  const found = root.get(id);
  return found instanceof Y.Map ? found : null;
}

/** Ten characters of [a-z0-9]: 51 bits, enough within one conversation. */
function newId(): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  return Array.from(crypto.getRandomValues(new Uint32Array(10)), (n) => alphabet[n % alphabet.length]!).join("");
}

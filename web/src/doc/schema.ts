/**
 * The shape of a conversation's Doc, and how it is read. What stands in it was written by other browsers: whatever is
 * missing or of the wrong kind is read as its plainest value, so one damaged entry spoils nothing else.
 *
 *     text        the whole conversation, one flat Markdown text with a marker line before each turn
 *     turns       id → {role, speaker, model, kind}
 *     highlights  id → {start, end, quote, by, at, tags: tag id → place, removed: {by, at} when somebody took it away}
 *     comments    id → {target, parent, by, at, body, deleted, resolved}
 *     reactions   "comment|user|emoji" → 1
 *     tags        id → {name, colour, group, pos, locked, origin, archived}
 */
import * as Y from "yjs";
import type { Anchor, Quote } from "../anchor/anchor";
import { byPlace } from "./order";
import { PIGMENTS, type Pigment } from "./pigments";

export type Role = "user" | "assistant" | "system" | "tool";
export type Kind = "message" | "thinking" | "tool";

export interface Turn {
  role: Role;
  speaker: string;
  model: string;
  kind: Kind;
}

export interface Highlight extends Anchor {
  id: string;
  by: string;
  at: number;
  /** Tag ids in their order on this highlight. */
  tags: readonly string[];
}

export interface Comment {
  id: string;
  /** Id of the highlight or turn it is about. */
  target: string;
  /** The comment it answers, or null. */
  parent: string | null;
  by: string;
  at: number;
  body: string;
  deleted: boolean;
  resolved: { by: string; at: number } | null;
}

export interface Tag {
  id: string;
  name: string;
  colour: Pigment;
  group: string;
  pos: string;
  locked: boolean;
  origin: "class" | "own";
  archived: boolean;
}

export interface Reaction {
  comment: string;
  user: string;
  emoji: string;
}

type Entry = Y.Map<unknown>;

export const textOf = (doc: Y.Doc): Y.Text => doc.getText("text");
export const turnsOf = (doc: Y.Doc): Y.Map<unknown> => doc.getMap("turns");
export const highlightsOf = (doc: Y.Doc): Y.Map<unknown> => doc.getMap("highlights");
export const commentsOf = (doc: Y.Doc): Y.Map<unknown> => doc.getMap("comments");
export const reactionsOf = (doc: Y.Doc): Y.Map<unknown> => doc.getMap("reactions");
export const tagsOf = (doc: Y.Doc): Y.Map<unknown> => doc.getMap("tags");

export function readTurns(doc: Y.Doc): Map<string, Turn> {
  return new Map(entries(turnsOf(doc)).map(([id, entry]) => [id, turn(entry)]));
}

/** Oldest first, without those that somebody has taken away. */
export function readHighlights(doc: Y.Doc): Highlight[] {
  return entries(highlightsOf(doc))
    .filter(([, entry]) => !entry.get("removed"))
    .map(([id, entry]) => highlight(id, entry))
    .sort(byTime);
}

/** Oldest first, which is the order in which a thread is read. */
export function readComments(doc: Y.Doc): Comment[] {
  return entries(commentsOf(doc))
    .map(([id, entry]) => comment(id, entry))
    .sort(byTime);
}

export function readReactions(doc: Y.Doc): Reaction[] {
  return [...reactionsOf(doc).keys()].flatMap((key) => {
    const [comment, user, emoji, ...rest] = key.split("|");
    return comment && user && emoji && rest.length === 0 ? [{ comment, user, emoji }] : [];
  });
}

/** In the order of the tag bar, so that a tag's digit is its index. */
export function readTags(doc: Y.Doc): Tag[] {
  return entries(tagsOf(doc))
    .map(([id, entry]) => tag(id, entry))
    .sort(byPlace);
}

function turn(entry: Entry): Turn {
  return {
    role: oneOf(entry.get("role"), ["user", "assistant", "system", "tool"], "user"),
    speaker: str(entry.get("speaker")),
    model: str(entry.get("model")),
    kind: oneOf(entry.get("kind"), ["message", "thinking", "tool"], "message"),
  };
}

function highlight(id: string, entry: Entry): Highlight {
  const tags = entry.get("tags");
  const placed = tags instanceof Y.Map ? [...tags.entries()].map(([tag, pos]) => ({ id: tag, pos: str(pos) })) : [];
  return {
    id,
    start: bytes(entry.get("start")),
    end: bytes(entry.get("end")),
    quote: quote(entry.get("quote")),
    by: str(entry.get("by")),
    at: num(entry.get("at")),
    tags: placed.sort(byPlace).map((t) => t.id),
  };
}

function comment(id: string, entry: Entry): Comment {
  const body = entry.get("body");
  const resolved = record(entry.get("resolved"));
  return {
    id,
    target: str(entry.get("target")),
    parent: str(entry.get("parent")) || null,
    by: str(entry.get("by")),
    at: num(entry.get("at")),
    body: body instanceof Y.Text ? body.toString() : str(body),
    deleted: entry.get("deleted") === true,
    resolved: resolved && { by: str(resolved["by"]), at: num(resolved["at"]) },
  };
}

function tag(id: string, entry: Entry): Tag {
  return {
    id,
    name: str(entry.get("name")) || "unnamed",
    colour: oneOf(entry.get("colour"), PIGMENTS, "sepia"),
    group: str(entry.get("group")),
    pos: str(entry.get("pos")),
    locked: entry.get("locked") === true,
    origin: oneOf(entry.get("origin"), ["class", "own"], "own"),
    archived: entry.get("archived") === true,
  };
}

function quote(value: unknown): Quote {
  const fields = value instanceof Y.Map ? Object.fromEntries(value.entries()) : record(value);
  return { exact: str(fields?.["exact"]), prefix: str(fields?.["prefix"]), suffix: str(fields?.["suffix"]) };
}

function entries(root: Y.Map<unknown>): [string, Entry][] {
  return [...root.entries()].flatMap(([id, entry]) =>
    entry instanceof Y.Map ? [[id, entry as Entry] as [string, Entry]] : [],
  );
}

const byTime = (a: { at: number; id: string }, b: { at: number; id: string }) =>
  a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
const str = (value: unknown) => (typeof value === "string" ? value : "");
const num = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? value : 0);
const bytes = (value: unknown) => (value instanceof Uint8Array ? value : new Uint8Array());
const oneOf = <T extends string>(value: unknown, known: readonly T[], plain: T): T =>
  known.find((k) => k === value) ?? plain;
const record = (value: unknown) =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;

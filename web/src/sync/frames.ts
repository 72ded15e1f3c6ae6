/**
 * The frames of `grimoire.v1`, beside those of y-websocket that stay as they are: 0 sync, 1 awareness, 2 auth, 3 query.
 *
 *     100 Saved    generation, store epoch, number of this conn's last frame that is on disk, with all before it;
 *                  the first message of a conn is one with the number 0
 *     101 Head     generation, head seq, hash of the state vector, hash of the delete set (which an older server leaves
 *                  out): the same seq with another hash asks for a new sync
 *     102 Refused  frame number, reason, path: neither applied nor seen by anybody
 *     103 Reset    new generation: the local Doc is of the past
 *     104 Drain    milliseconds: come back after a random part of them
 *     105 Rights   role, what may be done (bits), frozen, reason: when the conn opens and whenever that changes
 *     106 Seal     row, settled row, seal: the server's word for the Update behind it, which is not on disk yet
 *     107 Sealed   update, seal: given back to a server that may have forgotten it
 *
 * Numbers count the frames that change the document, from 1 on each conn: Update, and SyncStep2 with content.
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";

export const SUBPROTOCOL = "grimoire.v1";

export const MESSAGE = { sync: 0, awareness: 1, saved: 100, head: 101, refused: 102, reset: 103, drain: 104, rights: 105, seal: 106, sealed: 107 } as const;
const SYNC = { step1: 0, step2: 1, update: 2 } as const;

export interface Saved {
  generation: number;
  epoch: string;
  frame: number;
}

export interface Head {
  generation: number;
  seq: number;
  hash: number;
  /** Of the delete set; 0 when the server does not tell. */
  deletes: number;
}

export interface Refused {
  frame: number;
  reason: string;
  path: string;
}

/** What the person may do, as the API says it too, and why not more: a sentence, or empty. */
export interface Rights {
  role: string;
  may: Record<(typeof ACTIONS)[number], boolean>;
  frozen: boolean;
  reason: string;
}

/** In the order of their bits. */
export const ACTIONS = ["edit", "annotate", "manage", "moderate", "export", "remove"] as const;

export interface Seal {
  row: number;
  settled: number;
  seal: Uint8Array;
}

export function readRights(decoder: decoding.Decoder): Rights {
  const role = decoding.readVarString(decoder);
  const bits = decoding.readVarUint(decoder);
  const may = Object.fromEntries(ACTIONS.map((action, i) => [action, (bits & (1 << i)) !== 0])) as Rights["may"];
  return { role, may, frozen: decoding.readVarUint(decoder) !== 0, reason: decoding.readVarString(decoder) };
}

export function readSeal(decoder: decoding.Decoder): Seal {
  return {
    row: decoding.readVarUint(decoder),
    settled: decoding.readVarUint(decoder),
    seal: decoding.readVarUint8Array(decoder).slice(),
  };
}

export function sealedFrame(update: Uint8Array, seal: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, MESSAGE.sealed);
  encoding.writeVarUint8Array(encoder, update);
  encoding.writeVarUint8Array(encoder, seal);
  return encoding.toUint8Array(encoder);
}

/** The update in the rest of a sync message, a copy; null if it is another step. The decoder stays where it is. */
export function peekUpdate(decoder: decoding.Decoder): Uint8Array | null {
  const ahead = decoding.clone(decoder);
  return decoding.readVarUint(ahead) === SYNC.update ? decoding.readVarUint8Array(ahead).slice() : null;
}

export function readSaved(decoder: decoding.Decoder): Saved {
  return {
    generation: decoding.readVarUint(decoder),
    epoch: decoding.readVarString(decoder),
    frame: decoding.readVarUint(decoder),
  };
}

export function readRefused(decoder: decoding.Decoder): Refused {
  return {
    frame: decoding.readVarUint(decoder),
    reason: decoding.readVarString(decoder),
    path: decoding.readVarString(decoder),
  };
}

export function readHead(decoder: decoding.Decoder): Head {
  return {
    generation: decoding.readVarUint(decoder),
    seq: decoding.readVarUint(decoder),
    hash: decoding.readVarUint(decoder),
    deletes: decoding.hasContent(decoder) ? decoding.readVarUint(decoder) : 0,
  };
}

export function headFrame(head: Head): Uint8Array {
  const encoder = encoding.createEncoder();
  const { generation, seq, hash, deletes } = head;
  for (const n of [MESSAGE.head, generation, seq, hash, ...(deletes ? [deletes] : [])]) encoding.writeVarUint(encoder, n);
  return encoding.toUint8Array(encoder);
}

/** FNV-1a over an encoded state vector, as the server hashes its own. */
export function hashVector(vector: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of vector) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** The same over the update of a Doc's whole delete set, which it sends one that lacks no structs; never 0. */
export const hashDeletes = (update: Uint8Array): number => Math.max(1, hashVector(update));

/**
 * What a frame of ours is to the server's count:
 *
 * - `answer`: SyncStep2, our answer to what the server has; everything local is in it or already there
 * - `update`: one change
 * - `other`: not counted
 *
 * An `answer` counts when it has content.
 */
export type Sent = { kind: "answer"; counts: boolean } | { kind: "update" } | { kind: "other" };

export function classify(frame: Uint8Array): Sent {
  const decoder = decoding.createDecoder(frame);
  if (decoding.readVarUint(decoder) !== MESSAGE.sync) return { kind: "other" };
  const step = decoding.readVarUint(decoder);
  if (step === SYNC.update) return { kind: "update" };
  if (step !== SYNC.step2) return { kind: "other" };
  return { kind: "answer", counts: !isEmpty(decoding.readVarUint8Array(decoder)) };
}

/** An update without structs and without deletions. */
const isEmpty = (update: Uint8Array) => update.length === 2 && update[0] === 0 && update[1] === 0;

export const updateFrame = (update: Uint8Array) => syncFrame(SYNC.update, update);

/** Asks for what a Doc with this state vector lacks. */
export const askFrame = (vector: Uint8Array) => syncFrame(SYNC.step1, vector);

function syncFrame(step: number, content: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, MESSAGE.sync);
  encoding.writeVarUint(encoder, step);
  encoding.writeVarUint8Array(encoder, content);
  return encoding.toUint8Array(encoder);
}

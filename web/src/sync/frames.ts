/**
 * The frames of `grimoire.v1`, beside those of y-websocket that stay as they are: 0 sync, 1 awareness, 2 auth, 3 query.
 *
 *     100 Saved    generation, store epoch, number of this conn's last frame that is on disk, with all before it
 *     101 Head     generation, head seq, hash of the state vector: the server's pulse
 *     102 Refused  frame number, reason, path
 *     103 Reset    new generation: the local Doc is of the past
 *     104 Drain    come back after a moment
 *
 * Numbers count the frames that change the document, from 1 on each conn: Update, and SyncStep2 with content.
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";

export const SUBPROTOCOL = "grimoire.v1";

export const MESSAGE = { sync: 0, awareness: 1, saved: 100, head: 101, refused: 102, reset: 103, drain: 104 } as const;
const SYNC = { step1: 0, step2: 1, update: 2 } as const;

export interface Saved {
  generation: number;
  epoch: string;
  frame: number;
}

export interface Refused {
  frame: number;
  reason: string;
  path: string;
}

export function readSaved(decoder: decoding.Decoder): Saved {
  return { generation: decoding.readVarUint(decoder), epoch: decoding.readVarString(decoder), frame: decoding.readVarUint(decoder) };
}

export function readRefused(decoder: decoding.Decoder): Refused {
  return { frame: decoding.readVarUint(decoder), reason: decoding.readVarString(decoder), path: decoding.readVarString(decoder) };
}

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

export function updateFrame(update: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, MESSAGE.sync);
  encoding.writeVarUint(encoder, SYNC.update);
  encoding.writeVarUint8Array(encoder, update);
  return encoding.toUint8Array(encoder);
}

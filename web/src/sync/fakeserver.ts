import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { readSyncMessage, writeSyncStep1 } from "y-protocols/sync";
import { vi } from "vitest";
import * as Y from "yjs";
import { classify, MESSAGE, readHead, type Head } from "./frames";

/** A server in this process, which keeps a Doc, says when it has saved, and can be killed. */
export interface FakeServer {
  doc: Y.Doc;
  disk: Y.Doc;
  autoSave: boolean;
  open: boolean;
  generation: number;
  epoch: string;
  sockets: FakeSocket[];
}

export let server: FakeServer;

/** The network: sockets that reach the server. */
class FakeSocket {
  static readonly OPEN = 1;
  readonly OPEN = 1;
  readyState = 0;
  binaryType = "";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  frames = 0;
  readonly heads: Head[] = [];
  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    server.sockets.push(this);
    queueMicrotask(() => {
      if (!server.open) return this.shut(1006);
      this.readyState = 1;
      this.onopen?.();
      this.save(0);
      this.reply((e) => writeSyncStep1(e, server.doc));
    });
  }
  send(data: Uint8Array): void {
    const decoder = decoding.createDecoder(data);
    const sent = classify(data);
    if (sent.kind === "update" || (sent.kind === "answer" && sent.counts)) this.frames++;
    const message = decoding.readVarUint(decoder);
    if (message === MESSAGE.sync) this.reply((e) => readSyncMessage(decoder, e, server.doc, this));
    if (message === MESSAGE.head) this.heads.push(readHead(decoder));
    if (server.autoSave && this.frames > 0) this.save(this.frames);
  }
  close(): void {
    this.readyState = 3;
  }
  save(frame: number): void {
    if (frame > 0) Y.applyUpdate(server.disk, Y.encodeStateAsUpdate(server.doc));
    this.deliver((e) => {
      encoding.writeVarUint(e, MESSAGE.saved);
      encoding.writeVarUint(e, server.generation);
      encoding.writeVarString(e, server.epoch);
      encoding.writeVarUint(e, frame);
    });
  }
  reply(write: (e: encoding.Encoder) => void): void {
    const body = encoding.createEncoder();
    write(body);
    if (encoding.length(body) === 0) return;
    this.deliver((e) => {
      encoding.writeVarUint(e, MESSAGE.sync);
      encoding.writeUint8Array(e, encoding.toUint8Array(body));
    });
  }
  deliver(write: (e: encoding.Encoder) => void): void {
    const e = encoding.createEncoder();
    write(e);
    const bytes = encoding.toUint8Array(e);
    queueMicrotask(() => this.onmessage?.({ data: bytes.slice().buffer as ArrayBuffer }));
  }
  shut(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code, reason: "" });
  }
}

/** As the browser's, for a Sync. */
export const FakeWebSocket = FakeSocket as unknown as typeof WebSocket;

/** Begins anew, with a document of these words on disk. */
export function startServer(words: string): void {
  server = { doc: new Y.Doc(), disk: new Y.Doc(), autoSave: false, open: true, generation: 1, epoch: "a", sockets: [] };
  server.doc.getText("text").insert(0, words);
  Y.applyUpdate(server.disk, Y.encodeStateAsUpdate(server.doc));
}

export const socket = () => server.sockets.at(-1)!;

/** The process is killed: what was only in memory is gone. */
export function kill(): void {
  server.doc = new Y.Doc();
  Y.applyUpdate(server.doc, Y.encodeStateAsUpdate(server.disk));
  socket().shut(1006);
}

/** Everything that is under way arrives. */
export const settle = () => vi.advanceTimersByTimeAsync(0);

import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { readSyncMessage, writeSyncStep1 } from "y-protocols/sync";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { classify, hashVector, MESSAGE } from "./frames";
import { Sync, type Verdict } from "./provider";

/** The network: sockets that reach a server in this test, which keeps a Doc, says when it has saved, and can be killed. */
let server: {
  doc: Y.Doc;
  disk: Y.Doc;
  autoSave: boolean;
  open: boolean;
  generation: number;
  epoch: string;
  sockets: FakeSocket[];
};

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
    if (decoding.readVarUint(decoder) === MESSAGE.sync)
      this.reply((e) => readSyncMessage(decoder, e, server.doc, this));
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

let doc: Y.Doc;
let sync: Sync;
let verdict: Verdict;

const type = (words: string) => doc.getText("text").insert(doc.getText("text").length, words);
const settle = () => vi.advanceTimersByTimeAsync(0);
const socket = () => server.sockets.at(-1)!;
/** The process is killed: what was only in memory is gone. */
const kill = () => {
  server.doc = new Y.Doc();
  Y.applyUpdate(server.doc, Y.encodeStateAsUpdate(server.disk));
  socket().shut(1006);
};

beforeEach(async () => {
  vi.useFakeTimers();
  server = { doc: new Y.Doc(), disk: new Y.Doc(), autoSave: false, open: true, generation: 1, epoch: "a", sockets: [] };
  server.doc.getText("text").insert(0, "seed ");
  Y.applyUpdate(server.disk, Y.encodeStateAsUpdate(server.doc));
  verdict = "unreachable";
  doc = new Y.Doc();
  sync = new Sync(doc, {
    url: "ws://x/ws/conversations",
    conversation: "c1",
    ask: async () => verdict,
    WebSocket: FakeSocket as unknown as typeof WebSocket,
  });
  sync.connect();
  await settle();
});

afterEach(() => {
  sync.destroy();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test("opens with our subprotocol and shows what is there as saved", () => {
  expect(socket().url).toBe("ws://x/ws/conversations/c1");
  expect(socket().protocols).toEqual(["grimoire.v1"]);
  expect(doc.getText("text").toString()).toBe("seed ");
  expect(sync.state.is).toBe("saved");
});

test("a change is saving until the server says so", async () => {
  type("one");
  expect(sync.state).toEqual({ is: "saving", changes: 1 });
  await vi.advanceTimersByTimeAsync(1000);
  expect(sync.state.is).toBe("saving");
  socket().save(1);
  await settle();
  expect(sync.state.is).toBe("saved");
  expect(sync.unsent).toBe(0);
});

test("the page is told when saving takes too long", async () => {
  type("one");
  const heard = vi.fn();
  sync.subscribe(heard);
  await vi.advanceTimersByTimeAsync(5000);
  expect(heard).toHaveBeenCalled();
  expect(sync.state).toMatchObject({ is: "not-saved", changes: 1 });
});

test("killed before it was saved: the change is sent again and then saved", async () => {
  type("one ");
  kill();
  expect(sync.state).toEqual({ is: "reconnecting", changes: 1 });
  type("two");
  expect(sync.state).toEqual({ is: "reconnecting", changes: 2 });
  server.autoSave = true;
  await vi.advanceTimersByTimeAsync(1000);
  expect(server.disk.getText("text").toString()).toBe("seed one two");
  expect(sync.state.is).toBe("saved");
});

test("cut off after it was received: repeated, and saved only when acknowledged", async () => {
  type("one");
  socket().shut(1006);
  await vi.advanceTimersByTimeAsync(1000);
  expect(server.doc.getText("text").toString()).toBe("seed one");
  expect(sync.state).toMatchObject({ changes: 1 });
  expect(socket().frames).toBe(1);
  socket().save(1);
  await settle();
  expect(sync.state.is).toBe("saved");
});

test("what others change is not ours to save", async () => {
  server.doc.getText("text").insert(0, "x");
  socket().deliver((e) => {
    encoding.writeVarUint(e, MESSAGE.sync);
    encoding.writeVarUint(e, 2);
    encoding.writeVarUint8Array(e, Y.encodeStateAsUpdate(server.doc));
  });
  await settle();
  expect(doc.getText("text").toString()).toBe("xseed ");
  expect(sync.unsent).toBe(0);
  expect(socket().frames).toBe(0);
});

test.each([
  [4401, "signed-out"],
  [4403, "forbidden"],
  [4404, "missing"],
  [4409, "refused"],
])("close code %i is %s and final", async (code, want) => {
  socket().shut(code);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sync.state.is).toBe(want);
  expect(server.sockets).toHaveLength(1);
});

test("signed out with something unsent: kept, and sent after signing in again", async () => {
  type("mine");
  socket().shut(4401);
  server.doc = new Y.Doc();
  Y.applyUpdate(server.doc, Y.encodeStateAsUpdate(server.disk));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sync.state.is).toBe("signed-out");
  expect(sync.unsent).toBe(1);
  server.autoSave = true;
  sync.retry();
  await vi.advanceTimersByTimeAsync(1000);
  expect(sync.state.is).toBe("saved");
  expect(server.disk.getText("text").toString()).toBe("seed mine");
});

test.each([4408, 4429, 1013, 1001])("close code %i is tried again", async (code) => {
  socket().shut(code);
  await vi.advanceTimersByTimeAsync(2000);
  expect(sync.state.is).toBe("saved");
});

test("a conn that never opens is explained by the API", async () => {
  verdict = "missing";
  server.open = false;
  socket().shut(1006);
  await vi.advanceTimersByTimeAsync(1000);
  expect(sync.state.is).toBe("missing");
});

test("a server that is away is offline after a while, and found again", async () => {
  server.open = false;
  type("kept");
  socket().shut(1006);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(sync.state).toEqual({ is: "offline", changes: 1 });
  server.open = true;
  server.autoSave = true;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(sync.state.is).toBe("saved");
  expect(server.disk.getText("text").toString()).toBe("seed kept");
});

test("refused: the change stays in the Doc and nothing more is sent", async () => {
  type("forbidden");
  socket().deliver((e) => {
    encoding.writeVarUint(e, MESSAGE.refused);
    encoding.writeVarUint(e, 1);
    encoding.writeVarString(e, "frozen at 14:05");
    encoding.writeVarString(e, "text");
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sync.state).toMatchObject({ is: "refused", reason: "frozen at 14:05" });
  expect(doc.getText("text").toString()).toBe("seed forbidden");
  expect(server.sockets).toHaveLength(1);
});

test("drain: away for a moment after the server has closed, back by itself", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  socket().deliver((e) => [MESSAGE.drain, 60_000].forEach((n) => encoding.writeVarUint(e, n)));
  await settle();
  expect(sync.state.is).toBe("saved");
  socket().shut(1001);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(server.sockets).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sync.state.is).toBe("saved");
});

test("a new generation: nothing of the old document is sent", async () => {
  server.generation = 2;
  server.doc = new Y.Doc();
  socket().shut(1006);
  type("of the past");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sync.state.is).toBe("reset");
  expect(server.doc.getText("text").toString()).toBe("");
});

test("a store from a backup: what it lost is sent again, and saved only when it says so", async () => {
  type("one");
  socket().save(1);
  await settle();
  server.epoch = "b";
  server.doc = new Y.Doc();
  server.disk = new Y.Doc();
  socket().shut(1006);
  await vi.advanceTimersByTimeAsync(1000);
  expect(sync.state).toMatchObject({ changes: 1 });
  socket().save(1);
  await settle();
  expect(sync.state.is).toBe("saved");
  expect(server.disk.getText("text").toString()).toBe("seed one");
});

test("a head that differs starts a new sync", async () => {
  server.doc.getText("text").insert(0, "missed ");
  const head = (hash: number) =>
    socket().deliver((e) => [MESSAGE.head, 1, 7, hash].forEach((n) => encoding.writeVarUint(e, n)));
  head(hashVector(Y.encodeStateVector(doc)));
  await settle();
  expect(doc.getText("text").toString()).toBe("seed ");
  head(hashVector(Y.encodeStateVector(server.doc)));
  await settle();
  expect(doc.getText("text").toString()).toBe("missed seed ");
});

import * as encoding from "lib0/encoding";
import { writeUpdate } from "y-protocols/sync";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { FakeWebSocket, kill, server, settle, socket, startServer } from "./fakeserver";
import { hashDeletes, hashVector, MESSAGE, sealedFrame, type Rights } from "./frames";
import { Sync, type Verdict } from "./provider";

let doc: Y.Doc;
let sync: Sync;
let verdict: Verdict;
let rights: Rights | null;

const type = (words: string) => doc.getText("text").insert(doc.getText("text").length, words);

beforeEach(async () => {
  vi.useFakeTimers();
  startServer("seed ");
  verdict = "unreachable";
  doc = new Y.Doc();
  sync = new Sync(doc, {
    url: "ws://x/ws/conversations",
    conversation: "c1",
    user: "ana",
    ask: async () => verdict,
    onRights: (r) => (rights = r),
    WebSocket: FakeWebSocket,
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
  expect(socket().url).toBe("ws://x/ws/conversations/c1?as=ana");
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
  expect(sync.state).toEqual({ is: "reconnecting", changes: 1, kept: "tab" });
  type("two");
  expect(sync.state).toEqual({ is: "reconnecting", changes: 2, kept: "tab" });
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
  expect(sync.state).toEqual({ is: "offline", changes: 1, kept: "tab" });
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

const head = (hash: number, generation = 1, ...deletes: number[]) =>
  socket().deliver((e) => [MESSAGE.head, generation, 7, hash, ...deletes].forEach((n) => encoding.writeVarUint(e, n)));
const deletesOf = (of: Y.Doc) => hashDeletes(Y.encodeStateAsUpdate(of, Y.encodeStateVector(of)));

test("a head that differs starts a new sync", async () => {
  server.doc.getText("text").insert(0, "missed ");
  head(hashVector(Y.encodeStateVector(doc)));
  await settle();
  expect(doc.getText("text").toString()).toBe("seed ");
  head(hashVector(Y.encodeStateVector(server.doc)));
  await settle();
  expect(doc.getText("text").toString()).toBe("missed seed ");
});

test("a head that differs because the server lacks something: it is told so, and can ask", async () => {
  type("one");
  socket().save(1);
  await settle();
  head(hashVector(Y.encodeStateVector(new Y.Doc())));
  await settle();
  expect(socket().heads).toEqual([{ generation: 1, seq: 7, hash: hashVector(Y.encodeStateVector(doc)), deletes: 0 }]);
});

test("a head whose deletions differ starts a new sync, and one whose do not does not", async () => {
  const vector = Y.encodeStateVector(doc);
  head(hashVector(vector), 1, deletesOf(doc));
  await settle();
  expect(socket().heads).toEqual([]);

  server.doc.getText("text").delete(0, 2); // of which we never hear
  head(hashVector(vector), 1, deletesOf(server.doc));
  await settle();
  expect(socket().heads).toEqual([{ generation: 1, seq: 7, hash: hashVector(vector), deletes: deletesOf(new Y.Doc()) }]);
  expect(doc.getText("text").toString()).toBe("ed ");

  head(hashVector(vector), 1, deletesOf(server.doc));
  await settle();
  expect(socket().heads).toHaveLength(1);
});

test("a head while a change is under way is no divergence", async () => {
  type("one");
  head(hashVector(Y.encodeStateVector(new Y.Doc())));
  await settle();
  expect(socket().heads).toEqual([]);
});

test("a head of another generation: the local document is of the past", async () => {
  head(hashVector(Y.encodeStateVector(doc)), 2);
  await settle();
  expect(sync.state.is).toBe("reset");
});

test("the network goes: what is made then is counted, and sent as soon as it is back", async () => {
  server.open = false;
  sync.network(false);
  type("one");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sync.state).toEqual({ is: "offline", changes: 1, kept: "tab" });
  server.open = true;
  server.autoSave = true;
  sync.network(true);
  await settle();
  expect(sync.state.is).toBe("saved");
  expect(server.disk.getText("text").toString()).toBe("seed one");
});

test("the network goes, and the server is on this machine", async () => {
  sync.network(false);
  await settle();
  expect(server.sockets).toHaveLength(2);
  expect(sync.state.is).toBe("saved");
});

test("what is unsent when the page turns elsewhere still arrives, and then the conn is closed", async () => {
  const last = socket();
  type("one");
  const finished = vi.fn();
  void sync.finish().then(finished);
  await settle();
  expect(finished).not.toHaveBeenCalled();
  expect(last.readyState).toBe(1);
  last.save(1);
  await settle();
  expect(finished).toHaveBeenCalled();
  expect(last.readyState).toBe(3);
  expect(server.disk.getText("text").toString()).toBe("seed one");
});

test("what a killed server had only in memory comes back with its seal, ahead of our answer", async () => {
  const other = new Y.Doc();
  other.getText("text").insert(0, "by another ");
  const update = Y.encodeStateAsUpdate(other);
  socket().deliver((e) => {
    for (const n of [MESSAGE.seal, 12, 9]) encoding.writeVarUint(e, n);
    encoding.writeVarUint8Array(e, Uint8Array.of(0xfe));
  });
  socket().reply((e) => writeUpdate(e, update));
  await settle();
  type("an answer");
  const send = vi.spyOn(FakeWebSocket.prototype, "send");
  kill();
  await vi.advanceTimersByTimeAsync(6000);
  const frames = send.mock.calls.map(([frame]) => frame as Uint8Array);
  const kinds = frames.map((frame) => (frame[0] === MESSAGE.sync && frame[1] === 1 ? "answer" : frame[0]));
  const sealed = kinds.indexOf(MESSAGE.sealed);
  expect(sealed).toBeGreaterThanOrEqual(0);
  expect(sealed).toBeLessThan(kinds.indexOf("answer"));
  expect(frames[sealed]).toEqual(sealedFrame(update, Uint8Array.of(0xfe)));
});

test("the page is told when rights move", async () => {
  socket().deliver((e) => {
    encoding.writeVarUint(e, MESSAGE.rights);
    encoding.writeVarString(e, "student");
    encoding.writeVarUint(e, 16);
    encoding.writeVarUint(e, 1);
    encoding.writeVarString(e, "This conversation is frozen.");
  });
  await settle();
  expect(rights).toMatchObject({ role: "student", may: { annotate: false, export: true }, frozen: true });
});

import "fake-indexeddb/auto";
import * as encoding from "lib0/encoding";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { FakeWebSocket, server, settle, socket, startServer } from "./fakeserver";
import { MESSAGE } from "./frames";
import { Kept, wipe, type Draft } from "./kept";
import { Sync } from "./provider";

/** A tab: a document of its own, and what this device keeps for the person. */
class Page {
  readonly doc = new Y.Doc();
  readonly kept = new Kept("ana", "c1");
  readonly drafts: Draft[] = [];
  readonly sync: Sync;

  constructor(copy?: Sync["copy"]) {
    this.sync = new Sync(this.doc, {
      url: "ws://x/ws/conversations",
      conversation: "c1",
      user: "ana",
      ask: async () => "unreachable",
      kept: this.kept,
      copy: copy ?? undefined,
      onDraft: (draft) => this.drafts.push(draft),
      WebSocket: FakeWebSocket,
    });
  }

  get words(): string {
    return this.doc.getText("text").toString();
  }

  type(words: string): void {
    this.doc.getText("text").insert(this.words.length, words);
  }

  /** The browser is closed, or crashes: no word of goodbye. */
  async close(): Promise<void> {
    this.sync.destroy();
    await this.kept.close();
  }
}

const pages: Page[] = [];

async function open(copy?: Sync["copy"]): Promise<Page> {
  const page = new Page(copy);
  pages.push(page);
  void page.sync.connect();
  await disk();
  return page;
}

/** Everything that is under way to the device's disk arrives, and to the server. */
const disk = () => vi.advanceTimersByTimeAsync(20);
const cut = () => {
  server.open = false;
  for (const one of server.sockets) if (one.readyState === 1) one.shut(1006);
};
const restore = async () => {
  [server.open, server.autoSave] = [true, true];
  await vi.advanceTimersByTimeAsync(10_000);
};
const refuse = () =>
  socket().deliver((e) => {
    encoding.writeVarUint(e, MESSAGE.refused);
    encoding.writeVarUint(e, 1);
    encoding.writeVarString(e, "It was frozen at 14:05.");
    encoding.writeVarString(e, "text");
  });
const rows = () => pages[0]!.kept.changes();

beforeEach(() => {
  vi.useFakeTimers();
  startServer("seed ");
});

afterEach(async () => {
  for (const page of pages.splice(0)) await Promise.all([page.close(), disk()]);
  await Promise.all([wipe(), disk()]);
  vi.useRealTimers();
});

/** Awaits what needs the clock to go on. */
async function after<T>(work: Promise<T>): Promise<T> {
  const [done] = await Promise.all([work, disk()]);
  return done;
}

test("what is saved at once never goes to the device's disk", async () => {
  const page = await open();
  server.autoSave = true;
  const add = vi.spyOn(page.kept, "add");
  page.type("one");
  await vi.advanceTimersByTimeAsync(5000);
  expect(page.sync.state.is).toBe("saved");
  expect(add).not.toHaveBeenCalled();
});

test("what is not saved soon is kept, and dropped when it is saved", async () => {
  const page = await open();
  page.type("one");
  await settle();
  expect(page.sync.atRisk).toBe(1);
  await vi.advanceTimersByTimeAsync(1000);
  expect([page.sync.atRisk, page.sync.unsent]).toEqual([0, 1]);
  expect(await after(rows())).toHaveLength(1);
  socket().save(1);
  await disk();
  expect(await after(rows())).toEqual([]);
});

test("closed while offline and opened again: nothing is lost", async () => {
  const first = await open();
  cut();
  first.type("one ");
  await disk();
  first.type("two ");
  await disk();
  expect(first.sync.state).toEqual({ is: "reconnecting", changes: 2, kept: "device" });
  await first.close();

  const second = await open();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(second.sync.state).toEqual({ is: "offline", changes: 2, kept: "device" });
  await restore();
  expect(second.sync.state.is).toBe("saved");
  expect(second.words).toBe("seed one two ");
  expect(server.disk.getText("text").toString()).toBe("seed one two ");
  expect(await after(second.kept.changes())).toEqual([]);
});

test("the server is killed before it saved what an earlier page left: kept until it has", async () => {
  const first = await open();
  cut();
  first.type("one ");
  await disk();
  await first.close();

  [server.open, server.autoSave] = [true, false];
  const second = await open();
  await disk();
  expect(second.words).toBe("seed one ");
  expect(second.sync.state).toMatchObject({ is: "saving" });
  server.doc = new Y.Doc();
  Y.applyUpdate(server.doc, Y.encodeStateAsUpdate(server.disk));
  cut();
  expect(await after(second.kept.changes())).toHaveLength(1);
  await restore();
  expect(second.sync.state.is).toBe("saved");
  expect(server.disk.getText("text").toString()).toBe("seed one ");
});

test("the server had it all along: repeated, and dropped only when acknowledged", async () => {
  const first = await open();
  first.type("one ");
  await vi.advanceTimersByTimeAsync(1000);
  expect(server.doc.getText("text").toString()).toBe("seed one ");
  await first.close();
  const second = await open();
  expect(second.sync.state).toMatchObject({ is: "saving" });
  expect(await after(second.kept.changes())).toHaveLength(1);
  socket().save(1);
  await disk();
  expect(second.sync.state.is).toBe("saved");
  expect(await after(second.kept.changes())).toEqual([]);
});

test("two tabs offline at once do not clobber each other", async () => {
  const [one, two] = [await open(), await open()];
  cut();
  one.type("one ");
  two.type("two ");
  await disk();
  one.type("three ");
  await disk();
  expect(await after(rows())).toHaveLength(3);
  await Promise.all([one.close(), two.close()]);
  const later = await open();
  await restore();
  expect(later.sync.state.is).toBe("saved");
  const words = server.disk.getText("text").toString();
  for (const typed of ["seed", "one", "two", "three"]) expect(words).toContain(typed);
  expect(await after(later.kept.changes())).toEqual([]);
});

test("a tab that opens while another is offline sends for both", async () => {
  const one = await open();
  cut();
  one.type("one ");
  await disk();
  const two = await open();
  await restore();
  expect([one.sync.state.is, two.sync.state.is]).toEqual(["saved", "saved"]);
  expect([one.words, two.words]).toEqual(["seed one ", "seed one "]);
  expect(server.disk.getText("text").toString()).toBe("seed one ");
  expect(await after(rows())).toEqual([]);
});

test("restored to an earlier state meanwhile: the words become a draft, nothing is sent", async () => {
  const first = await open();
  cut();
  first.type("mine and only mine");
  await disk();
  await first.close();

  server.generation = 2;
  [server.open, server.autoSave] = [true, true];
  const second = await open();
  await disk();
  expect(second.sync.state.is).toBe("reset");
  expect(second.drafts).toMatchObject([{ words: "mine and only mine", why: expect.stringContaining("earlier state") }]);
  expect(server.doc.getText("text").toString()).toBe("seed ");
  expect(await after(second.kept.drafts())).toEqual(second.drafts);
  expect(await after(second.kept.changes())).toEqual([]);

  const third = await open();
  await disk();
  expect(third.sync.state.is).toBe("saved");
  expect(third.words).toBe("seed ");
});

test("rows of two documents: the older ones become a draft, the newer ones are sent", async () => {
  const kept = new Kept("ana", "c1");
  const old = new Y.Doc();
  old.getText("text").insert(0, "of the past");
  const update = Y.encodeStateAsUpdate(old);
  await after(kept.add({ page: "p", edit: 1, count: 1, generation: 1, epoch: "a", update }));
  server.generation = 2;
  const now = new Y.Doc();
  now.getText("text").insert(0, "of today ");
  const more = Y.encodeStateAsUpdate(now);
  await after(kept.add({ page: "q", edit: 1, count: 1, generation: 2, epoch: "a", update: more }));
  await kept.close();
  server.autoSave = true;
  const page = await open();
  await disk();
  expect(page.drafts.map((draft) => draft.words)).toEqual(["of the past"]);
  expect(page.sync.state.is).toBe("saved");
  expect(server.disk.getText("text").toString()).toContain("of today");
  expect(server.disk.getText("text").toString()).not.toContain("of the past");
});

test("refused: one draft, which grows with what is written afterwards, and is not sent by the next page", async () => {
  const page = await open();
  page.type("forbidden");
  await settle();
  refuse();
  await disk();
  expect(page.sync.state.is).toBe("refused");
  page.type(" fruit");
  await vi.advanceTimersByTimeAsync(1000);
  expect(page.sync.atRisk).toBe(0);
  expect(await after(page.kept.drafts())).toMatchObject([{ words: "forbidden fruit", why: "It was frozen at 14:05." }]);
  server.doc = new Y.Doc();
  Y.applyUpdate(server.doc, Y.encodeStateAsUpdate(server.disk));
  const next = await open();
  await disk();
  expect(next.words).toBe("seed ");
  expect(next.sync.state.is).toBe("saved");
});

test("removed from the class while something was unsent: the words are offered back", async () => {
  const page = await open();
  page.type("mine");
  await settle();
  socket().shut(4403);
  await disk();
  expect(page.sync.state.is).toBe("forbidden");
  expect(page.drafts).toMatchObject([{ words: "mine" }]);
});

test("no room on this device: said so, and sent all the same", async () => {
  const page = await open();
  const add = vi.spyOn(page.kept, "add").mockRejectedValue(new DOMException("full", "QuotaExceededError"));
  cut();
  page.type("one ");
  await disk();
  expect(page.sync.state).toEqual({ is: "reconnecting", changes: 1, kept: "tab" });
  expect(page.sync.atRisk).toBe(1);
  add.mockRestore();
  page.type("two ");
  await disk();
  expect(page.sync.state).toEqual({ is: "reconnecting", changes: 2, kept: "device" });
  await restore();
  expect(page.sync.state.is).toBe("saved");
});

test("a device that cannot be read: the page opens, and says where changes are", async () => {
  const page = new Page();
  pages.push(page);
  vi.spyOn(page.kept, "changes").mockRejectedValue(new DOMException("no", "UnknownError"));
  void page.sync.connect();
  await disk();
  expect(page.sync.state.is).toBe("saved");
});

test("another store than the one the changes were made on: all of the document is offered to it", async () => {
  const first = await open();
  cut();
  first.type("one ");
  await disk();
  await first.close();
  server.epoch = "b";
  const second = await open();
  await restore();
  expect(second.sync.state.is).toBe("saved");
  expect(server.disk.getText("text").toString()).toBe("seed one ");
});

test("refused by another store: the draft has one's own words, not those of everybody", async () => {
  const page = await open();
  page.type("mine");
  await settle();
  socket().save(1);
  await disk();
  server.epoch = "b";
  cut();
  page.type(" too");
  server.open = true;
  await vi.advanceTimersByTimeAsync(1000);
  refuse();
  await disk();
  expect(page.drafts.at(-1)?.words).toBe("mine too");
});

test("from a copy, the document is there before the server, and what was left unsent in it", async () => {
  const first = await open();
  const { copy } = first.sync;
  cut();
  first.type("one ");
  await disk();
  await first.close();
  const second = await open(copy);
  expect(second.words).toBe("seed one ");
  expect(second.sync.state).toMatchObject({ is: "reconnecting", changes: 1, kept: "device" });
  second.type("two ");
  await disk();
  await restore();
  expect(second.sync.state.is).toBe("saved");
  expect(server.disk.getText("text").toString()).toBe("seed one two ");
});

test("from a copy of a document that was restored since: nothing of it is sent", async () => {
  const first = await open();
  const { copy } = first.sync;
  await first.close();
  server.generation = 2;
  server.doc = new Y.Doc();
  server.disk = new Y.Doc();
  const second = await open(copy);
  expect(second.sync.state.is).toBe("reset");
  expect(second.sync.copy).toBeNull();
  expect(server.doc.getText("text").toString()).toBe("");
});

test("rows older than the copy become a draft", async () => {
  const first = await open();
  cut();
  first.type("of the past");
  await disk();
  await first.close();
  server.generation = 2;
  server.open = true;
  const third = new Y.Doc();
  const second = await open({ generation: 2, epoch: "a", state: Y.encodeStateAsUpdate(third) });
  await disk();
  expect(second.drafts.map((draft) => draft.words)).toEqual(["of the past"]);
  expect(second.sync.state.is).toBe("saved");
  expect(server.doc.getText("text").toString()).toBe("seed ");
});

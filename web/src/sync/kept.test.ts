import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { forgetCopiesOfOthers, Kept, newestCopy, unsentOf, wipe, type Change, type Draft } from "./kept";

let ana: Kept;
const open: Kept[] = [];

function keptOf(user: string, conversation: string): Kept {
  const kept = new Kept(user, conversation);
  open.push(kept);
  return kept;
}

const row = (page: string, edit: number): Change => ({
  page, edit, count: 1, generation: 1, epoch: "a", update: Uint8Array.of(edit),
});
const draft = (id: string, at: number): Draft => ({ id, at, why: "It was frozen.", words: "mine" });

beforeEach(() => {
  ana = keptOf("ana", "c1");
});

afterEach(async () => {
  for (const kept of open.splice(0)) await kept.close();
  await wipe();
});

test("rows of all pages come back, each page's in order", async () => {
  for (const change of [row("p2", 1), row("p1", 10), row("p1", 9)]) await ana.add(change);
  expect(await keptOf("ana", "c1").changes()).toEqual([row("p1", 9), row("p1", 10), row("p2", 1)]);
});

test("nobody else's, and of no other conversation", async () => {
  await ana.add(row("p1", 1));
  await keptOf("ana", "c2").add(row("p1", 2));
  await keptOf("ana2", "c1").add(row("p1", 3));
  expect(await keptOf("ben", "c1").changes()).toEqual([]);
  expect(await ana.changes()).toEqual([row("p1", 1)]);
});

test("dropping rows leaves another page's alone, and those that came later", async () => {
  for (const change of [row("p1", 1), row("p1", 2), row("p2", 1)]) await ana.add(change);
  await ana.drop([{ page: "p1", edit: 1 }]);
  expect(await ana.changes()).toEqual([row("p1", 2), row("p2", 1)]);
});

test("what was given up is a draft and no change any more", async () => {
  await ana.add(row("p1", 1));
  await ana.giveUp([row("p1", 1)], draft("d2", 2));
  await ana.giveUp([], draft("d1", 1));
  expect(await ana.changes()).toEqual([]);
  expect(await ana.drafts()).toEqual([draft("d1", 1), draft("d2", 2)]);
  await ana.discard("d2");
  expect(await ana.drafts()).toEqual([draft("d1", 1)]);
});

test("a copy is replaced and taken away", async () => {
  const copy = { generation: 1, epoch: "a", at: 5, state: Uint8Array.of(1), facts: { title: "One" } };
  await ana.keepCopy(copy);
  await ana.keepCopy({ ...copy, facts: { title: "Two" } });
  expect(await ana.copy()).toEqual({ ...copy, facts: { title: "Two" } });
  await ana.keepCopy(null);
  expect(await ana.copy()).toBeUndefined();
});

test("signing out in one tab removes everything, and the other tab puts nothing back", async () => {
  await ana.add(row("p1", 1));
  await wipe();
  await expect(ana.add(row("p1", 2))).rejects.toThrow();
  expect(await keptOf("ana", "c1").changes()).toEqual([]);
});

test("what would go with signing out: changes that are not sent, and drafts, of all conversations", async () => {
  expect(await unsentOf("ana")).toBe(0);
  await ana.add({ ...row("p1", 3), count: 3 });
  await keptOf("ana", "c2").add(row("p1", 1));
  await keptOf("ben", "c1").add(row("p1", 1));
  await ana.giveUp([], draft("d1", 1));
  expect(await unsentOf("ana")).toBe(5);
});

test("the newest copy is told, whosever it is", async () => {
  expect(await newestCopy()).toBeUndefined();
  const copy = { generation: 1, epoch: "a", at: 5, state: Uint8Array.of(1), facts: "Ana's" };
  await ana.keepCopy(copy);
  await keptOf("ben", "c1").keepCopy({ ...copy, at: 9, facts: "Ben's" });
  expect((await newestCopy())?.facts).toBe("Ben's");
});

test("who signs in next finds no copy of the others; what they have not sent stays for them", async () => {
  await forgetCopiesOfOthers("ben");
  expect(await indexedDB.databases()).toEqual([]);
  const copy = { generation: 1, epoch: "a", at: 5, state: Uint8Array.of(1), facts: "" };
  for (const user of ["ana", "ben", "cy"]) await keptOf(user, "c1").keepCopy({ ...copy, facts: user });
  await ana.add(row("p1", 1));
  await forgetCopiesOfOthers("ben");
  expect(await ana.copy()).toBeUndefined();
  expect(await keptOf("cy", "c1").copy()).toBeUndefined();
  expect(await keptOf("ben", "c1").copy()).toMatchObject({ facts: "ben" });
  expect(await ana.changes()).toHaveLength(1);
});

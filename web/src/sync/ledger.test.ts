import { expect, test } from "vitest";
import { atRisk, START, step, unsaved, type Ledger, type SyncEvent } from "./ledger";
import { PATIENCE_MS, stateOf } from "./state";

const run = (events: SyncEvent[], from: Ledger = START) => events.reduce(step, from);

const edit: SyncEvent = { kind: "edit", at: 100 };
const update: SyncEvent = { kind: "sent", what: "update", counts: true };
const answer: SyncEvent = { kind: "sent", what: "answer", counts: true };
const emptyAnswer: SyncEvent = { kind: "sent", what: "answer", counts: false };
const closed: SyncEvent = { kind: "closed" };
const offline: SyncEvent = { kind: "network", online: false };
const saved = (frame: number): SyncEvent => ({ kind: "saved", frame, at: 500 });
/** A conn that opens on a document that this page has not changed. */
const open: SyncEvent[] = [{ kind: "connecting" }, { kind: "opened" }, emptyAnswer, { kind: "synced", at: 50 }];

const is = (events: SyncEvent[], now = 200) => stateOf(run(events), now);

test.each<[string, SyncEvent[], unknown]>([
  ["before anything", [], { is: "connecting" }],
  ["socket open, nothing come", open.slice(0, 3), { is: "syncing" }],
  ["document there", open, { is: "saved", at: 50 }],
  ["a change on its way", [...open, edit, update], { is: "saving", changes: 1 }],
  ["acknowledged", [...open, edit, update, saved(1)], { is: "saved", at: 500 }],
  ["acknowledged only in part", [...open, edit, update, edit, update, saved(1)], { is: "saving", changes: 1 }],
  ["acknowledged together", [...open, edit, update, edit, update, saved(2)], { is: "saved", at: 500 }],
  ["lost with a change under way", [...open, edit, update, closed], { is: "reconnecting", changes: 1, kept: "tab" }],
  ["still lost after some attempts", [...open, edit, closed, closed, closed, closed], { is: "offline", changes: 1, kept: "tab" }],
  ["no network", [...open, edit, offline, closed], { is: "offline", changes: 1, kept: "tab" }],
  ["no network, says the browser, and yet a conn", [...open, edit, offline], { is: "saving", changes: 1 }],
  ["no network, one change on this device, one not yet", [...open, edit, { kind: "kept", edits: 1 }, edit, offline, closed], { is: "offline", changes: 1, kept: "device" }],
  ["no network, and no room on this device", [...open, edit, { kind: "kept", edits: 1 }, edit, { kind: "not-kept" }, offline, closed], { is: "offline", changes: 2, kept: "tab" }],
  ["no network, and what was on this device is saved", [...open, edit, { kind: "kept", edits: 1 }, update, saved(1), offline, closed], { is: "offline", changes: 0, kept: "device" }],
  ["no network, and a device that keeps nothing", [{ kind: "not-kept" }, ...open, offline, closed], { is: "offline", changes: 0, kept: "tab" }],
  ["found on this device, before any conn", [{ kind: "adopted", edits: 3, at: 9 }, closed], { is: "reconnecting", changes: 3, kept: "device" }],
  ["found on this device, sent", [{ kind: "adopted", edits: 3, at: 9 }, ...open.slice(0, 2), answer, { kind: "synced", at: 50 }], { is: "saving", changes: 3 }],
  ["found on this device, acknowledged", [{ kind: "adopted", edits: 3, at: 9 }, ...open.slice(0, 2), answer, { kind: "synced", at: 50 }, saved(1)], { is: "saved", at: 500 }],
  ["signed out with a change on this device", [...open, edit, { kind: "kept", edits: 1 }, { kind: "ended", why: "signed-out" }], { is: "signed-out", changes: 1, kept: "device" }],
  ["refused", [...open, edit, update, { kind: "refused", reason: "frozen at 14:05", at: 9 }], { is: "refused", reason: "frozen at 14:05", at: 9 }],
  ["ended stays ended", [...open, { kind: "ended", why: "forbidden" }, closed], { is: "forbidden" }],
  ["restored elsewhere", [...open, { kind: "reset" }], { is: "reset" }],
])("%s", (_, events, want) => expect(is(events)).toEqual(want));

test("saved is not said while the server is silent", () => {
  const events = [...open, edit, update];
  expect(is(events, 100 + PATIENCE_MS - 1)).toEqual({ is: "saving", changes: 1 });
  expect(is(events, 100 + PATIENCE_MS)).toEqual({ is: "not-saved", changes: 1, kept: "tab", since: 100 });
});

test("an acknowledgement of the last conn means nothing on this one", () => {
  const lost = [...open, edit, update, closed, { kind: "opened" } as const];
  expect(unsaved(run([...lost, saved(1)]))).toBe(1);
  expect(unsaved(run([...lost, answer, saved(1)]))).toBe(0);
});

test("a change sent before our answer does not cover older ones", () => {
  const events: SyncEvent[] = [...open, edit, closed, { kind: "opened" }, edit, update];
  expect(unsaved(run([...events, saved(1)]))).toBe(2);
  expect(unsaved(run([...events, answer, saved(1)]))).toBe(2);
  expect(unsaved(run([...events, answer, saved(2)]))).toBe(0);
});

test("an answer without content is not proof: what repeats the changes must be acknowledged", () => {
  const events: SyncEvent[] = [...open, edit, update, closed, { kind: "opened" }, emptyAnswer, { kind: "synced", at: 60 }];
  expect(is(events)).toEqual({ is: "saving", changes: 1 });
  expect(is([...events, update, saved(1)])).toEqual({ is: "saved", at: 500 });
});

/** A server that stores frames, acknowledges some, and is killed at random; it forgets whatever it had not acknowledged. */
test("across random kills, saved is never said of a change that is not on disk", () => {
  for (let seed = 1; seed <= 200; seed++) {
    let state = seed;
    const random = (n: number) => (state = (state * 48271) % 2147483647) % n;
    let ledger = run(open);
    let disk = 0;
    let memory = 0;
    let frames: number[] = [];
    let answered = true;
    for (let i = 0; i < 120; i++) {
      const roll = random(10);
      if (roll < 4) {
        ledger = run([edit], ledger);
        if (ledger.link === "live" || ledger.link === "syncing") {
          ledger = step(ledger, update);
          if (answered) memory = ledger.edits;
          frames.push(memory);
        }
      } else if (roll < 7 && frames.length > 0) {
        const upto = 1 + random(frames.length);
        disk = Math.max(disk, frames[upto - 1]!);
        ledger = step(ledger, saved(upto));
      } else if (roll === 7) {
        ledger = step(ledger, closed);
        memory = disk;
        frames = [];
      } else if (ledger.link === "waiting") {
        ledger = step(ledger, { kind: "opened" });
        answered = false;
      } else if (ledger.link === "syncing") {
        answered = true;
        if (memory < ledger.edits) {
          memory = ledger.edits;
          frames.push(memory);
          ledger = step(ledger, answer);
        } else ledger = step(ledger, emptyAnswer);
        ledger = step(ledger, { kind: "synced", at: 1 });
      }
      expect(ledger.saved, `seed ${seed}`).toBeLessThanOrEqual(disk);
    }
  }
});

test.each<[string, SyncEvent[], number]>([
  ["made", [edit, edit], 2],
  ["kept on this device", [edit, { kind: "kept", edits: 1 }, edit], 1],
  ["saved, though never kept", [edit, update, saved(1)], 0],
  ["kept, and a later one saved with it", [edit, { kind: "kept", edits: 1 }, edit, update, saved(1)], 0],
])("changes that would go with the page: %s", (_, events, want) => expect(atRisk(run([...open, ...events]))).toBe(want));

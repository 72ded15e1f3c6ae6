import { expect, test } from "vitest";
import { aloudOf, pillOf, type ReadOnly } from "./pill";
import type { SyncState } from "./state";

const said = (state: SyncState, readOnly?: ReadOnly) => {
  const { words, more } = pillOf(state, readOnly);
  return words + more;
};

test.each([
  [{ is: "connecting" }, "Opening…"],
  [{ is: "syncing" }, "Loading…"],
  [{ is: "offline", changes: 12, kept: "device" }, "Offline, 12 changes kept on this device"],
  [{ is: "offline", changes: 12, kept: "tab" }, "Offline, 12 changes kept in this tab"],
  [{ is: "offline", changes: 0, kept: "tab" }, "Offline"],
  [{ is: "offline", changes: 1, kept: "device" }, "Offline, 1 change kept on this device"],
  [{ is: "reconnecting", changes: 0, kept: "tab" }, "Reconnecting"],
  [{ is: "reconnecting", changes: 1, kept: "device" }, "Reconnecting, 1 change kept on this device"],
  [{ is: "signed-out", changes: 1, kept: "tab" }, "Signed out, 1 change kept in this tab"],
  [{ is: "saving", changes: 3 }, "Saving…"],
  [{ is: "refused", reason: "frozen at 14:05", at: 0 }, "Not accepted, kept as a draft"],
  [{ is: "reset" }, "Restored to an earlier state"],
  [{ is: "forbidden" }, "No longer open to you"],
] as const)("%j is said as %s", (state, words) => expect(said(state)).toBe(words));

test("the time of saving is the clock's", () => {
  const at = new Date(2026, 0, 5, 14, 2).getTime();
  expect(said({ is: "saved", at })).toBe("Saved 14:02");
  expect(said({ is: "not-saved", changes: 2, kept: "device", since: at })).toBe(
    "Not saved since 14:02, 2 changes kept on this device",
  );
});

test("where there is little room, the count is still there", () => {
  expect(pillOf({ is: "offline", changes: 2, kept: "device" }).words).toBe("Offline, 2 changes");
});

test("who can only read is told so in the place of Saved, and of a lost connection all the same", () => {
  const frozen: ReadOnly = { words: "Frozen", why: "A teacher has frozen it.", damaged: false };
  expect(pillOf({ is: "saved", at: 0 }, frozen)).toMatchObject({ words: "Frozen", why: "A teacher has frozen it.", tone: "stopped" });
  expect(pillOf({ is: "saved", at: 0 }, { ...frozen, damaged: true }).tone).toBe("refused");
  expect(said({ is: "offline", changes: 0, kept: "device" }, frozen)).toBe("Offline");
  expect(said({ is: "refused", reason: "frozen", at: 0 }, frozen)).toBe("Not accepted, kept as a draft");
});

test.each([
  [{ is: "offline", changes: 0, kept: "device" }, "kept on this device, and sent by itself"],
  [{ is: "offline", changes: 1, kept: "tab" }, "leave this tab open until it says Saved"],
  [{ is: "not-saved", changes: 1, kept: "tab", since: 0 }, "leave this tab open until it says Saved"],
  [{ is: "saved", at: 0 }, "Connected again."],
] as const)("of %j is said aloud that … %s", (state, words) => expect(aloudOf(state)).toContain(words));

test("what passes by itself, and what a banner says, is not said aloud", () => {
  for (const is of ["connecting", "syncing", "reset", "missing"] as const) expect(aloudOf({ is })).toBeNull();
  expect(aloudOf({ is: "saving", changes: 1 })).toBeNull();
});

import { expect, test } from "vitest";
import { Seals } from "./seals";

const bytes = (...b: number[]) => Uint8Array.from(b);

function relay(seals: Seals, n: number, settled: number) {
  seals.sealed({ row: n, settled, seal: bytes(100 + n) });
  seals.heard(bytes(n));
}
const given = (seals: Seals) => seals.reopened().map((k) => k.update[0]);

test("what is on disk is forgotten", () => {
  const seals = new Seals();
  relay(seals, 1, 0);
  relay(seals, 2, 1);
  relay(seals, 3, 1);
  expect(given(seals)).toEqual([2, 3]);
});

test("a head says that everything placed is on disk", () => {
  const seals = new Seals();
  relay(seals, 1, 0);
  seals.settled();
  expect(given(seals)).toEqual([]);
});

test("what was given back is kept until the new conn has placed it, and it is on disk there", () => {
  const seals = new Seals();
  relay(seals, 8, 0);
  relay(seals, 9, 0);
  expect(given(seals)).toEqual([8, 9]);
  seals.settled(); // said before it came
  expect(given(seals)).toEqual([8, 9]);
  seals.sealed({ row: 1, settled: 0, seal: bytes(108) });
  seals.sealed({ row: 2, settled: 1, seal: bytes(109) });
  expect(given(seals)).toEqual([9]);
});

test("a seal that is not the server's any more is dropped at once", () => {
  const seals = new Seals();
  relay(seals, 1, 0);
  seals.reopened();
  seals.sealed({ row: 0, settled: 0, seal: bytes(101) });
  expect(given(seals)).toEqual([]);
});

test("a seal whose update was lost on the way means nothing", () => {
  const seals = new Seals();
  seals.sealed({ row: 1, settled: 0, seal: bytes(1) });
  expect(given(seals)).toEqual([]);
  seals.heard(bytes(7)); // of another conn
  expect(given(seals)).toEqual([]);
});

test("our own words that are not saved stand between what others built on them", () => {
  const seals = new Seals();
  seals.wrote(1, bytes(51));
  relay(seals, 2, 0);
  seals.wrote(2, bytes(52));
  relay(seals, 3, 0);
  seals.wrote(3, bytes(53)); // nothing that was passed on stands on it: our answer has it
  expect(given(seals)).toEqual([51, 2, 52, 3]);
  seals.saved(1);
  expect(given(seals)).toEqual([2, 52, 3]);
});

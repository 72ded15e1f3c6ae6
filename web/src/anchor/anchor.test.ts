import { expect, test } from "vitest";
import * as Y from "yjs";
import { anchorAfterUndo, anchorTo, findQuote, resolve, type Anchor } from "./anchor";

function textOf(content: string): Y.Text {
  const text = new Y.Doc().getText("text");
  text.insert(0, content);
  return text;
}

const where = (text: Y.Text, anchor: Anchor) => resolve(text, text.toString(), [anchor])[0]!;

function shown(text: Y.Text, anchor: Anchor): string | null {
  const place = where(text, anchor);
  return place.on === "text" ? text.toString().slice(place.from, place.to) : null;
}

function copyOf(doc: Y.Doc): Y.Text {
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
  return copy.getText("text");
}

test("typing at either edge stays outside, inside stays inside", () => {
  const text = textOf("a brave new world");
  const anchor = anchorTo(text, 2, 11);
  text.insert(2, "very ");
  expect(shown(text, anchor)).toBe("brave new");
  text.insert(16, "ish");
  expect(shown(text, anchor)).toBe("brave new");
  text.insert(8, "XX");
  expect(shown(text, anchor)).toBe("bXXrave new");
});

test("the ends of the text can be highlighted", () => {
  const text = textOf("all");
  const anchor = anchorTo(text, 0, 3);
  text.insert(3, "!");
  text.insert(0, "¡");
  expect(shown(text, anchor)).toBe("all");
});

test("a highlight keeps what is left of it", () => {
  const text = textOf("a brave new world");
  const anchor = anchorTo(text, 2, 11);
  text.delete(2, 6);
  expect(shown(text, anchor)).toBe("new");
});

test("all of it deleted: on deleted text, where it stood", () => {
  const text = textOf("a brave new world");
  const anchor = anchorTo(text, 2, 11);
  text.delete(1, 11);
  expect(where(text, anchor)).toEqual({ on: "deleted", at: 1 });
});

test("a look-alike elsewhere is not taken", () => {
  const text = textOf("the new thing is not the new thing it was");
  const anchor = anchorTo(text, 4, 13);
  text.delete(0, 17);
  expect(where(text, anchor)).toEqual({ on: "deleted", at: 0 });
});

test.each([
  ["the whole of it", 2, 9],
  ["its first word", 2, 6],
  ["its last word", 7, 4],
  ["more than it", 0, 14],
])("undo of deleting %s: others find the quote, the undoer moves the anchor", (_, at, count) => {
  const doc = new Y.Doc();
  const text = doc.getText("text");
  text.insert(0, "a brave new world");
  const anchor = anchorTo(text, 2, 11);
  const undo = new Y.UndoManager(text);
  text.delete(at, count);
  undo.undo();
  expect(text.toString()).toBe("a brave new world");
  expect(shown(copyOf(doc), anchor)).toBe("brave new");

  const moved = anchorAfterUndo(text, text.toString(), anchor);
  expect(moved).not.toBeNull();
  const other = copyOf(doc);
  other.insert(4, "?!");
  expect(shown(other, moved!)).toBe("br?!ave new");
});

test("after an undo that concerns nothing the anchor stays", () => {
  const text = textOf("a brave new world");
  expect(anchorAfterUndo(text, text.toString(), anchorTo(text, 2, 7))).toBeNull();
});

test("damaged or foreign positions are lost, not fatal", () => {
  const text = textOf("hello");
  const good = anchorTo(text, 0, 5);
  for (const start of [new Uint8Array(), Uint8Array.of(0, 255), Uint8Array.of(0, 9, 9, 0), Uint8Array.of(7)]) {
    expect(() => where(text, { ...good, start })).not.toThrow();
  }
  expect(
    where(text, {
      ...good,
      start: new Uint8Array(),
      end: new Uint8Array(),
      quote: { exact: "zzz", prefix: "", suffix: "" },
    }),
  ).toEqual({ on: "deleted", at: 0 });
});

test("a quote must keep its neighbours, all of them where it does not touch the place", () => {
  const quote = { exact: "new", prefix: "brave ", suffix: " world" };
  expect(findQuote("a brave new world", quote, 8)).toEqual({ from: 8, to: 11 });
  expect(findQuote("a brave new world", quote, 17)).toEqual({ from: 8, to: 11 });
  expect(
    findQuote(
      "the brave new world, so brave new worlds",
      { exact: "new", prefix: "the brave ", suffix: " world," },
      26,
    ),
  ).toEqual({ from: 10, to: 13 });
  expect(
    findQuote("so brave new worlds", { exact: "new", prefix: "in the same year a brave ", suffix: " world" }, 17),
  ).toBeNull();
  expect(findQuote("a bright new world", quote, 9)).toBeNull();
  expect(findQuote("", { exact: "", prefix: "", suffix: "" }, 0)).toBeNull();
});

/** Every unit carries its own number; an anchor must always show exactly the survivors of its units, plus what came between them. */
test("anchors under random edits by two people", () => {
  for (let seed = 1; seed <= 60; seed++) {
    let state = seed;
    const random = (n: number) => (state = (state * 48271) % 2147483647) % n;
    const [a, b] = [new Y.Doc(), new Y.Doc()];
    a.clientID = 1;
    b.clientID = 2;
    const base = Array.from({ length: 60 }, (_, i) => String.fromCharCode(0x4e00 + i)).join("");
    a.getText("text").insert(0, base);
    Y.applyUpdate(b, Y.encodeStateAsUpdate(a));
    const from = random(40);
    const to = from + 1 + random(20);
    const anchor = anchorTo(a.getText("text"), from, to);
    for (let step = 0; step < 40; step++) {
      const text = (random(2) ? a : b).getText("text");
      if (random(2) && text.length > 0) {
        const at = random(text.length);
        text.delete(at, Math.min(1 + random(6), text.length - at));
      } else text.insert(random(text.length + 1), "x".repeat(1 + random(3)));
      if (random(5) === 0) {
        Y.applyUpdate(a, Y.encodeStateAsUpdate(b));
        Y.applyUpdate(b, Y.encodeStateAsUpdate(a));
      }
    }
    Y.applyUpdate(a, Y.encodeStateAsUpdate(b));
    Y.applyUpdate(b, Y.encodeStateAsUpdate(a));
    const own = (content: string) => [...content].filter((c) => base.slice(from, to).includes(c)).join("");
    const content = a.getText("text").toString();
    const kept = own(content);
    const got = shown(a.getText("text"), anchor);
    expect(got === null ? "" : own(got), `seed ${seed}`).toBe(kept);
    expect(where(b.getText("text"), anchor), `seed ${seed}`).toEqual(where(a.getText("text"), anchor));
  }
});

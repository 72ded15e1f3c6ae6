// Makes random edits of conversations with real yjs, each with the rights that it
// needs, for TestGuard_RandomEditsOfRealYjs and its recording:
//
//     node internal/annotation/testdata/policy.mjs SEED SCENARIOS
//
// prints one scenario a line: {state, cases: [{kind, by, needs, update}]}. A case
// is one to three edits of one person in one update; needs has what every one of
// them takes, each right with those that do as well, or is null if some edit is
// nobody's to make.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../crdt/crdttest/oracle/package.json", import.meta.url));
const Y = require("yjs");

const [seed, scenarios] = process.argv.slice(2).map(Number);
let state = (seed * 2654435761 + 1) % 2147483647 || 1;
const below = (n) => (state = (state * 48271) % 2147483647) % n;
const pick = (list) => list[below(list.length)];
const base64 = (bytes) => Buffer.from(bytes).toString("base64");

const PEOPLE = ["a", "b", "c"].map((c) => `0197a000-0000-7000-8000-00000000000${c}`);
const WORDS = ["Rome", "fell", "why", "ü", "👩‍👧", "\n", "so "];
const ROOTS = ["highlights", "comments", "reactions", "tags", "turns", "responses", "meta"];
const LOCAL = Symbol("local");
let ids = 0;
const newId = () => `n${seed}x${ids++}`;

const maps = (doc) => Object.fromEntries(ROOTS.map((root) => [root, doc.getMap(root)]));
const map = (fields) => new Y.Map(Object.entries(fields));
const words = () => Array.from({ length: 1 + below(4) }, () => pick(WORDS)).join("");

const anchor = (text, from, to) => ({
  start: Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(text, from, 0)),
  end: Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(text, to, -1)),
});
// Never between the halves of a pair, which no editor selects.
const whole = (s, i) => (s.charCodeAt(i) >> 10 === 0x37 ? i - 1 : i);
const range = (text) => {
  const s = text.toString();
  const from = whole(s, below(s.length - 1));
  const to = whole(s, from + 1 + below(Math.min(12, s.length - from)));
  return to > from ? [from, to] : [0, 1];
};
const highlight = (text, by) => {
  const [from, to] = range(text);
  const quote = { exact: text.toString().slice(from, to), prefix: "", suffix: "" };
  return map({ ...anchor(text, from, to), quote, by, at: 1000, tags: map(below(2) ? { t1: "V" } : {}) });
};
const comment = (by) => map({ target: "h1", by, at: 1000, body: new Y.Text(words()), deleted: false });
const tag = (fields) => map({ name: words(), colour: "lapis", pattern: "solid", pos: "V", locked: false, origin: "own", ...fields });

function conversation() {
  const doc = new Y.Doc();
  const text = doc.getText("text");
  const { highlights, comments, reactions, tags, turns, responses, meta } = maps(doc);
  text.insert(0, `\u001eaaaaaaaaa1\n${words()} in the end\n\n`);
  for (let n = below(6); n > 0; n--) text.insert(whole(text.toString(), below(text.length)), words());
  meta.set("title", "Rome");
  turns.set("aaaaaaaaa1", map({ role: "user", speaker: "", model: "", kind: "message" }));
  tags.set("t1", tag({ locked: true, origin: "class" }));
  tags.set("t2", tag({}));
  responses.set("shared", new Y.Text("ours"));
  doc.getText("notes").insert(0, words());
  for (const by of PEOPLE) {
    for (let n = 0; n < 2; n++) highlights.set(newId(), highlight(text, by));
    const id = newId();
    comments.set(id, comment(by));
    comments.get(id).set("resolved", { by, at: 1 });
    reactions.set(`${id}|${by}|👍`, 1);
    highlights.set(`h-${by}`, highlight(text, by)); // somebody else takes it away,
    highlights.get(`h-${by}`).set("removed", { by: PEOPLE.find((other) => other !== by), at: 1 });
    comments.set(`c-${by}`, comment(by)); // deletes it,
    comments.get(`c-${by}`).set("deleted", true);
    comments.set(`u-${by}`, comment(by)); // and this its author has undone
    comments.delete(`u-${by}`);
    responses.set(by, new Y.Text(words()));
  }
  return doc;
}

/** What somebody sees: the Doc, and which entries are whose. */
function view(doc, me) {
  const m = maps(doc);
  const gone = (e) => e.get("removed") || e.get("deleted");
  const of = (root, test) =>
    pick([...m[root].entries()].filter(([, e]) => !gone(e) && test(e.get("by"))).map(([id]) => id)) ?? null;
  const entry = (root, test) => m[root].get(of(root, test));
  const other = (by) => by !== me;
  const own = (by) => by === me;
  const somebody = pick(PEOPLE.filter(other));
  const text = doc.getText("text");
  return { doc, me, ...m, text, notes: doc.getText("notes"), of, entry, other, own, somebody };
}

const type = (t) => {
  const at = whole(t.toString(), below(t.length + 1));
  if (below(3) > 0 || at === t.length) t.insert(at, words());
  else t.delete(at, whole(t.toString(), Math.min(t.length, at + 2)) - at || 1);
};
const N = "Annotate", TAGS = ["AddTags", "LockedTags"];

/** Every kind of edit that somebody may make, with the rights it takes. */
const ALLOWED = {
  "edit the text": [["Edit"], (v) => type(v.text)],
  "change who speaks": [["Edit"], (v) => v.turns.get("aaaaaaaaa1").set("role", pick(["user", "assistant"]))],
  "split a turn": [["Edit"], (v) => {
    const id = newId();
    v.turns.set(id, v.turns.get("aaaaaaaaa1").clone());
    v.text.insert(v.text.length, `\u001e${id}\n`);
  }],
  "undo a change of the text": [["Edit"], (v) => { // and move anchors onto what it brought back, as undoStep does
    const undo = new Y.UndoManager(v.text, { trackedOrigins: new Set([LOCAL]) });
    const [from, to] = range(v.text);
    v.doc.transact(() => v.text.delete(from, to - from), LOCAL);
    let moved = false;
    v.doc.transact(() => {
      undo.undo();
      for (const entry of v.highlights.values()) {
        const [start, end] = ["start", "end"].map((key) =>
          Y.createAbsolutePositionFromRelativePosition(Y.decodeRelativePosition(entry.get(key)), v.doc));
        if (!start || !end || v.text.toString().slice(start.index, end.index) !== entry.get("quote").exact) continue;
        moved = true;
        for (const [key, value] of Object.entries(anchor(v.text, start.index, end.index))) entry.set(key, value);
      }
    });
    return moved ? [N] : [];
  }],
  "move another's anchors to the words": [[N], (v) => {
    const entry = v.entry("highlights", v.other), s = v.text.toString(), exact = entry.get("quote").exact;
    const places = [];
    for (let at = s.indexOf(exact); at >= 0; at = s.indexOf(exact, at + 1)) places.push(at);
    const at = pick(places);
    if (at === undefined) return;
    for (const [key, value] of Object.entries(anchor(v.text, at, at + exact.length))) entry.set(key, value);
  }],
  "write and re-anchor": [["Edit", N], (v) => {
    const entry = v.entry("highlights", v.other), exact = entry.get("quote").exact;
    v.text.insert(v.text.length, exact);
    for (const [key, value] of Object.entries(anchor(v.text, v.text.length - exact.length, v.text.length))) entry.set(key, value);
  }],
  "highlight": [[N], (v) => v.highlights.set(newId(), highlight(v.text, v.me))],
  "tag a highlight": [[N], (v) => v.entry("highlights", () => true).get("tags").set("t2", "W")],
  "take a tag off": [[N], (v) => v.entry("highlights", () => true).get("tags").delete("t1")],
  "move one's own anchors": [[N], (v) => {
    const [from, to] = range(v.text);
    for (const [key, value] of Object.entries(anchor(v.text, from, to))) v.entry("highlights", v.own).set(key, value);
  }],
  "remove one's own highlight": [[N], (v) => v.highlights.delete(v.of("highlights", v.own))],
  "remove one's own highlight and bring it back": [[N], (v) => {
    const undo = new Y.UndoManager(v.highlights, { trackedOrigins: new Set([LOCAL]) });
    v.doc.transact(() => v.highlights.delete(v.of("highlights", v.own)), LOCAL);
    undo.undo();
  }],
  "remove another's highlight": [[N, "RemoveAny"], (v) => v.highlights.delete(v.of("highlights", v.other))],
  "take another's highlight away": [[N, "RemoveAny"], (v) => v.entry("highlights", v.other).set("removed", { by: v.me, at: 1 })],
  "take another's highlight away and bring it back": [[N, "RemoveAny"], (v) => {
    const undo = new Y.UndoManager(v.highlights, { trackedOrigins: new Set([LOCAL]) });
    v.doc.transact(() => v.entry("highlights", v.other).set("removed", { by: v.me, at: 1 }), LOCAL);
    undo.undo();
  }],
  "comment and think better of it, and of that": [[N], (v) => {
    const undo = new Y.UndoManager(v.comments, { trackedOrigins: new Set([LOCAL]) });
    v.doc.transact(() => v.comments.set(newId(), comment(v.me)), LOCAL);
    undo.undo();
    if (below(2)) undo.redo();
  }],
  "comment, delete it, and undo both": [[N], (v) => {
    const undo = new Y.UndoManager(v.comments, { trackedOrigins: new Set([LOCAL]), captureTimeout: 0 });
    const id = newId();
    v.doc.transact(() => v.comments.set(id, comment(v.me)), LOCAL);
    v.doc.transact(() => v.comments.get(id).set("deleted", true), LOCAL);
    undo.undo();
    undo.undo();
  }],
  "bring a highlight back that was taken away": [[N, "RemoveAny"], (v) => v.highlights.get(`h-${pick(PEOPLE)}`).delete("removed")],
  "remove a highlight that was taken away": [[N, "RemoveAny"], (v) => v.highlights.delete(`h-${v.me}`)],
  "make a highlight anew that was taken away": [[N, "RemoveAny"], (v) => {
    v.highlights.delete(`h-${v.me}`);
    v.highlights.set(`h-${v.me}`, highlight(v.text, v.me));
  }],
  "comment": [[N], (v) => v.comments.set(newId(), comment(v.me))],
  "edit one's own comment": [[N], (v) => type(v.entry("comments", v.own).get("body"))],
  "delete one's own comment": [[N], (v) => v.entry("comments", v.own).set("deleted", true)],
  "delete another's comment": [[N, "DeleteAny"], (v) => v.entry("comments", v.other).set("deleted", true)],
  "settle": [[N], (v) => v.entry("comments", () => true).set("resolved", { by: v.me, at: 1 })],
  "reopen": [[N], (v) => v.entry("comments", () => true).delete("resolved")],
  "react": [[N], (v) => v.reactions.set(`${v.of("comments", () => true)}|${v.me}|🎉`, 1)],
  "take one's reaction back": [[N], (v) => v.reactions.delete([...v.reactions.keys()].find((k) => k.includes(v.me)))],
  "add a tag": [[TAGS], (v) => v.tags.set(newId(), tag({}))],
  "rename a tag": [[TAGS], (v) => v.tags.get("t2").set("name", words())],
  "remove a tag": [[TAGS], (v) => v.tags.delete("t2")],
  "add a class tag": [["LockedTags"], (v) => v.tags.set(newId(), tag({ locked: true, origin: "class" }))],
  "rename a class tag": [["LockedTags"], (v) => v.tags.get("t1").set("name", words())],
  "unlock a class tag": [["LockedTags"], (v) => v.tags.get("t1").set("locked", false)],
  "lock a tag": [["LockedTags"], (v) => v.tags.get("t2").set("locked", true)],
  "claim a tag for the class": [["LockedTags"], (v) => v.tags.get("t2").set("origin", "class")],
  "remove a class tag": [["LockedTags"], (v) => v.tags.delete("t1")],
  "write one's own response": [["Respond"], (v) => type(v.responses.get(v.me))],
  "begin one's own response anew": [["Respond"], (v) => v.responses.set(v.me, new Y.Text(words()))],
  "write the joint response": [[N], (v) => type(v.responses.get("shared"))],
  "write notes": [[N], (v) => type(v.notes)],
};

/** Every kind of edit that nobody may make, whatever their rights. */
const FORBIDDEN = {
  "highlight in another's name": (v) => v.highlights.set(newId(), highlight(v.text, v.somebody)),
  "highlight in nobody's name": (v) => v.highlights.set(newId(), map({ at: 1 })),
  "comment in another's name": (v) => v.comments.set(newId(), comment(v.somebody)),
  "comment in nobody's name": (v) => v.comments.set(newId(), map({ at: 1 })),
  "give a highlight away": (v) => v.entry("highlights", v.own).set("by", v.somebody),
  "take a highlight over": (v) => v.entry("highlights", v.other).set("by", v.me),
  "take a comment over": (v) => v.entry("comments", v.other).set("by", v.me),
  "sign again": (v) => v.entry("comments", v.own).set("by", v.me),
  "unsign": (v) => v.entry("highlights", () => true).delete("by"),
  "change another's quote": (v) => v.entry("highlights", v.other).set("quote", { exact: "x" }),
  "replace another's tags": (v) => v.entry("highlights", v.other).set("tags", map({})),
  "move another's anchors elsewhere": (v) => {
    const entry = v.entry("highlights", v.other), n = entry.get("quote").exact.length;
    v.text.insert(v.text.length, "§".repeat(n));
    for (const [key, value] of Object.entries(anchor(v.text, v.text.length - n, v.text.length))) entry.set(key, value);
  },
  "drop another's anchor": (v) => v.entry("highlights", v.other).delete(pick(["start", "end"])),
  "write into another's highlight": (v) => v.entry("highlights", v.other).set(pick(["at", "note"]), 1),
  "take away in another's name": (v) => v.entry("highlights", v.other).set("removed", { by: v.somebody, at: 1 }),
  "remove a deleted comment": (v) => v.comments.delete(`c-${pick(PEOPLE)}`),
  "make a deleted comment anew": (v) => {
    v.comments.delete(`c-${v.me}`);
    v.comments.set(`c-${v.me}`, comment(v.me));
  },
  "put a comment in place of a deleted one": (v) => v.comments.set(`c-${v.me}`, comment(v.me)),
  "put a comment in place of another's": (v) => v.comments.set(v.of("comments", v.other), comment(v.me)),
  "put a highlight in place of another's": (v) => v.highlights.set(v.of("highlights", v.other), highlight(v.text, v.me)),
  "comment under the id of what was undone": (v) => v.comments.set(`u-${pick(PEOPLE)}`, comment(v.me)),
  "edit another's comment": (v) => v.entry("comments", v.other).get("body").insert(0, "x"),
  "shorten another's comment": (v) => v.entry("comments", v.other).get("body").delete(0, 1),
  "aim another's comment elsewhere": (v) => v.entry("comments", v.other).set(pick(["target", "parent", "at"]), "x"),
  "settle in another's name": (v) => v.entry("comments", () => true).set("resolved", { by: v.somebody, at: 1 }),
  "react in another's name": (v) => v.reactions.set(`c|${v.somebody}|🎉`, 1),
  "take another's reaction away": (v) => v.reactions.delete([...v.reactions.keys()].find((k) => !k.includes(v.me))),
  "react without a shape": (v) => v.reactions.set("x", 1),
  "write another's response": (v) => v.responses.get(v.somebody).insert(0, "x"),
  "remove another's response": (v) => v.responses.delete(v.somebody),
  "rename the conversation": (v) => v.meta.set("title", words()),
  "change the version": (v) => v.meta.set("v", 2),
  "write elsewhere": (v) => pick([() => v.doc.getText("else").insert(0, "x"), () => v.doc.getMap("else").set("x", 1), () => v.doc.getArray("else").push([1])])(),
  "put a word in place of an entry": (v) => v[pick(["highlights", "comments", "tags"])].set(newId(), "word"),
  "list where there are keys": (v) => {
    const raw = new Y.Doc(); // in which the roots are lists
    Y.applyUpdate(raw, Y.encodeStateAsUpdate(v.doc));
    raw.getArray(pick(["highlights", "comments", "tags", "reactions", "responses"])).push([pick(["x", new Y.Map()])]);
    Y.applyUpdate(v.doc, Y.encodeStateAsUpdate(raw));
  },
};

/** Null when the last edit changed nothing. */
function make(state, kinds, me) {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, state);
  const v = view(doc, me);
  let updates = 0;
  doc.on("update", () => updates++);
  let needs = [];
  let last = 0;
  for (const kind of kinds) {
    last = updates;
    const [rights, edit] = ALLOWED[kind] ?? [null, FORBIDDEN[kind]];
    const more = edit(v);
    if (rights === null) needs = null;
    else if (updates > last) needs.push(...rights, ...(Array.isArray(more) ? more : []));
  }
  if (updates === last) return null;
  const update = Y.encodeStateAsUpdate(doc, Y.encodeStateVectorFromUpdate(state));
  return { kind: kinds.join(", "), by: me, needs: needs?.map((right) => [right].flat()) ?? null, update: base64(update) };
}

for (let n = 0; n < scenarios; n++) {
  const state = Y.encodeStateAsUpdate(conversation());
  // What a later edit does not take away again, so that what it takes is seen.
  const some = Object.keys(ALLOWED).filter((kind) => !/remove|delete|undo|begin|anchor|text|away|class|lock/.test(kind));
  const cases = [];
  for (const kind of [...Object.keys(ALLOWED), ...Object.keys(FORBIDDEN)])
    for (const before of [[], [pick(ALLOWED[kind] ? some : some.filter((k) => !/^(comment|highlight)$/.test(k)))]]) cases.push(make(state, [...before, kind], pick(PEOPLE)));
  console.log(JSON.stringify({ state: base64(state), cases: cases.filter(Boolean) }));
}

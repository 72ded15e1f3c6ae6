// Records what the browser client's edits look like on the wire, with the yjs
// that the client uses, for TestGuard_LetsRealEditsThrough:
//
//     node internal/annotation/testdata/record.mjs
//
// Every step is an edit of web/src/doc/edits.ts by one person, or its undo.
// "late" is all of it in one update, as after an hour without a network.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const Y = createRequire(new URL("../../../web/package.json", import.meta.url))("yjs");

const me = "0197a000-0000-7000-8000-00000000000c";
const LOCAL = Symbol("local");
const base64 = (bytes) => Buffer.from(bytes).toString("base64");

const seeded = new Y.Doc();
seeded.getText("text").insert(0, "\u001eaaaaaaaaa1\nWhy did Rome fall?\n\n");
const state = Y.encodeStateAsUpdate(seeded);

const doc = new Y.Doc();
Y.applyUpdate(doc, state);
const [highlights, comments, reactions, tags] = ["highlights", "comments", "reactions", "tags"].map((root) => doc.getMap(root));
const text = doc.getText("text");
const undo = new Y.UndoManager([highlights, comments, reactions, tags], { trackedOrigins: new Set([LOCAL]), captureTimeout: 0 });

const steps = [];
let name = "";
doc.on("update", (update) => steps.push({ name, update: base64(update) }));
const edit = (what, change) => {
  name = what;
  doc.transact(change, LOCAL);
};
const back = (what) => {
  name = `undo: ${what}`;
  undo.undo();
};
const again = (what) => {
  name = `redo: ${what}`;
  undo.redo();
};
const anchor = (at, side) => Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(text, at, side));
const entry = (fields) => new Y.Map(Object.entries(fields));
const comment = (id, body, more) =>
  comments.set(id, entry({ target: "h1", by: me, at: 1000, body: new Y.Text(body), deleted: false, ...more }));

edit("highlight", () => {
  const on = new Y.Map();
  on.set("t1", "V");
  highlights.set("h1", entry({ start: anchor(12, 0), end: anchor(15, -1), quote: { exact: "Why", prefix: "", suffix: " did" }, by: me, at: 1000, tags: on }));
});
edit("tag it", () => highlights.get("h1").get("tags").set("t2", "W"));
edit("untag it", () => highlights.get("h1").get("tags").delete("t1"));
back("untag it");
again("untag it");
edit("move its anchor", () => highlights.get("h1").set("start", anchor(13, 0)));
edit("comment", () => comment("c1", "Says who?"));
edit("reply", () => comment("c2", "Gibbon.", { parent: "c1" }));
edit("edit a comment", () => {
  const body = comments.get("c1").get("body");
  body.delete(0, 4);
  body.insert(0, "According to");
});
back("edit a comment");
edit("settle", () => comments.get("c1").set("resolved", { by: me, at: 2000 }));
edit("reopen", () => comments.get("c1").delete("resolved"));
back("reopen");
edit("delete a comment", () => comments.get("c2").set("deleted", true));
back("delete a comment");
edit("react", () => reactions.set(`c1|${me}|👍`, 1));
edit("take the reaction back", () => reactions.delete(`c1|${me}|👍`));
back("take the reaction back");
edit("add a tag", () => tags.set("t3", entry({ name: "odd", colour: "lapis", pattern: "double", group: "", pos: "z", locked: false, origin: "own", archived: false })));
edit("rename it", () => tags.get("t3").set("name", "strange"));
back("rename it");
back("add a tag");
again("add a tag");
edit("remove the highlight", () => highlights.delete("h1"));
back("remove the highlight");
again("remove the highlight");
back("remove the highlight");
name = "write notes";
doc.getText("notes").insert(0, "Gibbon, volume 1");
doc.getText("notes").delete(0, 6);

const late = Y.encodeStateAsUpdate(doc, Y.encodeStateVectorFromUpdate(state));
writeFileSync(new URL("edits.json", import.meta.url), JSON.stringify({ state: base64(state), late: base64(late), steps }, null, 1) + "\n");

// Holds the download budget: npm run size, after npm run build.
// A row of the table is a page; it weighs every script and style that the build's manifest says it loads.
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
const manifestFile = new URL(".vite/manifest.json", dist);
if (!existsSync(manifestFile)) {
  console.error("There is no build to weigh: npm run build comes first.");
  process.exit(1);
}
const manifest = JSON.parse(readFileSync(manifestFile, "utf8"));

const ENTRY = "index.html";
const READER = "src/routes/conversation/ConversationPage.svelte";
const kB = 1000;
const LARGEST_OTHER = 60 * kB;

/** Every chunk that loads with one, itself included; `without` are there already. */
function closure(key, without = new Set()) {
  const seen = new Set();
  const visit = (one) => {
    if (seen.has(one) || without.has(one)) return;
    seen.add(one);
    for (const next of manifest[one].imports ?? []) visit(next);
  };
  visit(key);
  return seen;
}
const gzipped = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;
const weigh = (files) => [...new Set(files)].reduce((sum, file) => sum + gzipped(file), 0);
const scripts = (keys) => weigh([...keys].map((key) => manifest[key].file).filter((file) => file.endsWith(".js")));
const styles = (keys) => weigh([...keys].flatMap((key) => manifest[key].css ?? []));

let over = 0;
function row(name, weight, most) {
  const bad = weight > most;
  over += bad;
  console.log(`${bad ? "OVER" : "  ok"} ${(weight / kB).toFixed(1).padStart(6)} of ${most / kB} kB gz  ${name}`);
}

const shell = closure(ENTRY);
const reader = new Set([...shell, ...closure(READER)]);
row("join and the other screens: scripts", scripts(shell), 120 * kB);
row("reader: scripts", scripts(reader), 120 * kB);
row("reader: styles", styles(reader), 20 * kB);
for (const [key, chunk] of Object.entries(manifest)) {
  if (!chunk.isDynamicEntry || key === READER) continue;
  const more = closure(key, reader);
  const editor = /edit/i.test(key);
  row(`${key}: scripts`, scripts(more), editor ? 110 * kB : LARGEST_OTHER);
}
process.exit(over ? 1 : 0);

// Checks every contrast that src/styles/tokens.css promises: npm run contrast -- -v
import { readFileSync } from "node:fs";

const css = readFileSync(new URL("../src/styles/tokens.css", import.meta.url), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
const verbose = process.argv.includes("-v");

function block(start) {
  const at = css.indexOf(start);
  if (at < 0) throw new Error(`no block ${start}`);
  const open = css.indexOf("{", at + start.length - 1);
  return css.slice(open + 1, css.indexOf("}", open));
}
function declarations(text) {
  const out = {};
  for (const [, name, value] of text.matchAll(/--([\w-]+):\s*([^;]+);/g)) out[name] = value.trim();
  return out;
}
function oklch(text) {
  const m = text.match(/oklch\(([\d.]+) ([\d.]+) ?([\d.]+)?(?: \/ ([\d.]+))?\)/);
  const [L, C, h, alpha] = [+m[1], +m[2], ((+m[3] || 0) * Math.PI) / 180, m[4] ? +m[4] : 1];
  const a = C * Math.cos(h), b = C * Math.sin(h);
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const n = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * n + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * n - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * n + 1.707614701 * s,
  ].map((v) => Math.min(1, Math.max(0, v)));
  return { rgb: linear.map((v) => (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055)), alpha };
}
const over = (top, under) => ({ rgb: top.rgb.map((v, i) => v * top.alpha + under.rgb[i] * (1 - top.alpha)), alpha: 1 });
const lum = ({ rgb }) => {
  const [r, g, b] = rgb.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ratio = (a, b) => {
  const [x, y] = [lum(a), lum(b)].sort((p, q) => q - p);
  return (x + 0.05) / (y + 0.05);
};

const base = declarations(block(":root {"));
const projector = declarations(block(':root[data-theme="projector"] {'));
const contrast = declarations(block(':root[data-theme="contrast"] {'));
const asked = declarations(block(":root:not([data-theme]) {"));

let failed = 0, checked = 0;
function expect(theme, what, got, least) {
  checked++;
  const bad = got < least;
  failed += bad;
  if (bad || verbose) console.log(`${bad ? "FAIL" : "  ok"} ${theme.padEnd(14)} ${got.toFixed(2).padStart(6)} >= ${least}  ${what}`);
}
if (JSON.stringify(contrast) !== JSON.stringify(asked)) { failed++; console.log("FAIL the two high contrast blocks differ"); }

const themes = [["light", base, 0], ["dark", base, 1], ["projector", { ...base, ...projector }, 0], ["contrast light", { ...base, ...contrast }, 0], ["contrast dark", { ...base, ...contrast }, 1]];
for (const [theme, vars, side] of themes) {
  const colour = (name) => {
    const found = vars[name].match(/oklch\([^)]*\)/g);
    return oklch(found[Math.min(side, found.length - 1)]);
  };
  const strict = theme !== "light" && theme !== "dark";
  const grounds = ["desk", "paper", "leaf"];
  for (const g of grounds) {
    expect(theme, `ink on ${g}`, ratio(colour("ink"), colour(g)), 7);
    expect(theme, `ink-2 on ${g}`, ratio(colour("ink-2"), colour(g)), strict ? 7 : 4.5);
    for (const name of ["ink-3", "act", "red", "amber"]) expect(theme, `${name} on ${g}`, ratio(colour(name), colour(g)), 4.5);
    for (const name of ["edge", "focus"]) expect(theme, `${name} on ${g}`, ratio(colour(name), colour(g)), 3);
  }
  expect(theme, "on-act on act", ratio(colour("on-act"), colour("act")), 4.5);
  expect(theme, "on-act on act-2", ratio(colour("on-act"), colour("act-2")), 4.5);
  if (!strict) for (const [ink, wash] of [["act", "act-wash"], ["red", "red-wash"], ["amber", "amber-wash"], ["ink", "act-wash"], ["ink", "red-wash"], ["ink-2", "act-wash"]]) expect(theme, `${ink} on ${wash}`, ratio(colour(ink), colour(wash)), 4.5);

  const pigments = Object.keys(base).filter((k) => k.startsWith("wash-")).map((k) => k.slice(5));
  let worst = { text: Infinity, line: Infinity };
  for (const a of pigments) {
    const one = over(colour(`wash-${a}`), colour("paper"));
    expect(theme, `ink-${a} on paper`, ratio(colour(`ink-${a}`), colour("paper")), 4.5);
    expect(theme, `ink-${a} on its own wash`, ratio(colour(`ink-${a}`), one), 3);
    expect(theme, `ink-2 on wash-${a}`, ratio(colour("ink-2"), one), 4.5);
    for (const b of pigments) for (const c of pigments) {
      const two = over(colour(`wash-${b}`), one);
      const three = over(colour(`wash-${c}`), two);
      worst.text = Math.min(worst.text, ratio(colour("ink"), one), ratio(colour("ink"), two), ratio(colour("ink"), three));
      for (const p of [a, b]) worst.line = Math.min(worst.line, ratio(colour(`ink-${p}`), two));
    }
  }
  expect(theme, "ink on any one, two or three washes, worst of 1,728 orders", worst.text, strict ? 7 : 4.5);
  expect(theme, "underline on any two washes, worst", worst.line, 3);
  for (let n = 1; n <= 8; n++) {
    expect(theme, `letter on person-${n}`, ratio(colour("on-person"), colour(`person-${n}`)), 4.5);
    expect(theme, `person-${n} on paper (caret)`, ratio(colour(`person-${n}`), colour("paper")), 3);
  }
}
console.log(`${checked} checked, ${failed} failed`);
process.exit(failed ? 1 : 0);

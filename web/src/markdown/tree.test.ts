import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isLeaf, parseMarkdown, type Leaf, type Node } from "./tree";

/** The tree written shortly: tag(children), text as it is. */
function short(nodes: Node[]): string {
  return nodes.map((n) => (isLeaf(n) ? n.text : `${n.tag}(${short(n.children)})`)).join("");
}

function leaves(nodes: Node[]): Leaf[] {
  return nodes.flatMap((n) => (isLeaf(n) ? [n] : leaves(n.children)));
}

test.each([
  ["emphasis", "a *b* **c** ~~d~~ `e`", "p(a em(b) strong(c) del(d) code(e))"],
  ["heading", "# One #\n\nTwo\n===", "h3(One)h3(Two)"],
  ["heading without words", "###\n\na", "p(a)"],
  ["tight list", "- a\n- b\n  - c", "ul(li(a)li(bul(li(c))))"],
  ["loose list", "1. a\n\n2. b", "ol(li(p(a))li(p(b)))"],
  ["quote over lines", "> a\n> b", "blockquote(p(a\nb))".replace("\n", "\n ")],
  ["fence", "```go\nx := 1\n\ny\n```", "pre(code(x := 1\n\ny))"],
  ["table with an empty cell", "| a | b |\n|--|:-:|\n| 1 |  |", "div(table(thead(tr(th(a)th(b)))tbody(tr(td(1)td()))))"],
  ["task list", "- [x] done\n- [ ] open", "ul(li(input() done)li(input() open))"],
  ["break tag in text", "a<br>b", "p(abr()b)"],
  ["hard break", "a  \nb", "p(abr()b)"],
  ["reference link", "[a][x]\n\n[x]: https://a.example/", "p(a(a))"],
  ["bare address", "see https://a.example/b.", "p(see a(https://a.example/b).)"],
  ["link whose words are an address", "[https://a.example](https://b.example)", "p(a(https://a.example))"],
  ["start of a list", "3. a", "ol(li(a))"],
  ["formulas", "if $a_1*b_2*c$ then $$\\int_0^1 f\\,dx$$", "p(if code($a_1*b_2*c$) then code($$\\int_0^1 f\\,dx$$))"],
  ["a formula over lines", "$$\nx^2\n$$", "p(code($$\nx^2\n$$))"],
  ["formulas in brackets", "\\(x^2\\) and \\[\\frac{a}{b}\\]", "p(code(\\(x^2\\)) and code(\\[\\frac{a}{b}\\]))"],
  ["prices", "from $5 to $10, or $3-$4 = *cheap*", "p(from $5 to $10, or $3-$4 = em(cheap))"],
  ["escaped brackets", "see \\[1\\] \\(and \\_\\)", "p(see [1] (and _))"],
])("%s", (_, source, want) => expect(short(parseMarkdown(source))).toBe(want));

test("the words of a link do not choose its address", () => {
  const tree = parseMarkdown("[https://a.example](https://b.example)");
  expect(tree).toMatchObject([{ children: [{ attrs: { href: "https://b.example/" } }] }]);
});

test("raw HTML stays text", () => {
  const source = '<script>alert(1)</script>\n\nhi <img src=x onerror=alert(1)> there';
  const got = short(parseMarkdown(source));
  expect(got).toBe('p(<script>alert(1)</script>)p(hi <img src=x onerror=alert(1)> there)');
});

test.each([
  ["javascript:alert(1)", "p(x)"],
  ["java\tscript:alert(1)", "p(x)"],
  ["data:text/html,x", "p(x)"],
  ["/relative", "p(x)"],
  ["mailto:ana@example.org", "p(a(x))"],
])("link to %s", (address, want) => expect(short(parseMarkdown(`[x](<${address}>)`))).toBe(want));

test("an image becomes a link with its description", () => {
  const [p] = parseMarkdown("![a map](https://a.example/map.png)");
  const attrs = { class: "image", href: "https://a.example/map.png" };
  expect(p).toMatchObject({ children: [{ tag: "a", attrs, children: [{ text: "a map" }] }] });
});

test("entities and escapes keep their place", () => {
  expect(leaves(parseMarkdown("a &amp; \\* b"))).toEqual([
    { text: "a ", from: 0, to: 2 },
    { text: "&", from: 2, to: 7 },
    { text: " ", from: 7, to: 8 },
    { text: "*", from: 9, to: 10 },
    { text: " b", from: 10, to: 12 },
  ]);
});

/** Whatever the source, leaves come in order, inside it, without overlap, and show what stands there. */
function checkLeaves(source: string) {
  let at = 0;
  for (const leaf of leaves(parseMarkdown(source))) {
    expect(leaf.from).toBeGreaterThanOrEqual(at);
    expect(leaf.to).toBeGreaterThanOrEqual(leaf.from);
    expect(leaf.to).toBeLessThanOrEqual(source.length);
    if (leaf.text.length === leaf.to - leaf.from && !source.slice(leaf.from, leaf.to).startsWith("&")) {
      expect(leaf.text).toBe(source.slice(leaf.from, leaf.to));
    }
    at = leaf.to;
  }
}

test("leaves of a page in many scripts", () => {
  checkLeaves(readFileSync(new URL("testdata/scripts.md", import.meta.url), "utf8"));
});

test("leaves of random Markdown", () => {
  const parts = [
    "*", "**", "`", "```\n", "> ", "- ", "1. ", "# ", "~~", "|", "|--|\n", "[ ] ", "![", "](", "\\", "\n", "\n\n", "    ",
    "[a](https://b.example)", "http://x.example", "&amp;", "&bogus;", "<b>", "a", "中文", "👩‍👩‍👧", "عربي",
  ];
  let seed = 7;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  for (let i = 0; i < 400; i++) {
    let source = "";
    for (let n = 0; n < 30; n++) source += parts[Math.floor(random() * parts.length)];
    checkLeaves(source);
  }
});

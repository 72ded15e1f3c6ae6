/**
 * Markdown as a tree that remembers where each character came from.
 *
 * `parseMarkdown` gives elements from a fixed list and leaves of text. A leaf says which units of
 * the source it shows, so that a highlight on the source can be painted on the page and a selection
 * on the page can be written down as offsets. There is no HTML in the tree: raw HTML in the
 * source is shown as the text it is, and only http, https and mailto addresses become links.
 *
 *     source   **Fritz** &amp; co        leaves   "Fritz" 2–7 · " " 9–10 · "&" 10–15 · " co" 15–18
 */
import type { SyntaxNode } from "@lezer/common";
import { GFM, parser as commonmark, type MarkdownConfig } from "@lezer/markdown";
import { decodeEntity } from "./entities";
import { safeHref } from "./links";

/** Shown text. When it is as long as the source it stands for, each unit maps to its own; else the leaf is one piece. */
export interface Leaf {
  text: string;
  from: number;
  to: number;
}

export type Tag =
  | "p" | "h3" | "h4" | "h5" | "h6" | "blockquote" | "ul" | "ol" | "li" | "pre" | "code" | "hr" | "br"
  | "table" | "thead" | "tbody" | "tr" | "th" | "td" | "div"
  | "em" | "strong" | "del" | "a" | "span" | "input";

export interface Branch {
  tag: Tag;
  attrs?: Readonly<Record<string, string>>;
  children: Node[];
}

export type Node = Leaf | Branch;

export const isLeaf = (node: Node): node is Leaf => "text" in node;

/** A formula is at most so long: without a bound, each of many dollar signs would be read on to the end. */
const LONGEST_FORMULA = 500;
/**
 * `$$…$$`, `$…$`, `\(…\)` and `\[…\]`: between dollars with something that no price has, between brackets with
 * something that no words have whose brackets are merely escaped.
 */
const FORMULA =
  /^(?:\$\$[^$]+\$\$|\$(?=\S)(?=[^$]*[\\_^=])[^$\n]*[^$\s]\$(?!\d)|\\(?=[([][^$]*?(?:\^|\\[a-z]{2}))(?:\([^$]+?\\\)|\[[^$]+?\\\]))/i;

/** Formulas are shown as they are written: in TeX a backslash, a star or an underscore means something else. */
const TEX: MarkdownConfig = {
  defineNodes: ["Formula"],
  parseInline: [
    {
      name: "Formula",
      before: "Escape",
      parse(cx, next, at) {
        if (next !== 36 && next !== 92) return -1; // $ or \
        const found = FORMULA.exec(cx.slice(at, Math.min(cx.end, at + LONGEST_FORMULA)))?.[0];
        return found ? cx.addElement(cx.elt("Formula", at, at + found.length)) : -1;
      },
    },
  ],
};

/** The editor's, too. */
export const grammar = commonmark.configure([GFM, TEX]);

/** Marks that steer the rendering and are not shown themselves. */
const SILENT = new Set([
  "HeaderMark", "QuoteMark", "ListMark", "LinkMark", "EmphasisMark", "CodeMark", "CodeInfo", "LinkTitle",
  "LinkLabel", "StrikethroughMark", "LinkReference", "TableDelimiter",
]);

const WRAPS: Readonly<Record<string, Tag>> = { Emphasis: "em", StrongEmphasis: "strong", Strikethrough: "del" };

export function parseMarkdown(source: string): Node[] {
  const tree = grammar.parse(source);
  return new Reader(source, references(source, tree.topNode)).blocks(tree.topNode);
}

/** Addresses of `[label]: address` lines, by label. */
function references(source: string, top: SyntaxNode): Map<string, string> {
  const found = new Map<string, string>();
  for (let node = top.firstChild; node; node = node.nextSibling) {
    const label = node.name === "LinkReference" ? node.getChild("LinkLabel") : null;
    const url = label && node.getChild("URL");
    if (label && url) found.set(labelKey(source.slice(label.from, label.to)), source.slice(url.from, url.to));
  }
  return found;
}

const labelKey = (label: string) => label.replace(/^\[|\]$/g, "").trim().replace(/\s+/g, " ").toLowerCase();

class Reader {
  constructor(
    private readonly source: string,
    private readonly links: ReadonlyMap<string, string>,
  ) {}

  blocks(parent: SyntaxNode, tight = false): Node[] {
    const out: Node[] = [];
    for (let node = parent.firstChild; node; node = node.nextSibling) {
      if (!SILENT.has(node.name)) out.push(...this.block(node, tight));
    }
    return out;
  }

  private block(node: SyntaxNode, tight: boolean): Node[] {
    const heading = /^(?:ATX|Setext)Heading(\d)$/.exec(node.name);
    if (heading) return this.heading(node, Number(heading[1]));
    switch (node.name) {
      case "Paragraph":
        return tight ? this.inline(node) : [{ tag: "p", children: this.inline(node) }];
      case "Task":
        return this.task(node);
      case "Blockquote":
        return [{ tag: "blockquote", children: this.blocks(node) }];
      case "BulletList":
      case "OrderedList":
        return [this.list(node)];
      case "FencedCode":
      case "CodeBlock":
        return [this.code(node)];
      case "HorizontalRule":
        return [{ tag: "hr", children: [] }];
      case "Table":
        return [this.table(node)];
      default:
        return [{ tag: "p", attrs: { class: "raw" }, children: [this.leaf(node.from, node.to)] }];
    }
  }

  /** The page has headings of its own above these. One without words is none. */
  private heading(node: SyntaxNode, level: number): Node[] {
    const children = this.trimmed(node);
    return children.length === 0 ? [] : [{ tag: `h${Math.min(6, level + 2)}` as Tag, attrs: { class: `level-${level}` }, children }];
  }

  private list(node: SyntaxNode): Branch {
    const items: Node[] = [];
    const tight = !this.loose(node);
    for (let item = node.firstChild; item; item = item.nextSibling) {
      if (item.name === "ListItem") items.push({ tag: "li", children: this.blocks(item, tight) });
    }
    const mark = node.firstChild?.getChild("ListMark");
    const first = mark ? parseInt(this.source.slice(mark.from, mark.to), 10) : 1;
    if (node.name === "BulletList") return { tag: "ul", children: items };
    return { tag: "ol", ...(first > 1 ? { attrs: { start: String(first) } } : {}), children: items };
  }

  /** Blank lines between the items of a list, or between the blocks of an item, set its text in paragraphs. */
  private loose(list: SyntaxNode): boolean {
    const gap = ({ to, nextSibling: next }: SyntaxNode) => next && /\n[ \t>]*\n/.test(this.source.slice(to, next.from));
    for (let item = list.firstChild; item; item = item.nextSibling) {
      if (gap(item)) return true;
      for (let part = item.firstChild; part; part = part.nextSibling) if (gap(part)) return true;
    }
    return false;
  }

  private task(node: SyntaxNode): Node[] {
    const mark = node.getChild("TaskMarker");
    if (!mark) return this.inline(node);
    const done = /x/i.test(this.source.slice(mark.from, mark.to));
    const attrs = { type: "checkbox", disabled: "", "aria-label": done ? "done" : "to do", ...(done ? { checked: "" } : {}) };
    return [{ tag: "input", attrs, children: [] }, ...this.between(node, mark.to, node.to)];
  }

  private code(node: SyntaxNode): Branch {
    const info = node.getChild("CodeInfo");
    const language = info ? this.source.slice(info.from, info.to).split(/\s/)[0]! : "";
    const lines = node.getChildren("CodeText").map((text) => this.leaf(text.from, text.to));
    const attrs = { tabindex: "0", ...(language ? { "data-language": language } : {}) };
    return { tag: "pre", attrs, children: [{ tag: "code", children: lines }] };
  }

  private table(node: SyntaxNode): Branch {
    const rules = node.getChildren("TableDelimiter").map((d) => this.source.slice(d.from, d.to));
    const rule = rules.find((text) => text.includes("-")) ?? "";
    const aligns = rule.replace(/^\||\|$/g, "").split("|").map((cell) => {
      const bare = cell.trim();
      return bare.endsWith(":") ? (bare.startsWith(":") ? "c" : "r") : "";
    });
    const row = (line: SyntaxNode, tag: Tag): Branch => {
      const cells: Branch[] = aligns.map((align) => ({ tag, ...(align ? { attrs: { class: align } } : {}), children: [] }));
      let column = 0;
      for (let part = line.firstChild; part; part = part.nextSibling) {
        if (part.name === "TableCell" && cells[column]) cells[column]!.children = this.inline(part);
        if (part.name === "TableDelimiter" && part.from > line.from) column++;
      }
      return { tag: "tr", children: cells };
    };
    const head = node.getChild("TableHeader");
    const children: Node[] = [];
    if (head) children.push({ tag: "thead", children: [row(head, "th")] });
    children.push({ tag: "tbody", children: node.getChildren("TableRow").map((line) => row(line, "td")) });
    return { tag: "div", attrs: { class: "wide", tabindex: "0" }, children: [{ tag: "table", children }] };
  }

  /** Inline content without the blanks that a heading keeps around its text. */
  private trimmed(node: SyntaxNode): Node[] {
    const { firstChild: first, lastChild: last } = node;
    const head = first?.name === "HeaderMark" && first.from === node.from ? first.to : node.from;
    const from = head + (/^[ \t]*/.exec(this.source.slice(head, node.to))?.[0].length ?? 0);
    const tail = last?.name === "HeaderMark" && last.from > from ? last.from : node.to;
    return this.between(node, from, from + this.source.slice(from, tail).trimEnd().length);
  }

  private inline(node: SyntaxNode): Node[] {
    return this.between(node, node.from, node.to);
  }

  /** The children of node within from–to, with the text between them as leaves. */
  private between(node: SyntaxNode, from: number, to: number): Node[] {
    const out: Node[] = [];
    let at = from;
    for (let child = node.firstChild; child && child.from < to; child = child.nextSibling) {
      if (child.to <= from) continue;
      if (child.from > at) out.push(this.leaf(at, child.from));
      out.push(...this.span(child));
      at = Math.max(at, child.to);
    }
    if (at < to) out.push(this.leaf(at, to));
    return out;
  }

  private span(node: SyntaxNode): Node[] {
    const wrap = WRAPS[node.name];
    if (wrap) return [{ tag: wrap, children: this.inline(node) }];
    if (SILENT.has(node.name)) return [];
    const { from, to } = node;
    switch (node.name) {
      case "Formula":
        return [{ tag: "code", attrs: { class: "tex" }, children: [this.leaf(from, to)] }];
      case "InlineCode":
        return [{ tag: "code", children: this.inline(node) }];
      case "Escape":
        return [{ text: this.source.slice(from + 1, to), from: from + 1, to }];
      case "Entity":
        return [{ text: decodeEntity(this.source.slice(from, to)), from, to }];
      case "HardBreak":
        return [{ tag: "br", children: [] }];
      case "HTMLTag":
        if (/^<br\s*\/?>$/i.test(this.source.slice(from, to))) return [{ tag: "br", children: [] }];
        return [this.leaf(from, to)];
      case "Link":
        return this.link(node);
      case "Image":
        return this.image(node);
      case "Autolink":
      case "URL":
        return this.bareLink(node);
      default:
        return [this.leaf(from, to)];
    }
  }

  private link(node: SyntaxNode): Node[] {
    const shut = node.getChildren("LinkMark")[1];
    const [from, to] = shut ? [node.from + 1, shut.from] : [node.from, node.to];
    return this.anchor(this.address(node, from, to), this.between(node, from, to));
  }

  /** An image is never fetched: its description stands in its place, as a link to it. */
  private image(node: SyntaxNode): Node[] {
    const shut = node.getChildren("LinkMark")[1];
    if (!shut) return [this.leaf(node.from, node.to)];
    const from = node.from + 2;
    const url = this.target(node, shut.from);
    const shown = shut.from > from ? { from, to: shut.from } : (url ?? node);
    return this.anchor(this.address(node, from, shut.from), [this.leaf(shown.from, shown.to)], "image");
  }

  private bareLink(node: SyntaxNode): Node[] {
    const url = node.name === "URL" ? node : node.getChild("URL");
    if (!url) return [this.leaf(node.from, node.to)];
    const address = this.source.slice(url.from, url.to);
    const scheme = /^www\./i.test(address) ? "https://" : /^[^:/]+@[^:/]+$/.test(address) ? "mailto:" : "";
    return this.anchor(scheme + address, [this.leaf(url.from, url.to)]);
  }

  private address(node: SyntaxNode, from: number, to: number): string {
    const url = this.target(node, to);
    if (url) return this.source.slice(url.from, url.to).replace(/^<|>$/g, "");
    const label = node.getChild("LinkLabel");
    const key = label && label.to - label.from > 2 ? this.source.slice(label.from, label.to) : this.source.slice(from, to);
    return this.links.get(labelKey(key)) ?? "";
  }

  /** The address in a link's brackets; its words may look like an address too. */
  private target(node: SyntaxNode, after: number): SyntaxNode | undefined {
    return node.getChildren("URL").find((url) => url.from >= after);
  }

  private anchor(address: string, words: Node[], kind?: string): Node[] {
    const href = safeHref(address);
    const children = words.flatMap((n) => (!isLeaf(n) && n.tag === "a" ? n.children : [n]));
    if (href === null) return kind ? [{ tag: "span", attrs: { class: kind }, children }] : children;
    const attrs = { href, target: "_blank", rel: "noopener noreferrer nofollow", ...(kind ? { class: kind } : {}) };
    return [{ tag: "a", attrs, children }];
  }

  private leaf(from: number, to: number): Leaf {
    return { text: this.source.slice(from, to), from, to };
  }
}

/**
 * One turn as it stands on the page: Markdown drawn as elements, highlights drawn as nested <mark>s, and the way between
 * places on the page and offsets in the source.
 *
 * Marks are elements, not the CSS Highlight API: Firefox draws no lines in ::highlight(), a screen reader does not see
 * them, and a highlight must not be told by colour alone. Only leaves whose marks changed are drawn again, and a selection
 * across them is put back.
 */
import { parseMarkdown, isLeaf, type Node as TreeNode } from "../markdown/tree";
import { cutPieces, type LaidMark, type Piece } from "./lanes";
import { firstAfter, toShown, toSource, type Span } from "./map";

interface DrawnLeaf extends Span {
  /** Its nodes on the page, side by side. */
  nodes: ChildNode[];
  /** The marks drawn, in short; "" for none. */
  drawn: string;
}

/** A stretch of a leaf in one text node. */
interface Part {
  leaf: DrawnLeaf;
  at: number;
}

/** Lines are drawn on this many lanes; below them there is a wash only. */
const LINES = 3;

export class Surface {
  private source: string | null = null;
  private base = 0;
  private leaves: DrawnLeaf[] = [];
  private parts = new Map<Text, Part>();
  private drawn = "";

  constructor(readonly element: HTMLElement) {}

  /** Draws the source, which begins at offset `base` of the conversation. Gives whether anything was drawn anew. */
  render(source: string, base: number): boolean {
    this.base = base;
    if (source === this.source) return false;
    this.source = source;
    this.leaves = [];
    this.parts.clear();
    this.drawn = "";
    this.element.replaceChildren(...parseMarkdown(source).map((node) => this.build(node)));
    return true;
  }

  /**
   * Draws the marks that lie on this turn. Gives whether anything changed. `selected` is what the person has selected in
   * the conversation: only where it meets this turn is the browser asked, which is dear, and the selection put back.
   */
  paint(marks: readonly LaidMark[], selected: { from: number; to: number } | null): boolean {
    const own = marks.map((mark) => ({ ...mark, from: mark.from - this.base, to: mark.to - this.base }));
    const drawn = own.map((m) => `${m.id}.${m.pigment}.${m.lane}.${m.from}.${m.to}`).join();
    if (drawn === this.drawn) return false;
    this.drawn = drawn;
    const end = this.base + (this.source?.length ?? 0);
    const selection = selected && selected.from < end && selected.to > this.base ? this.selection() : null;
    for (const leaf of this.leaves) this.paintLeaf(leaf, own);
    if (selection) getSelection()?.setBaseAndExtent(...selection());
    return true;
  }

  /** The offset in the conversation of a place on the page, or null when it is not on this turn. */
  offsetAt(node: Node, at: number): number | null {
    if (!this.element.contains(node)) return null;
    if (node instanceof Text) {
      const part = this.parts.get(node);
      if (part) return this.base + toSource(part.leaf, part.at + at);
    }
    // A place between elements, or in one that shows nothing of the source: the next leaf begins there, or the last has ended.
    const edge = document.createRange();
    edge.setStart(node, at);
    for (const leaf of this.leaves) {
      const first = leaf.nodes[0];
      if (first && edge.comparePoint(first, 0) >= 0) return this.base + leaf.from;
    }
    return this.base + (this.leaves.at(-1)?.to ?? 0);
  }

  /** The stretch of the page that shows from–to, or null when nothing of it is shown here. */
  rangeOf(from: number, to: number): Range | null {
    const [start, end] = [toShown(this.leaves, from - this.base, "start"), toShown(this.leaves, to - this.base, "end")];
    if (!start || !end || start.leaf > end.leaf || (start.leaf === end.leaf && start.at >= end.at)) return null;
    const range = document.createRange();
    range.setStart(...this.point(start.leaf, start.at, "start"));
    range.setEnd(...this.point(end.leaf, end.at, "end"));
    return range;
  }

  /** A rectangle for an offset, even where nothing is shown. */
  rectAt(offset: number): DOMRect {
    const at = offset - this.base;
    const leaf = this.leaves[Math.min(firstAfter(this.leaves, at), this.leaves.length - 1)];
    const range = leaf && this.rangeOf(this.base + leaf.from, this.base + leaf.to);
    return range?.getClientRects()[0] ?? this.element.getBoundingClientRect();
  }

  private build(node: TreeNode): ChildNode {
    if (isLeaf(node)) {
      const text = document.createTextNode(node.text);
      const leaf: DrawnLeaf = { ...node, nodes: [text], drawn: "" };
      this.leaves.push(leaf);
      this.parts.set(text, { leaf, at: 0 });
      return text;
    }
    const element = document.createElement(node.tag);
    for (const [name, value] of Object.entries(node.attrs ?? {})) element.setAttribute(name, value);
    element.append(...node.children.map((child) => this.build(child)));
    if (["p", "h3", "h4", "h5", "h6", "li", "td", "th", "blockquote"].includes(node.tag)) element.dir = "auto";
    return element;
  }

  private paintLeaf(leaf: DrawnLeaf, marks: readonly LaidMark[]): void {
    const pieces = leaf.to > leaf.from ? cutPieces(marks, leaf.from, leaf.to) : [];
    const marked = pieces.some((piece) => piece.marks.length > 0);
    const drawn = marked ? pieces.map((p) => `${p.to}:${p.marks.map((m) => m.id + m.pigment + m.lane)}`).join() : "";
    if (drawn === leaf.drawn) return;
    leaf.drawn = drawn;
    const nodes = this.nest(leaf, marked ? pieces : [{ from: leaf.from, to: leaf.to, marks: [] }], 0);
    leaf.nodes[0]!.before(...nodes);
    for (const node of leaf.nodes) {
      for (const text of textsIn(node)) this.parts.delete(text);
      node.remove();
    }
    leaf.nodes = nodes;
  }

  /** Pieces side by side under one mark share its element, so that its line runs through. */
  private nest(leaf: DrawnLeaf, pieces: readonly Piece[], depth: number): ChildNode[] {
    const nodes: ChildNode[] = [];
    for (let i = 0; i < pieces.length;) {
      const mark = pieces[i]!.marks[depth];
      let j = i + 1;
      while (j < pieces.length && mark && pieces[j]!.marks[depth] === mark) j++;
      if (mark) nodes.push(this.mark(mark, this.nest(leaf, pieces.slice(i, j), depth + 1)));
      else nodes.push(...this.words(leaf, pieces[i]!));
      i = j;
    }
    return nodes;
  }

  private words(leaf: DrawnLeaf, piece: Piece): Text[] {
    const exact = leaf.text.length === leaf.to - leaf.from;
    // A leaf that is one piece is drawn whole, with its first part.
    if (!exact && piece.from > leaf.from) return [];
    const at = exact ? piece.from - leaf.from : 0;
    const text = document.createTextNode(exact ? leaf.text.slice(at, piece.to - leaf.from) : leaf.text);
    this.parts.set(text, { leaf, at });
    return [text];
  }

  private mark(mark: LaidMark, children: ChildNode[]): HTMLElement {
    const element = document.createElement("mark");
    element.className =
      mark.lane > LINES ? "p-sepia deep" : `p-${mark.pigment}${mark.lane > 1 ? ` d${mark.lane}` : ""}`;
    element.dataset["h"] = mark.id;
    element.append(...children);
    return element;
  }

  private point(leaf: number, at: number, side: "start" | "end"): [Node, number] {
    const texts = this.leaves[leaf]!.nodes.flatMap((node) => textsIn(node));
    let left = at;
    for (const text of texts) {
      if (left < text.length || (side === "end" && left === text.length)) return [text, left];
      left -= text.length;
    }
    const last = texts.at(-1)!;
    return [last, last.length];
  }

  /** The selection as offsets while nodes are replaced under it; null when it does not touch this turn. */
  private selection(): (() => [Node, number, Node, number]) | null {
    const now = getSelection();
    if (!now?.anchorNode || !now.focusNode || now.isCollapsed) return null;
    const place = (node: Node, at: number): (() => [Node, number]) => {
      const text = node instanceof Text ? this.parts.get(node) : undefined;
      if (!text) return () => [node, at];
      const [leaf, shown] = [this.leaves.indexOf(text.leaf), text.at + at];
      return () => this.point(leaf, shown, "end");
    };
    const [anchor, focus] = [place(now.anchorNode, now.anchorOffset), place(now.focusNode, now.focusOffset)];
    return () => [...anchor(), ...focus()];
  }
}

function textsIn(node: Node): Text[] {
  return node instanceof Text ? [node] : [...node.childNodes].flatMap(textsIn);
}

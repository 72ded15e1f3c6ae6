import { layLanes, type LaidMark, type Mark } from "../../anchor/lanes";
import { trimRange } from "../../anchor/map";
import type { Surface } from "../../anchor/surface";
import { addHighlight, toggleResolved, toggleTag } from "../../doc/edits";
import type { Cut } from "../../markdown/turns";
import { turnAt } from "../../markdown/turns";
import { announcer } from "../../state/announcer.svelte";
import type { Conversation } from "./conversation.svelte";
import { EVERYTHING, isOn, passes, type Filter } from "./filter";
import { notesOf, type Note } from "./notes";
import { nextStretch, stretchesOf, type Stretch } from "./sentences";

/** What the sheet at the foot shows where the page is too narrow for a margin. */
export type Foot = "text" | "notes" | "tags" | "people";

/** A place of the text and the height on the screen where it is read: Read and Edit hand it to each other. */
export interface Spot {
  offset: number;
  y: number;
}

/**
 * What one person is doing on the reading page: what is open, selected, pointed at. Nothing of it is shared but what
 * presence tells. It also knows each turn's surface, and so the way between the page and the text.
 */
export class Reader {
  open = $state<string | null>(null);
  hover = $state<string | null>(null);
  /** Index of the turn being read. */
  turn = $state(0);
  /** The tag in hand: what is selected next gets it at once. */
  picked = $state<string | null>(null);
  selected = $state.raw<Stretch | null>(null);
  /** The note whose field asks for the focus. */
  writing = $state<string | null>(null);
  /** What is half written on each highlight; it outlives the field, and the highlight. */
  drafts = $state<Record<string, string>>({});
  foot = $state<Foot>("text");
  /** The sheet of keys is open; so are the filter's, and the place to jump from. */
  keys = $state(false);
  filtering = $state(false);
  jumping = $state(false);
  filter = $state.raw<Filter>(EVERYTHING);
  /** Counts drawings of the text; who measures the page reads it. */
  drawn = $state(0);

  readonly allNotes: readonly Note[] = $derived.by(() =>
    notesOf(this.conversation.highlights, this.conversation.places, this.conversation.comments),
  );
  /** Those that the filter lets through, and the one that is open. */
  readonly notes: readonly Note[] = $derived.by(() =>
    isOn(this.filter) ? this.allNotes.filter((n) => n.id === this.open || passes(this.filter, n)) : this.allNotes,
  );
  readonly marks: readonly LaidMark[] = $derived.by(() => layLanes(this.notes.flatMap((note) => this.marksOf(note))));
  /** Where one reads, for the view that comes next; nothing on the page is drawn from it. */
  spot: Spot | null = null;
  /** Brings a place of the text into view, in the view that is shown. */
  seek: (offset: number) => void = (offset) => this.scrollTo(offset);
  /** By the key of the turn. */
  readonly surfaces = new Map<string, Surface>();

  constructor(readonly conversation: Conversation) {}

  get canAnnotate(): boolean {
    return this.conversation.facts.rights.annotate;
  }

  note(id: string | null): Note | undefined {
    return this.allNotes.find((note) => note.id === id);
  }

  marksIn(cut: Cut): readonly LaidMark[] {
    return this.marks.filter((mark) => mark.from < cut.end && mark.to > cut.body);
  }

  /** Reads the browser's selection, as far as it lies on the text. */
  readSelection(): void {
    const now = getSelection();
    const range = now && now.rangeCount > 0 && !now.isCollapsed ? now.getRangeAt(0) : null;
    const from = range && this.offsetAt(range.startContainer, range.startOffset);
    const to = range && this.offsetAt(range.endContainer, range.endOffset);
    const trimmed = from !== null && to !== null ? trimRange(this.conversation.text, from, to) : null;
    const { selected } = this;
    if (trimmed?.from !== selected?.from || trimmed?.to !== selected?.to) this.selected = trimmed;
  }

  select(stretch: Stretch): void {
    const [first, last] = [
      this.rangeOf(stretch.from, stretch.to, "first"),
      this.rangeOf(stretch.from, stretch.to, "last"),
    ];
    if (!first || !last) return;
    getSelection()?.setBaseAndExtent(first.startContainer, first.startOffset, last.endContainer, last.endOffset);
    first.startContainer.parentElement?.scrollIntoView({ block: "nearest" });
    this.selected = stretch;
  }

  clearSelection(): void {
    getSelection()?.removeAllRanges();
    this.selected = null;
  }

  /** What of from–to is shown in the first or last turn that shows any. */
  rangeOf(from: number, to: number, which: "first" | "last" = "first"): Range | null {
    const ranges = this.conversation.cuts
      .filter((cut) => cut.body < to && cut.end > from)
      .map((cut) => this.surfaces.get(cut.key)?.rangeOf(from, to) ?? null)
      .filter((range) => range !== null);
    return (which === "first" ? ranges[0] : ranges.at(-1)) ?? null;
  }

  /** Tags what is selected, else the open note; else takes the tag in hand, or puts it back. */
  useTag(tag: string): void {
    const { conversation, selected } = this;
    if (!this.canAnnotate) return;
    const name = conversation.tag(tag)?.name ?? "";
    if (selected) {
      this.mark(selected, tag);
      announcer.say(`Highlighted as ${name}.`);
      this.clearSelection();
    } else if (this.open) {
      toggleTag(conversation.doc, this.open, tag);
    } else {
      this.picked = this.picked === tag ? null : tag;
      announcer.say(this.picked ? `${name} in hand: what you select is tagged.` : `${name} put back.`);
    }
  }

  /** Opens the field for a comment on what is selected, else on the open note. */
  comment(): void {
    if (!this.canAnnotate) return;
    if (this.selected) {
      const id = this.mark(this.selected, null);
      this.clearSelection();
      this.show(id);
    }
    this.writing = this.open;
  }

  /** Settles the open note's thread, or opens it again. */
  resolve(): void {
    const first = this.note(this.open)?.thread.find((comment) => comment.parent === null && !comment.deleted);
    if (!this.canAnnotate || !first) return;
    toggleResolved(this.conversation.doc, this.conversation.author, first.id);
  }

  undo(): void {
    announcer.show(this.conversation.undoOwn() ? "Undone." : "There is nothing of yours to undo.");
  }

  /** Closes the innermost of what is open. */
  close(): void {
    if (this.selected) this.clearSelection();
    else if (this.open) this.show(null);
    else this.picked = null;
  }

  /** Opens a note; with null closes the one that is open. */
  show(id: string | null): void {
    this.open = id;
    this.writing = null;
    if (id !== null) this.foot = "notes";
    else if (this.foot === "notes") this.foot = "text";
  }

  stepNote(step: 1 | -1): void {
    const { notes } = this;
    if (notes.length === 0) return;
    const now = notes.findIndex((note) => note.id === this.open);
    const start = this.conversation.cuts[this.turn]?.start ?? 0;
    const here = notes.findIndex((note) => note.place.on === "text" && note.place.from >= start);
    const next = now >= 0 ? now + step : step === 1 ? Math.max(0, here) : (here < 0 ? notes.length : here) - 1;
    this.goToNote(notes[(next + notes.length) % notes.length]!);
  }

  stepTurn(step: 1 | -1): void {
    this.goToTurn(this.turn + step);
  }

  goToTurn(index: number): void {
    const cut = this.conversation.cuts[Math.min(Math.max(0, index), this.conversation.cuts.length - 1)];
    const heading = cut && document.getElementById(`turn-${cut.key}`);
    if (!heading) return;
    this.turn = this.conversation.cuts.indexOf(cut);
    heading.focus({ preventScroll: true });
    heading.closest("article")?.scrollIntoView({ block: "start" });
  }

  /** Selects the next sentence, or the one before; begins in the turn being read. */
  stepSentence(step: 1 | -1): void {
    const { cuts, text } = this.conversation;
    let index = this.selected ? turnAt(cuts, this.selected.from) : this.turn;
    let now = this.selected;
    for (; cuts[index]; index += step) {
      const { body, end } = cuts[index]!;
      const all = stretchesOf(text.slice(body, end), "sentence").map((s) => ({ from: s.from + body, to: s.to + body }));
      for (let next = nextStretch(all, now, step); next; next = nextStretch(all, next, step)) {
        if (this.rangeOf(next.from, next.to)) return this.select(next);
      }
      now = null;
    }
  }

  /** Takes one word more into the selection at its end, or one less. */
  stepWord(step: 1 | -1): void {
    const { selected, conversation } = this;
    if (!selected) return this.stepSentence(1);
    const { body, end } = conversation.cuts[turnAt(conversation.cuts, selected.from)]!;
    const words = stretchesOf(conversation.text.slice(body, end), "word").map((s) => ({
      from: s.from + body,
      to: s.to + body,
    }));
    const next =
      step === 1
        ? words.find((w) => w.to > selected.to)
        : words.findLast((w) => w.to < selected.to && w.from >= selected.from);
    if (next) this.select({ from: selected.from, to: next.to });
  }

  /** The notes under a place of the text, the open one's successor first: clicking again goes round. */
  showAt(offset: number): void {
    const under = this.notes.filter(({ place }) => place.on === "text" && place.from <= offset && offset < place.to);
    const now = under.findIndex((note) => note.id === this.open);
    const next = under[(now + 1) % under.length];
    this.show(next && next.id !== this.open ? next.id : null);
    // The sheet at the foot must not hide the words it is about.
    if (this.open && innerWidth < 900) this.scrollTo(offset);
  }

  offsetAt(node: Node, at: number): number | null {
    for (const surface of this.surfaces.values()) {
      const offset = surface.offsetAt(node, at);
      if (offset !== null) return offset;
    }
    return null;
  }

  scrollTo(offset: number): void {
    const cut = this.conversation.cuts[turnAt(this.conversation.cuts, offset)];
    const surface = cut && this.surfaces.get(cut.key);
    if (!surface) return;
    surface.element.closest("details")?.setAttribute("open", "");
    const { top, bottom } = surface.rectAt(offset);
    const room = { above: innerHeight * 0.1, below: innerHeight * (innerWidth < 900 ? 0.38 : 0.8) };
    if (top < room.above || bottom > room.below) window.scrollBy({ top: top - innerHeight * 0.28 });
  }

  /** Opens a note and goes to it. */
  goToNote(note: Note): void {
    this.show(note.id);
    this.seek(note.place.on === "text" ? note.place.from : note.place.at);
  }

  private mark({ from, to }: Stretch, tag: string | null): string | null {
    const { doc, author } = this.conversation;
    const same = this.allNotes.find(
      (n) => n.highlight.by === author.id && n.place.on === "text" && n.place.from === from && n.place.to === to,
    );
    if (!same) {
      const id = addHighlight(doc, author, from, to, tag);
      // What one has just marked is never out of sight.
      if (!this.notes.some((note) => note.id === id)) this.filter = EVERYTHING;
      return id;
    }
    if (tag !== null) toggleTag(doc, same.id, tag);
    return same.id;
  }

  private marksOf({ id, place, highlight }: Note): Mark[] {
    if (place.on !== "text") return [];
    const pigments = highlight.tags.flatMap((tag) => this.conversation.tag(tag)?.colour ?? []);
    return (pigments.length > 0 ? pigments : ["plain"]).map((pigment) => ({
      id,
      pigment,
      from: place.from,
      to: place.to,
    }));
  }
}

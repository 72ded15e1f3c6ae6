/** Where things lie on the sheet, in pixels from its top: read from the page after it was drawn, never while. */
import { turnAt } from "../../markdown/turns";
import { at, type Note } from "./notes";
import { absoluteCursor } from "./cursor";
import type { Presence } from "./presence";
import type { Reader } from "./reader.svelte";

/** Runs `measure` in the next frame after what it `reads` has changed, or the sheet's size; the answer stops it. */
export function afterDrawing(sheet: HTMLElement, reads: () => unknown, measure: () => void): () => void {
  let frame = 0;
  const soon = () =>
    (frame ||= requestAnimationFrame(() => {
      frame = 0;
      measure();
    }));
  const resized = new ResizeObserver(soon);
  resized.observe(sheet);
  for (const text of sheet.querySelectorAll(".text")) resized.observe(text);
  void document.fonts.ready.then(soon);
  const stop = $effect.root(() => {
    $effect(() => {
      reads();
      soon();
    });
  });
  return () => {
    stop();
    resized.disconnect();
    cancelAnimationFrame(frame);
  };
}

/** The line a note is about. */
export interface Line {
  top: number;
  bottom: number;
}

/** The first line of a note's text, or of the place where it stood. */
export function lineOf(reader: Reader, sheet: HTMLElement, note: Note): Line {
  const { cuts } = reader.conversation;
  const rect =
    note.place.on === "text" ? reader.rangeOf(note.place.from, note.place.to)?.getClientRects()[0] : undefined;
  const surface = reader.surfaces.get(cuts[turnAt(cuts, at(note))]?.key ?? "");
  const folded = surface?.element.closest("details:not([open])")?.getBoundingClientRect();
  const { top, bottom } = folded ?? rect ?? surface?.rectAt(at(note)) ?? sheet.getBoundingClientRect();
  const zero = sheet.getBoundingClientRect().top;
  return { top: top - zero, bottom: Math.min(bottom, top + 32) - zero };
}

/** A stretch of the living rule: how many highlights cross this line. */
export interface Beat {
  top: number;
  count: number;
}

const BEAT = 8;

export function beatsOf(sheet: HTMLElement): Beat[] {
  const zero = sheet.getBoundingClientRect().top;
  const lines = new Map<number, number>();
  for (const mark of sheet.querySelectorAll("mark")) {
    for (const rect of mark.getClientRects()) {
      const top = Math.round((rect.top - zero) / BEAT) * BEAT;
      lines.set(top, (lines.get(top) ?? 0) + 1);
    }
  }
  return [...lines].map(([top, count]) => ({ top, count }));
}

/** People at one place beside the text. */
export interface Standing {
  top: number;
  people: Presence[];
}

/** Closer than this, people stand together. */
const TOGETHER = 26;

export function standingsOf(reader: Reader, sheet: HTMLElement, people: readonly Presence[]): Standing[] {
  const zero = sheet.getBoundingClientRect().top;
  const found: Standing[] = [];
  for (const person of people) {
    const rect = rectOfPerson(reader, person);
    if (!rect) continue;
    const top = rect.top + Math.min(rect.height, 32) / 2 - zero;
    const near = found.find((standing) => Math.abs(standing.top - top) < TOGETHER);
    if (near) near.people.push(person);
    else found.push({ top, people: [person] });
  }
  return found;
}

function rectOfPerson(reader: Reader, person: Presence): DOMRect | null {
  const { cuts, doc } = reader.conversation;
  const cursor = absoluteCursor(doc, person.cursor);
  const key = cursor ? cuts[turnAt(cuts, cursor.head)]?.key : person.turn;
  const surface = reader.surfaces.get(key ?? "");
  if (!surface) return null;
  return cursor ? surface.rectAt(Math.min(cursor.anchor, cursor.head)) : surface.element.getBoundingClientRect();
}

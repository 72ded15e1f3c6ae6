import { turnAt } from "../../markdown/turns";
import type { Reader, Spot } from "./reader.svelte";
import { relativeCursor } from "./cursor";

/** How often others hear where one is. */
const TELL_MS = 150;

/** The height on the screen where a person is taken to read. */
export const lineBeingRead = () => innerHeight * 0.35;

/** The place of the text at a height of the screen, in the turn that is there. */
function spotAt(reader: Reader, article: HTMLElement | undefined, line: number): Spot | null {
  const words = article?.querySelector(".text")?.getBoundingClientRect();
  if (!words || scrollY === 0) return null;
  const y = Math.max(line, words.top + 4);
  const caret = document.caretPositionFromPoint?.(words.left + 2, y);
  const offset = caret ? reader.offsetAt(caret.offsetNode, caret.offset) : null;
  return offset === null ? null : { offset, y };
}

/** The person went to this turn by key and still has it in view: on a short page it never comes up to the line. */
function choseByKey(article: HTMLElement): boolean {
  const heading = document.activeElement;
  if (!heading?.matches(".speaker") || !article.contains(heading)) return false;
  const { top, bottom } = heading.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}

/** Scrolls so that the spot is where it was, if the person came from elsewhere on this page. */
export function returnToSpot(reader: Reader): void {
  const { spot, conversation } = reader;
  const cut = spot && conversation.cuts[turnAt(conversation.cuts, spot.offset)];
  const surface = cut && reader.surfaces.get(cut.key);
  if (spot && surface) window.scrollBy({ top: surface.rectAt(spot.offset).top - spot.y, behavior: "instant" });
}

/** Follows where the person is reading, keeps `reader.turn` there and tells others; the answer stops it. */
export function followReading(reader: Reader): () => void {
  const { awareness } = reader.conversation.sync;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    const line = lineBeingRead();
    const articles = [...document.querySelectorAll<HTMLElement>("article.turn[data-turn]")];
    const scrolled = articles.findLastIndex((article) => article.getBoundingClientRect().top <= line);
    const chosen = articles.findIndex(choseByKey);
    reader.turn = Math.max(0, chosen >= 0 ? chosen : scrolled);
    reader.spot = spotAt(reader, articles[reader.turn], line);
  };
  const tell = () =>
    (timer ??= setTimeout(() => {
      timer = undefined;
      const { selected, conversation } = reader;
      awareness.setLocalStateField("turn", conversation.cuts[reader.turn]?.key ?? "");
      const cursor = selected && relativeCursor(conversation.doc, selected.from, selected.to);
      awareness.setLocalStateField("cursor", cursor);
    }, TELL_MS));
  const stop = $effect.root(() => {
    $effect(() => {
      void [reader.turn, reader.selected, reader.conversation.loaded];
      tell();
    });
  });
  window.addEventListener("scroll", look, { passive: true });
  return () => {
    window.removeEventListener("scroll", look);
    clearTimeout(timer);
    stop();
    awareness.setLocalStateField("cursor", null);
  };
}

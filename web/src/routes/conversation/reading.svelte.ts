import type { Reader } from "./reader.svelte";
import { relativeCursor } from "./cursor";

/** How often others hear where one is. */
const TELL_MS = 150;

/** Follows where the person is reading, keeps `reader.turn` there and tells others; the answer stops it. */
export function followReading(reader: Reader): () => void {
  const { awareness } = reader.conversation.sync;
  let frame = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    frame = 0;
    const line = innerHeight * 0.35;
    const articles = [...document.querySelectorAll<HTMLElement>("article.turn[data-turn]")];
    const index = articles.findLastIndex((article) => article.getBoundingClientRect().top <= line);
    reader.turn = Math.max(0, index);
  };
  const scrolled = () => (frame ||= requestAnimationFrame(look));
  const tell = () => (timer ??= setTimeout(() => {
    timer = undefined;
    const { selected, conversation } = reader;
    awareness.setLocalStateField("turn", conversation.cuts[reader.turn]?.key ?? "");
    awareness.setLocalStateField("cursor", selected ? relativeCursor(conversation.doc, selected.from, selected.to) : null);
  }, TELL_MS));
  const stop = $effect.root(() => {
    $effect(() => {
      void [reader.turn, reader.selected, reader.conversation.loaded];
      tell();
    });
  });
  window.addEventListener("scroll", scrolled, { passive: true });
  return () => {
    window.removeEventListener("scroll", scrolled);
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    stop();
    awareness.setLocalStateField("cursor", null);
  };
}

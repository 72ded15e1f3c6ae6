import { conversationPath } from "../../router/route";
import { router } from "../../router/router.svelte";
import type { Act } from "./keys";
import type { Reader } from "./reader.svelte";

/** Does what a key of the reading page asks for. */
export function perform(reader: Reader, act: Act): void {
  const { facts, tags } = reader.conversation;
  switch (act.do) {
    case "turn":
      return reader.stepTurn(act.step);
    case "note":
      return reader.stepNote(act.step);
    case "sentence":
      return reader.stepSentence(act.step);
    case "word":
      return reader.stepWord(act.step);
    case "tag": {
      const tag = tags[act.index];
      if (tag) reader.useTag(tag.id);
      return;
    }
    case "comment":
    case "reply":
      return reader.comment();
    case "resolve":
      return reader.resolve();
    case "undo":
      return reader.undo();
    case "edit":
      if (facts.rights.edit) router.go(conversationPath(facts.id, "edit"));
      return;
    case "jump":
      reader.jumping = true;
      return;
    case "filter":
      reader.foot = "notes"; // where there is no margin
      reader.filtering = true;
      return;
    case "keys":
      reader.keys = true;
      return;
    case "close":
      return reader.close();
  }
}

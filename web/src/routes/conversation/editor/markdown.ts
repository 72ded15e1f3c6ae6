/** Markdown in the editor: the same grammar as in the reader, drawn by classes so that the tokens choose the colours. */
import { defineLanguageFacet, HighlightStyle, Language, syntaxHighlighting } from "@codemirror/language";
import { tags } from "@lezer/highlight";
import { grammar } from "../../../markdown/tree";

const language = new Language(defineLanguageFacet(), grammar, [], "markdown");

const style = HighlightStyle.define([
  { tag: tags.heading, class: "md-heading" },
  { tag: tags.strong, class: "md-strong" },
  { tag: tags.emphasis, class: "md-em" },
  { tag: tags.strikethrough, class: "md-del" },
  { tag: tags.monospace, class: "md-code" },
  { tag: tags.quote, class: "md-quote" },
  { tag: [tags.processingInstruction, tags.contentSeparator, tags.url, tags.labelName], class: "md" },
]);

export const markdown = [language, syntaxHighlighting(style)];

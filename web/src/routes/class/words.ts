import type { Role, Visibility } from "../../api/client";

/** The words of the class screens for what the wire calls by one word. */

export const roleName: Record<Role, string> = {
  instructor: "Instructor",
  tutor: "Tutor",
  student: "Student",
  viewer: "Viewer",
};

export const visibilities: { value: Visibility; name: string; meaning: string }[] = [
  { value: "class", name: "The class", meaning: "Everyone in the class reads it and writes notes." },
  { value: "staff", name: "Teachers", meaning: "Instructors, tutors and whoever added it." },
  { value: "private", name: "Nobody else", meaning: "Only whoever added it." },
];

const sources: Record<string, string> = {
  chatgpt: "ChatGPT",
  claude: "Claude",
  gemini: "Gemini",
  aistudio: "AI Studio",
  openrouter: "OpenRouter",
  chatcraft: "ChatCraft",
  scienceos: "ScienceOS",
  grimoire: "Grimoire",
  messages: "Messages",
  web: "Web page",
  text: "Text",
  plain: "Text",
};

/** Where a conversation came from, in the spelling of its makers; an unknown source names itself. */
export function sourceName(source: string): string {
  return sources[source] ?? source;
}

/** Who sees a conversation that the class does not. */
export function seenBy(visibility: Visibility, mine: boolean, owner: string): string {
  const who = mine ? "you" : owner;
  return visibility === "staff" ? `only teachers and ${who} see this` : `only ${who} ${mine ? "see" : "sees"} this`;
}

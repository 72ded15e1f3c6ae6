/**
 * What each address of the client means, and the address of each screen.
 * Every state of a screen that others may be sent to has its own address.
 */

export type ClassTab = "library" | "people" | "settings";
export type ConversationView = "read" | "edit";

export type Route =
  | { screen: "classes" }
  | { screen: "setup" }
  | { screen: "sign-in" }
  | { screen: "me" }
  /** `code` is the short code of the address, or "" when the link carries a token in its fragment. */
  | { screen: "join"; code: string }
  | { screen: "class"; classId: string; tab: ClassTab }
  | { screen: "import"; classId: string }
  | { screen: "conversation"; conversationId: string; view: ConversationView }
  | { screen: "nothing" };

/** Reads the path of an address; its query and fragment belong to the screen. */
export function parse(pathname: string): Route {
  const [first = "", second = "", third = "", ...rest] = pathname.split("/").filter(Boolean).map(decode);
  if (rest.length > 0) return { screen: "nothing" };
  switch (`${first}/${second && ":id"}/${third}`) {
    case "//":
      return { screen: "classes" };
    case "setup//":
      return { screen: "setup" };
    case "sign-in//":
      return { screen: "sign-in" };
    case "me//":
      return { screen: "me" };
    case "j//":
    case "j/:id/":
      return { screen: "join", code: second };
    case "classes/:id/":
      return { screen: "class", classId: second, tab: "library" };
    case "classes/:id/people":
      return { screen: "class", classId: second, tab: "people" };
    case "classes/:id/settings":
      return { screen: "class", classId: second, tab: "settings" };
    case "classes/:id/import":
      return { screen: "import", classId: second };
    case "c/:id/":
      return { screen: "conversation", conversationId: second, view: "read" };
    case "c/:id/edit":
      return { screen: "conversation", conversationId: second, view: "edit" };
  }
  return { screen: "nothing" };
}

/** The address of a class, or of one of its tabs. */
export function classPath(classId: string, tab: ClassTab | "import" = "library"): string {
  return tab === "library" ? `/classes/${classId}` : `/classes/${classId}/${tab}`;
}

/** The address of a conversation in one of its views. */
export function conversationPath(conversationId: string, view: ConversationView = "read"): string {
  return view === "read" ? `/c/${conversationId}` : `/c/${conversationId}/${view}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a lone % is itself
  }
}

/** Who else has the conversation open, as their browsers and the server say in awareness. */

export interface Presence {
  client: number;
  user: string;
  name: string;
  view: "read" | "edit";
  /** The turn they are reading, by its key; "" when they have not said. */
  turn: string;
  /** Their selection or caret, as relative positions in JSON; only the editor and the painter look inside. */
  cursor: { anchor: unknown; head: unknown } | null;
}

/** Everyone but this tab, each person once per tab; states of the wrong shape are nobody. */
export function peopleHere(states: ReadonlyMap<number, Record<string, unknown>>, self: number, me: string): Presence[] {
  const people: Presence[] = [];
  for (const [client, state] of states) {
    const user = record(state["user"]);
    const id = user?.["id"];
    if (client === self || typeof id !== "string" || id === "" || id === me) continue;
    const cursor = record(state["cursor"]);
    people.push({
      client,
      user: id,
      name: typeof user?.["name"] === "string" ? user["name"] : "Someone",
      view: state["view"] === "edit" ? "edit" : "read",
      turn: typeof state["turn"] === "string" ? state["turn"] : "",
      cursor: cursor ? { anchor: cursor["anchor"], head: cursor["head"] } : null,
    });
  }
  return people.sort((a, b) => (a.user < b.user ? -1 : a.user > b.user ? 1 : a.client - b.client));
}

/** Each person once, however many tabs they have. */
export function persons(people: readonly Presence[]): Presence[] {
  return people.filter((person, i) => people.findIndex((other) => other.user === person.user) === i);
}

const record = (value: unknown) =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;

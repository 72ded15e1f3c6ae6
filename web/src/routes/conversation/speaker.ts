import type { Turn } from "../../doc/schema";

const ROLES: Readonly<Record<Turn["role"], string>> = {
  user: "Person",
  assistant: "Assistant",
  system: "System",
  tool: "Tool",
};

/** Who speaks in a turn, and a small word about how. A turn whose marker nobody knows has no speaker. */
export function speakerOf(turn: Turn | undefined): { name: string; how: string; asks: boolean } {
  if (!turn) return { name: "", how: "", asks: false };
  const asks = turn.role === "user";
  const name = turn.speaker || ROLES[turn.role];
  return { name, how: asks ? "asks" : turn.model === name ? "" : turn.model, asks };
}

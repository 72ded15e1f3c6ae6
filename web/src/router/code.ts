/**
 * What a person may type or paste to come in: the short code on the board, the
 * return code of a guest, or a whole invite link. Nothing is asked of the
 * server here; a well-formed code may still be unknown to it.
 */
export type Code =
  | { kind: "class"; code: string }
  | { kind: "return"; code: string }
  | { kind: "link"; path: string }
  | { kind: "neither"; why: string };

/** Seven of A–Z and 2–9 without the look-alikes I, L and O, as the server makes them. */
const CLASS_CODE = /^[A-HJKMNP-Z2-9]{7}$/;
/** Words and a number, such as maple-river-otter-fern-042. */
const RETURN_CODE = /^\p{Ll}+(-\p{Ll}+)+-\d+$/u;

const SHAPE = "Class codes are seven letters and digits, such as K7QM 2XR. There is no I, L or O in them, and no 0 or 1.";

/** Reads what was typed, forgiving case, spaces and dashes. */
export function readCode(typed: string, origin: string): Code {
  const text = typed.trim();
  if (!text) return { kind: "neither", why: "Write the code, or paste the link." };
  if (/^https?:/i.test(text)) return readLink(text, origin);
  const returning = text.toLowerCase().split(/[\s\-–_.]+/u).filter(Boolean).join("-");
  if (RETURN_CODE.test(returning)) return { kind: "return", code: returning };
  const code = plainClassCode(text);
  return CLASS_CODE.test(code) ? { kind: "class", code } : { kind: "neither", why: SHAPE };
}

/** `k7qm-2xr` is K7QM2XR, the form the server compares. */
export function plainClassCode(text: string): string {
  return text.toUpperCase().replace(/[\s\-–]/gu, "");
}

/** K7QM2XR is said and shown as `K7QM 2XR`. */
export function spacedClassCode(code: string): string {
  return code.length === 7 ? `${code.slice(0, 4)} ${code.slice(4)}` : code;
}

function readLink(text: string, origin: string): Code {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^\/j(\/|$)/.test(url.pathname)) return { kind: "neither", why: "This is not an invite link. One looks like …/j/K7QM-2XR." };
  if (url.origin !== origin) return { kind: "neither", why: `This link belongs to ${url.host}. Open it in a new tab.` };
  return { kind: "link", path: url.pathname + url.hash };
}

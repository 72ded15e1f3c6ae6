/**
 * What went wrong with a request, in words for the person who made it.
 * The server's answer is a problem document (RFC 9457) whose `errors` say which
 * field is meant; a request that got no answer is a problem of our own making.
 */
export class ApiError extends Error {
  constructor(
    /** The HTTP status, or 0 when no answer came. */
    readonly status: number,
    /** The machine's word for it, such as `invite_expired`. */
    readonly code: string,
    message: string,
    /** One sentence per field, by the name the request gave it. */
    readonly fields: Readonly<Record<string, string>> = {},
    /** A value in the place of the refused one that would have been accepted. */
    readonly suggestion?: string,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** No answer came: the network or the server is away. Nothing was changed for sure. */
export function unreachable(): ApiError {
  return new ApiError(0, "unreachable", "Grimoire cannot be reached just now. Check the connection and try again.");
}

/** Reads the body of an answer that is not a success. What is no problem document still gets a sentence. */
export function fromProblem(status: number, body: unknown): ApiError {
  const problem = isRecord(body) ? body : {};
  const said = text(problem.detail) || text(problem.title) || `The server answered ${status}. Try again in a moment.`;
  const reference = text(problem.reference);
  const message = reference ? `${said} (Reference ${reference})` : said;
  return new ApiError(status, text(problem.code) || String(status), message, fieldErrors(problem.errors), text(problem.suggestion) || undefined);
}

/** `[{location: "body.display_name", message}]` by field name; the first sentence about a field counts. */
export function fieldErrors(errors: unknown): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const error of Array.isArray(errors) ? errors : []) {
    if (!isRecord(error)) continue;
    const name = text(error.location).replace(/^body\.?/, "");
    if (name && !(name in fields)) fields[name] = text(error.message);
  }
  return fields;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

import createClient from "openapi-fetch";
import { fromProblem, unreachable } from "./problem";
import type { components, paths } from "./schema";

/**
 * The typed door to the server. Paths, bodies and answers come from the OpenAPI
 * document: `npm run types` writes schema.d.ts from openapi.json.
 *
 *     const me = await answer(api.GET("/api/me"));
 */
export const api = createClient<paths>();

type Schemas = components["schemas"];
export type Me = Schemas["UserRead"];
export type Class = Schemas["ClassRead"];
export type Member = Schemas["EnrolmentRead"];
export type Invite = Schemas["InviteRead"];
export type NewInvite = Schemas["NewInvite"];
export type ShortCode = Schemas["ClassCode"];
export type Turn = Schemas["Turn"];
export type Preview = Schemas["Preview"];
export type ConversationItem = Schemas["ConversationItem"];
export type Conversation = Schemas["ConversationRead"];
export type Look = Schemas["Look"];
export type Role = Member["role"];
export type Visibility = Conversation["visibility"];

type Fetched<Data> = { data?: Data; error?: unknown; response: Response };

/** The data of a successful answer; anything else is thrown as an ApiError. */
export async function answer<Data>(request: Promise<Fetched<Data>>): Promise<Data> {
  let fetched: Fetched<Data>;
  try {
    fetched = await request;
  } catch {
    throw unreachable(); // fetch rejects only when no answer came
  }
  if (!fetched.response.ok) throw fromProblem(fetched.response.status, fetched.error);
  return fetched.data as Data; // a success without a body is typed as undefined
}

import { answer, api, type NewInvite, type Role } from "../api/client";

/** What a link opens and as whom: a class, or one conversation of it. */
export type InviteFor = { classId: string; conversationId?: string; role: Role };

/**
 * The links this page has made. The server keeps only their hashes and cannot
 * show one again, so opening *Share* twice must not make two.
 */
const made = new Map<string, Promise<NewInvite>>();

/** The link made for this before, or a new one. */
export function inviteFor(wanted: InviteFor): Promise<NewInvite> {
  const key = [wanted.classId, wanted.conversationId, wanted.role].join("/");
  const known = made.get(key);
  if (known) return known;
  const asked = ask(wanted);
  made.set(key, asked);
  asked.catch(() => made.delete(key)); // the next opening asks again; whoever awaits hears of the fault
  return asked;
}

/** The invite has been ended: its link is of no use any more. */
export async function forget(inviteId: string): Promise<void> {
  for (const [key, asked] of made) {
    if ((await asked).invite.id === inviteId) made.delete(key);
  }
}

function ask({ classId, conversationId, role }: InviteFor): Promise<NewInvite> {
  const body = { role, ...(conversationId && { conversation_id: conversationId }) };
  return answer(api.POST("/api/classes/{id}/invites", { params: { path: { id: classId } }, body }));
}

import { answer, api, type Conversation, type Me, type Member } from "../api/client";
import { ApiError } from "../api/problem";
import { forgetCopiesOfOthers, newestCopy, wipe } from "../sync/kept";

/**
 * Who sits here, as far as this page knows.
 *
 * - `asking`: the server has not said yet
 * - `nobody`: signed out, or the session has ended
 * - `somebody`: `me` says who
 * - `away`: the server cannot be asked
 */
export type SessionState = "asking" | "nobody" | "somebody" | "away";

/** What is kept beside the document of a conversation, so that it can be shown without the server. */
export interface OfflineFacts {
  me: Me;
  conversation: Conversation;
  members: Member[];
}

class Session {
  #state = $state<SessionState>("asking");
  #me = $state.raw<Me>();
  /** Where somebody was whose session ended under them; "" when nobody was. */
  left = $state("");

  get state(): SessionState {
    return this.#state;
  }

  /** The person signed in; only when `state` is `somebody`. */
  get me(): Me | undefined {
    return this.#me;
  }

  /** Other people use this browser: nothing may be kept on it. So it is also while nobody has said otherwise. */
  get sharedComputer(): boolean {
    return this.#me?.sessions?.find((one) => one.current)?.shared_computer ?? true;
  }

  /** Asks the server, at the start and after it was away. */
  async load(): Promise<void> {
    this.#state = "asking";
    try {
      const { me } = await answer(api.GET("/api/session"));
      if (me) this.enter(me);
      else this.ended();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const me = await lastPerson();
      if (me) this.#sit(me);
      else this.#state = "away";
    }
  }

  /** The server has said who this is: after signing in, joining, or a change of name. */
  enter(me: Me): void {
    this.left = "";
    this.#sit(me);
    forgetCopiesOfOthers(me.id).catch(() => {}); // a browser that keeps nothing has none
  }

  #sit(me: Me): void {
    this.#me = me;
    this.#state = "somebody";
  }

  /** The server no longer knows this session. The screens ask to sign in where they stand. */
  ended(): void {
    if (this.#me) this.left = location.pathname;
    this.#me = undefined;
    this.#state = "nobody";
  }

  /**
   * Signs out on the server first: a session that could not be ended is not forgotten here. Then everything that is kept
   * on this device goes, also where the browser does not heed `Clear-Site-Data`, as on plain http.
   */
  async signOut(): Promise<void> {
    await answer(api.DELETE("/api/session"));
    await globalThis.caches?.delete("grimoire");
    try {
      await wipe();
    } catch {
      // A browser without IndexedDB has kept nothing; the session is ended all the same.
    }
  }
}

/** Who kept a conversation on this device last: it can be read, and written in, until the server says otherwise. */
async function lastPerson(): Promise<Me | undefined> {
  try {
    return (await newestCopy<OfflineFacts>())?.facts.me;
  } catch {
    return undefined; // a browser that keeps nothing
  }
}

export const session = new Session();

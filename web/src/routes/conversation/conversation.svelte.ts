import * as Y from "yjs";
import { answer, api, type Conversation as Facts, type Me, type Member } from "../../api/client";
import { resolve, type Place } from "../../anchor/anchor";
import { LOCAL, undoStep, type Author } from "../../doc/edits";
import {
  commentsOf,
  highlightsOf,
  reactionsOf,
  readComments,
  readHighlights,
  readReactions,
  readTags,
  readTurns,
  tagsOf,
  textOf,
  turnsOf,
  type Comment,
  type Highlight,
  type Reaction,
  type Tag,
  type Turn,
} from "../../doc/schema";
import { cutTurns, type Cut } from "../../markdown/turns";
import type { Copy, Draft, Kept } from "../../sync/kept";
import { ACTIONS, type Rights } from "../../sync/frames";
import { Sync, type Verdict } from "../../sync/provider";
import type { SyncState } from "../../sync/state";
import { ApiError } from "../../api/problem";
import { announcer } from "../../state/announcer.svelte";
import { keepProgram } from "../../state/offline";
import type { OfflineFacts } from "../../state/session.svelte";
import { News } from "./news";
import { peopleHere, type Presence } from "./presence";
import { readOnlyOf } from "./readonly";

/** How often the title and whatever else no message tells is asked for. */
const ASK_MS = 30_000;
/** Others' changes are drawn at most once in this time, so that thirty people typing do not stall the page. */
const DRAW_MS = 40;
/** A copy on this device is at most this old while the page is shown. */
const COPY_MS = 5000;

/** What this device has of it. */
export interface OnDevice {
  /** Null on a shared computer: nothing may be kept there. */
  kept: Kept | null;
  copy: Copy<OfflineFacts> | undefined;
  /** What earlier beginnings of this page could not send. */
  drafts: readonly Draft[];
}

/**
 * One conversation on this page. The Doc owns what people did together; this mirrors it into runes through one observer,
 * and nothing else on the page keeps a copy.
 */
export class Conversation {
  readonly doc = new Y.Doc();
  readonly sync: Sync;
  readonly author: Author;
  /** A person's own notes, undone without touching what others did. */
  private readonly undo: Y.UndoManager;

  /** What the server says about it: title, rights, whether it is frozen. Asked again now and then, as rights move. */
  facts: Facts;
  text = $state.raw("");
  turns = $state.raw<ReadonlyMap<string, Turn>>(new Map());
  highlights = $state.raw<readonly Highlight[]>([]);
  comments = $state.raw<readonly Comment[]>([]);
  reactions = $state.raw<readonly Reaction[]>([]);
  allTags = $state.raw<readonly Tag[]>([]);
  /** Where each highlight is now. */
  places = $state.raw<ReadonlyMap<string, Place>>(new Map());
  state = $state.raw<SyncState>({ is: "connecting" });
  people = $state.raw<readonly Presence[]>([]);
  /** True once the text is there: from the server, or from this device. */
  loaded = $state(false);
  mayAddTags = $state(false);
  /** Why this person may not do more, as the server says it; "" when nothing but their role is in the way. */
  private reason = $state("");
  /** What this person wrote and the server will never take, until it is discarded; oldest first. */
  drafts = $state.raw<readonly Draft[]>([]);
  private names = $state.raw<ReadonlyMap<string, Member>>(new Map());

  readonly cuts: readonly Cut[] = $derived(cutTurns(this.text));
  readonly tags: readonly Tag[] = $derived(this.allTags.filter((tag) => !tag.archived));

  /** Null while this person may write. */
  get readOnly() {
    return readOnlyOf(this.facts, this.reason, new Date());
  }

  private readonly changed = new Set<unknown>();
  private drawing: ReturnType<typeof setTimeout> | undefined;
  private readonly news: News;
  private asked = new Set<string>();

  private readonly kept: Kept | null;
  /** The page begins with a copy, before the server has answered. */
  private readonly copied: boolean;
  /** The class lets this device keep the whole conversation. */
  private copying = false;
  private copyTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    facts: Facts,
    readonly me: Me,
    { kept, copy, drafts }: OnDevice,
  ) {
    this.facts = $state.raw(facts);
    this.drafts = drafts;
    this.kept = kept;
    this.copied = copy !== undefined;
    if (copy) this.names = namesOf(copy.facts.members);
    // Yjs makes a root of the right kind when it is asked for, and another object than the one that stood there before.
    for (const root of [textOf, turnsOf]) root(this.doc);
    this.author = { id: me.id, now: () => Date.now() };
    this.undo = new Y.UndoManager(
      [highlightsOf(this.doc), commentsOf(this.doc), reactionsOf(this.doc), tagsOf(this.doc)],
      { trackedOrigins: new Set([LOCAL]), captureTimeout: 0 },
    );
    const { protocol, host } = location;
    this.sync = new Sync(this.doc, {
      url: `${protocol === "https:" ? "wss" : "ws"}://${host}/ws/conversations`,
      conversation: facts.id,
      user: me.id,
      ask: () => this.ask(),
      kept: kept ?? undefined,
      copy,
      onDraft: (draft) => this.hold(draft),
      onRights: (rights) => this.heardRights(rights),
    });
    this.news = new News(
      (words) => announcer.say(words),
      (id) => this.nameOf(id),
    );
  }

  /** Opens the conn and begins to mirror; the answer ends both. */
  start(): () => void {
    const { awareness } = this.sync;
    const unsubscribe = this.sync.subscribe(() => {
      this.heard(this.sync.state);
      if (["saved", "saving", "not-saved"].includes(this.state.is)) this.show();
    });
    const network = () => this.sync.network(navigator.onLine);
    const presence = () => (this.people = peopleHere(awareness.getStates(), awareness.clientID, this.me.id));
    // Nothing asks while everything is saved, or kept on this device.
    const leave = (event: BeforeUnloadEvent) => {
      if (this.sync.atRisk === 0) return;
      this.sync.keepNow();
      event.preventDefault();
    };
    this.doc.on("afterTransaction", this.observe);
    awareness.on("change", presence);
    window.addEventListener("online", network);
    window.addEventListener("offline", network);
    window.addEventListener("beforeunload", leave);
    void this.loadNames();
    void this.loadClass();
    void this.loadDrafts();
    const asking = setInterval(() => document.hidden || void this.ask(), ASK_MS);
    // A page that is put away may never be shown again; one that comes back may have missed a signing in elsewhere.
    const shown = async () => {
      if (document.hidden) {
        this.sync.keepNow();
        void this.keepCopy();
      } else if ((await this.ask()) === "allowed" && this.state.is === "signed-out") await this.sendAgain();
    };
    document.addEventListener("visibilitychange", shown);
    void this.sync.connect().then(() => this.copied && this.show());
    return () => {
      unsubscribe();
      window.removeEventListener("online", network);
      window.removeEventListener("offline", network);
      document.removeEventListener("visibilitychange", shown);
      clearInterval(asking);
      clearTimeout(this.drawing);
      clearTimeout(this.copyTimer);
      void this.keepCopy();
      this.news.stop();
      this.undo.destroy();
      void this.sync.finish().then(() => {
        window.removeEventListener("beforeunload", leave);
        this.doc.destroy();
        return this.kept?.close();
      });
    };
  }

  /** Forgets a draft, here and on this device. */
  async discard(draft: Draft): Promise<void> {
    try {
      await this.kept?.discard(draft.id);
      this.drafts = this.drafts.filter(({ id }) => id !== draft.id);
    } catch {
      announcer.show("This device did not let go of the draft. Try again.");
    }
  }

  /** Keeps everybody but the staff from changing it, or lets them again. */
  async freeze(frozen: boolean): Promise<void> {
    try {
      const request = { params: { path: { id: this.facts.id } }, body: { frozen } };
      this.facts = await answer(api.PATCH("/api/conversations/{id}", request));
      announcer.show(frozen ? "Frozen. Students can read it and change nothing." : "Students can change it again.");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      announcer.show(error.message);
    }
  }

  /** Sends what a session that ended could not; never in the name of somebody else who has signed in since. */
  async sendAgain(): Promise<void> {
    try {
      const { me } = await answer(api.GET("/api/session"));
      if (me?.id === this.me.id) return this.sync.retry();
      const now = me ? `${me.display_name} is signed in here now.` : "Nobody is signed in here yet.";
      announcer.show(`${now} Sign in as ${this.me.display_name} to send what you wrote.`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      announcer.show(error.message);
    }
  }

  private hold(...drafts: Draft[]): void {
    const ids = new Set(drafts.map((draft) => draft.id));
    this.drafts = [...this.drafts.filter(({ id }) => !ids.has(id)), ...drafts].sort((a, b) => a.at - b.at);
  }

  private async loadDrafts(): Promise<void> {
    try {
      this.hold(...((await this.kept?.drafts()) ?? []));
    } catch {
      // The device gives nothing out: the pill says that it keeps nothing either.
    }
  }

  nameOf(id: string): string {
    if (id === this.me.id) return this.me.display_name;
    const known = this.names.get(id) ?? this.people.find((person) => person.user === id);
    if (known) return "display_name" in known ? known.display_name : known.name;
    if (id !== "") void this.askName(id);
    return "Someone";
  }

  roleOf(id: string): Member["role"] | undefined {
    return this.names.get(id)?.role;
  }

  tag(id: string): Tag | undefined {
    return this.allTags.find((tag) => tag.id === id);
  }

  /**
   * Undoes what this person did last to notes on this page: another tab of theirs has an undo of its own, as the server lets
   * only the page that took something away bring it back. The text has its own undo in the editor.
   */
  undoOwn(): boolean {
    return undoStep(this.doc, this.undo, "undo");
  }

  private readonly observe = (transaction: Y.Transaction) => {
    for (const type of transaction.changedParentTypes.keys()) this.changed.add(type);
    if (this.changed.size === 0) return;
    if (transaction.local) this.mirror();
    else this.drawing ??= setTimeout(() => this.mirror(), this.loaded ? DRAW_MS : 0);
    if (!transaction.local && this.loaded) this.news.hear(transaction, this.doc);
  };

  private mirror(): void {
    clearTimeout(this.drawing);
    this.drawing = undefined;
    const { doc, changed } = this;
    const text = changed.has(textOf(doc));
    const highlights = changed.has(highlightsOf(doc));
    if (text) this.text = textOf(doc).toString();
    if (changed.has(turnsOf(doc))) this.turns = readTurns(doc);
    if (highlights) this.highlights = readHighlights(doc);
    if (changed.has(commentsOf(doc))) this.comments = readComments(doc);
    if (changed.has(reactionsOf(doc))) this.reactions = readReactions(doc);
    if (changed.has(tagsOf(doc))) this.allTags = readTags(doc);
    if (text || highlights) {
      const places = resolve(textOf(doc), this.text, this.highlights);
      this.places = new Map(this.highlights.map((highlight, i) => [highlight.id, places[i]!]));
    }
    changed.clear();
    if (this.copying) this.copyTimer ??= setTimeout(() => void this.keepCopy(), COPY_MS);
  }

  private show(): void {
    if (this.loaded) return;
    this.mirror();
    this.loaded = true;
    void this.keepCopy();
  }

  private async beginCopies(): Promise<void> {
    if (!this.kept || this.copying) return;
    this.copying = true;
    void this.keepCopy();
    try {
      await keepProgram();
    } catch {
      // Without the program a copy still shows the text sooner; a full disk is told by the pill.
    }
  }

  private async keepCopy(): Promise<void> {
    clearTimeout(this.copyTimer);
    this.copyTimer = undefined;
    const { sync, kept, facts, me } = this;
    const copy = this.copying && this.loaded ? sync.copy : null;
    if (!kept || !copy) return;
    try {
      await kept.keepCopy<OfflineFacts>({
        ...copy,
        at: Date.now(),
        facts: { me, conversation: facts, members: [...this.names.values()] },
      });
    } catch {
      this.copying = false; // no room: what cannot be sent is still kept, or the pill says that it is not
    }
  }

  /** What the class allows beyond the rights; until it is known, nothing more. */
  private async loadClass(): Promise<void> {
    try {
      const { settings } = await answer(api.GET("/api/classes/{id}", { params: { path: { id: this.facts.class_id } } }));
      const staff = this.facts.role === "instructor" || this.facts.role === "tutor";
      this.mayAddTags = staff || settings.who_may_add_tags === "everyone";
      if (settings.offline_allowed) void this.beginCopies();
      else await this.kept?.keepCopy(null).catch(() => {}); // a device that keeps nothing has none
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  private async loadNames(): Promise<void> {
    try {
      const { members } = await answer(
        api.GET("/api/classes/{id}/members", { params: { path: { id: this.facts.class_id } } }),
      );
      this.names = namesOf(members);
    } catch (error) {
      // Without the list people are "Someone", or what presence says: the text does not wait for it.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** Somebody joined after the list was loaded: load it again, once for each of them. */
  private async askName(id: string): Promise<void> {
    if (this.asked.has(id)) return;
    this.asked.add(id);
    await this.loadNames();
  }

  /** A conn was lost or a change refused: perhaps rights have moved, and then the page must say so. */
  private heard(state: SyncState): void {
    const before = this.state.is;
    this.state = state;
    if (state.is === before) return;
    if (state.is === "refused" || (state.is === "saved" && before === "reconnecting")) void this.ask();
  }

  /** What this person may do, at once; what else has moved with it, the API says. */
  private heardRights({ role, may, frozen, reason }: Rights): void {
    const { facts } = this;
    this.reason = reason;
    const same = role === facts.role && frozen === (facts.frozen_at !== null) && ACTIONS.every((action) => may[action] === facts.rights[action]);
    if (same) return;
    const frozen_at = frozen ? (facts.frozen_at ?? new Date().toISOString()) : null;
    this.facts = { ...facts, role: role as Facts["role"], rights: may, frozen_at };
    void this.ask();
    void this.loadNames();
    void this.loadClass();
  }

  /** Asks for the conversation itself, which also tells why a conn cannot be opened. */
  private async ask(): Promise<Verdict> {
    try {
      this.facts = await answer(api.GET("/api/conversations/{id}", { params: { path: { id: this.facts.id } } }));
      return "allowed";
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) return "signed-out";
      return error.status === 403 ? "forbidden" : error.status === 404 ? "missing" : "unreachable";
    }
  }
}

const namesOf = (members: readonly Member[]) => new Map(members.map((member) => [member.user_id, member]));

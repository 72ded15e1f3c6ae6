import * as Y from "yjs";
import { answer, api, type Conversation as Facts, type Member } from "../../api/client";
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
import { Sync, type Verdict } from "../../sync/provider";
import type { SyncState } from "../../sync/state";
import { ApiError } from "../../api/problem";
import { announcer } from "../../state/announcer.svelte";
import { News } from "./news";
import { peopleHere, type Presence } from "./presence";

/** How often the rights are asked for while nothing else tells that they moved. */
const ASK_MS = 30_000;
/** Others' changes are drawn at most once in this time, so that thirty people typing do not stall the page. */
const DRAW_MS = 40;

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
  /** True once the text has come from the server. */
  loaded = $state(false);
  mayAddTags = $state(false);
  private names = $state.raw<ReadonlyMap<string, Member>>(new Map());

  readonly cuts: readonly Cut[] = $derived(cutTurns(this.text));
  readonly tags: readonly Tag[] = $derived(this.allTags.filter((tag) => !tag.archived));

  private readonly changed = new Set<unknown>();
  private drawing: ReturnType<typeof setTimeout> | undefined;
  private readonly news: News;
  private asked = new Set<string>();

  /** What the server says about it: title, rights, whether it is frozen. Asked again now and then, as rights move. */
  facts: Facts;

  constructor(
    facts: Facts,
    readonly me: { id: string; display_name: string },
  ) {
    this.facts = $state.raw(facts);
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
      ask: () => this.ask(),
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
      if (this.loaded || !["saved", "saving", "not-saved"].includes(this.state.is)) return;
      this.mirror();
      this.loaded = true;
    });
    const network = () => this.sync.network(navigator.onLine);
    const presence = () => (this.people = peopleHere(awareness.getStates(), awareness.clientID, this.me.id));
    // Nothing asks while everything is saved.
    const leave = (event: BeforeUnloadEvent) => this.sync.unsent > 0 && event.preventDefault();
    this.doc.on("afterTransaction", this.observe);
    awareness.on("change", presence);
    window.addEventListener("online", network);
    window.addEventListener("offline", network);
    window.addEventListener("beforeunload", leave);
    void this.loadNames();
    void this.loadClass();
    const asking = setInterval(() => document.hidden || void this.ask(), ASK_MS);
    const shown = () => document.hidden || void this.ask();
    document.addEventListener("visibilitychange", shown);
    if (!navigator.onLine) network();
    this.sync.connect();
    return () => {
      unsubscribe();
      window.removeEventListener("online", network);
      window.removeEventListener("offline", network);
      window.removeEventListener("beforeunload", leave);
      document.removeEventListener("visibilitychange", shown);
      clearInterval(asking);
      clearTimeout(this.drawing);
      this.news.stop();
      this.undo.destroy();
      this.sync.destroy();
      this.doc.destroy();
    };
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

  /** Undoes this person's last note; the text has its own undo in the editor. */
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
  }

  /** What the class allows beyond the rights; until it is known, nothing more. */
  private async loadClass(): Promise<void> {
    try {
      const { settings } = await answer(api.GET("/api/classes/{id}", { params: { path: { id: this.facts.class_id } } }));
      const staff = this.facts.role === "instructor" || this.facts.role === "tutor";
      this.mayAddTags = staff || settings.who_may_add_tags === "everyone";
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  private async loadNames(): Promise<void> {
    try {
      const { members } = await answer(
        api.GET("/api/classes/{id}/members", { params: { path: { id: this.facts.class_id } } }),
      );
      this.names = new Map(members.map((member) => [member.user_id, member]));
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

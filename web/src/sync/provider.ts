/**
 * Keeps a Doc in step with the server: y-websocket's provider, taught `grimoire.v1`. What is sent is counted where it
 * leaves, at the socket, so that the ledger knows exactly what an acknowledgement covers.
 *
 * Every change that is not acknowledged is kept until it is, and sent again if a new conn shows that the server
 * knows it but may not have it on disk. With a `Kept` it is kept on this device too, so that another page can send it.
 */
import { Awareness } from "y-protocols/awareness";
import * as decoding from "lib0/decoding";
import type { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { clientsOf } from "../doc/draft";
import {
  askFrame,
  classify,
  hashDeletes,
  hashVector,
  headFrame,
  MESSAGE,
  peekUpdate,
  readHead,
  readRefused,
  readRights,
  readSaved,
  readSeal,
  sealedFrame,
  updateFrame,
  type Head,
  type Rights,
  type Saved,
} from "./frames";
import { draftOf, RESTORED, whyGivenUp } from "./giveup";
import type { Draft, Kept } from "./kept";
import { atRisk, START, step, unsaved, type Ledger, type SyncEvent } from "./ledger";
import { Seals } from "./seals";
import { PATIENCE_MS, stateOf, type SyncState } from "./state";
import { Tail, type Origin, type Pending, type Unkept } from "./tail";
import { send, wire } from "./wire";

/** Why a conn cannot even be opened: the handshake's own answer is hidden from a page, so the API is asked. */
export type Verdict = "allowed" | "signed-out" | "forbidden" | "missing" | "unreachable";

export interface SyncOptions {
  /** `wss://host/ws/conversations` */
  url: string;
  conversation: string;
  /** Whose page this is. */
  user: string;
  /** Asked when a conn closes before it opened. */
  ask: () => Promise<Verdict>;
  /** Where this device keeps the conversation; none on a shared computer. */
  kept?: Kept;
  /** The whole document as this device knew it last. */
  copy?: Origin & { state: Uint8Array };
  /** Told of what this page or an earlier one wrote and the server will never take; again when more is written to it. */
  onDraft?: (draft: Draft) => void;
  /** Told what the person may do, when a conn opens and whenever that has changed. */
  onRights?: (rights: Rights) => void;
  WebSocket?: typeof WebSocket;
}

/** On a conn that works a change is mostly saved sooner than this, and never goes to this device's disk. */
const KEEP_AFTER_MS = 300;

export class Sync {
  readonly awareness: Awareness;
  private ledger: Ledger;
  private readonly provider: WebsocketProvider;
  private readonly listeners = new Set<() => void>();
  /** Changes without an acknowledgement, with their numbers. */
  private pending: Pending[] = [];
  private timers = new Set<ReturnType<typeof setTimeout>>();
  private opened = false;
  private watching = false;
  private begun = false;
  private destroyed = false;
  /**
   * What the server said it is, to this page or to the one whose changes it has taken over: another generation or epoch on
   * a later conn is another document or another store.
   */
  private server: Origin | null = null;
  private readonly tail: Tail | null;
  private readonly seals = new Seals();
  private givingBack = false;
  private waiting = false;
  /** The Yjs clients whose changes are this person's, in this page or in those it has taken over from. */
  private readonly own = new Set<number>();
  /** Once set, this page has given up sending: everything unsaved belongs to it. */
  private draft: Draft | null = null;
  /** Set by Drain: how long to stay away after the conn closes. */
  private away = 0;
  /** Of the delete set; 0: to be made. */
  private deletesHash = 0;

  constructor(
    private readonly doc: Y.Doc,
    private readonly options: SyncOptions,
  ) {
    this.awareness = new Awareness(doc);
    this.ledger = { ...START, keeping: options.kept !== undefined };
    this.tail = options.kept ? new Tail(options.kept, () => this.unkept(), (event) => this.happened(event)) : null;
    // Ahead of the provider, so that a change is counted before the frame that carries it.
    doc.on("update", this.changed);
    this.provider = wire(doc, { ...options, awareness: this.awareness, leave: (frame) => this.leave(frame) });
    this.teachMessages();
    this.provider.on("status", ({ status }) => {
      if (status === "connecting") this.happened({ kind: "connecting" });
      if (status === "connected") {
        this.opened = true;
        this.happened({ kind: "opened" });
      }
    });
    this.provider.on("sync", (synced) => synced && this.happened({ kind: "synced", at: Date.now() }));
    this.provider.on("connection-close", (event) => this.closed(event?.code ?? 0));
  }

  get state(): SyncState {
    return stateOf(this.ledger, Date.now());
  }

  /** Changes made here that are not known to be on the server's disk. */
  get unsent(): number {
    return unsaved(this.ledger);
  }

  /** Of them, those that would be gone with this page. */
  get atRisk(): number {
    return atRisk(this.ledger);
  }

  /** Calls back after each event that may change the state; the answer stops it. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The document as the server has it now, to be kept as a copy; null while it does not say, or never will. */
  get copy(): (Origin & { state: Uint8Array }) | null {
    if (!this.server || this.ledger.end) return null;
    return { ...this.server, state: Y.encodeStateAsUpdate(this.doc) };
  }

  /** Takes over the copy and what earlier pages could not send, then opens the conn. */
  async connect(): Promise<void> {
    if (this.options.copy) this.open(this.options.copy);
    if (this.tail) await this.adopt(this.tail);
    this.begun = true;
    if (!this.destroyed) this.provider.connect();
  }

  /** Writes to this device's disk now what would be gone with the page. */
  keepNow(): void {
    void this.tail?.keep();
  }

  /** After signing in again, perhaps in another tab: what was written meanwhile is still here. */
  retry(): void {
    this.happened({ kind: "retried" });
    if (this.ledger.end === null) this.provider.connect();
  }

  /**
   * The browser's word that the network has come or gone. A socket of the network before says nothing for a while until it
   * fails, so another is tried at once; a server on this very machine is found again also without a network.
   */
  network(online: boolean): void {
    this.happened({ kind: "network", online });
    if (!this.begun || this.ledger.end !== null || this.away > 0) return;
    this.provider.disconnect();
    this.provider.connect();
  }

  /** Destroys it once nothing is unsent, or nothing can be sent any more: what was written last still arrives. */
  finish(): Promise<void> {
    this.awareness.setLocalState(null);
    this.keepNow();
    const done = () => this.unsent === 0 || this.ledger.link === "ended";
    return new Promise((resolve) => {
      const look = () => {
        if (!done()) return;
        this.destroy();
        resolve();
      };
      this.subscribe(look);
      look();
    });
  }

  destroy(): void {
    this.destroyed = true;
    this.timers.forEach(clearTimeout);
    this.listeners.clear();
    this.doc.off("update", this.changed);
    this.provider.destroy();
    this.awareness.destroy();
  }

  private happened(event: SyncEvent): void {
    this.ledger = step(this.ledger, event);
    if (event.kind === "saved") {
      this.pending = this.pending.filter((p) => p.edit > this.ledger.saved);
      this.seals.saved(this.ledger.saved);
      if (this.tail?.holds(this.ledger.saved)) void this.tail?.keep();
    }
    for (const listener of this.listeners) listener();
  }

  private readonly changed = (update: Uint8Array, origin: unknown) => {
    this.deletesHash = 0;
    if (origin === this.provider) return;
    this.happened({ kind: "edit", at: Date.now() });
    this.pending.push({ edit: this.ledger.edits, update });
    this.seals.wrote(this.ledger.edits, update);
    this.own.add(this.doc.clientID);
    if (!this.watching) this.watch();
    if (this.draft) this.giveUp(this.draft.why);
    else this.keepSoon();
  };

  private open({ generation, epoch, state }: Origin & { state: Uint8Array }): void {
    this.server = { generation, epoch };
    Y.applyUpdate(this.doc, state, this.provider);
  }

  /** What the server lacks of it, our answer will hold, even what stands on changes that have not come yet. */
  private async adopt(tail: Tail): Promise<void> {
    try {
      const { adopted, stale } = await tail.adopt(this.server);
      if (stale.length > 0) {
        const draft = draftOf(RESTORED, stale.map((row) => row.update));
        await tail.giveUp(draft, stale);
        this.options.onDraft?.(draft);
      }
      if (!adopted || this.destroyed) return;
      this.server = adopted.origin;
      this.happened({ kind: "adopted", edits: adopted.edits, at: Date.now() });
      this.pending.push({ edit: this.ledger.edits, update: adopted.update });
      for (const client of clientsOf(adopted.update)) this.own.add(client);
      Y.applyUpdate(this.doc, adopted.update, this.provider);
    } catch {
      this.happened({ kind: "not-kept" });
    }
  }

  private unkept(): Unkept {
    const { ledger, server, draft, pending } = this;
    return { ledger, server, draft, changes: pending.filter(({ edit }) => edit > ledger.kept) };
  }

  private keepSoon(): void {
    if (this.waiting) return;
    this.waiting = true;
    this.later(this.ledger.link === "live" ? KEEP_AFTER_MS : 0, () => {
      this.waiting = false;
      void this.tail?.keep();
    });
  }

  /** What the server will never take becomes words that can be copied. */
  private giveUp(why: string): void {
    if (this.unsent === 0) return;
    const draft = draftOf(why, this.pending.map((p) => p.update), this.own);
    this.draft = this.draft ? { ...draft, id: this.draft.id, at: this.draft.at } : draft;
    this.options.onDraft?.(this.draft);
    void this.tail?.keep();
  }

  /** The state turns to "not saved" by the clock alone: while anything is unsaved, it is looked at again. */
  private watch(): void {
    this.watching = true;
    this.later(PATIENCE_MS, () => {
      this.watching = false;
      for (const listener of this.listeners) listener();
      if (this.unsent > 0) this.watch();
    });
  }

  /** Counts a frame that is about to leave, and says whether it may. */
  private leave(frame: Uint8Array): boolean {
    const what = classify(frame);
    if (what.kind === "other") return true;
    // Before the server has said what it lacks, a change waits: our answer will hold it.
    if (what.kind === "update" && !this.ledger.answered && !this.givingBack) return false;
    if (what.kind === "answer" && !this.ledger.answered) this.giveBack();
    const counts = what.kind === "update" || what.counts;
    this.happened({ kind: "sent", what: what.kind, counts });
    // The server knows all our changes, perhaps only in memory. Repeat them: a repetition is acknowledged when it is on disk.
    if (!counts && this.pending.length > 0) queueMicrotask(() => this.resend());
    return true;
  }

  /** What the last conn brought and the server may have forgotten goes ahead of our answer, which may build on it. */
  private giveBack(): void {
    this.givingBack = true;
    for (const { update, seal } of this.seals.reopened())
      this.send(seal ? sealedFrame(update, seal) : updateFrame(update));
    this.givingBack = false;
  }

  private resend(): void {
    if (this.pending.length > 0) this.send(updateFrame(Y.mergeUpdates(this.pending.map((p) => p.update))));
  }

  private send(frame: Uint8Array): void {
    send(this.provider, frame);
  }

  private teachMessages(): void {
    const teach = (message: number, hear: (decoder: decoding.Decoder) => void) => {
      this.provider.messageHandlers[message] = (_, decoder) => hear(decoder);
    };
    const sync = this.provider.messageHandlers[MESSAGE.sync]!;
    this.provider.messageHandlers[MESSAGE.sync] = (encoder, decoder, ...rest) => {
      const update = peekUpdate(decoder);
      if (update) this.seals.heard(update);
      sync(encoder, decoder, ...rest);
    };
    teach(MESSAGE.seal, (decoder) => this.seals.sealed(readSeal(decoder)));
    teach(MESSAGE.rights, (decoder) => this.options.onRights?.(readRights(decoder)));
    teach(MESSAGE.saved, (decoder) => this.heardSaved(readSaved(decoder)));
    teach(MESSAGE.head, (decoder) => this.heardHead(readHead(decoder)));
    teach(MESSAGE.refused, (decoder) =>
      this.end({ kind: "refused", reason: readRefused(decoder).reason, at: Date.now() }),
    );
    teach(MESSAGE.reset, () => this.end({ kind: "reset" }));
    teach(MESSAGE.drain, (decoder) => (this.away = Math.random() * decoding.readVarUint(decoder)));
  }

  private heardSaved({ generation, epoch, frame }: Saved): void {
    const before = this.server;
    this.server = { generation, epoch };
    if (before && before.generation !== generation) return this.end({ kind: "reset" });
    if (before && before.epoch !== epoch) {
      this.happened({ kind: "restored" });
      this.pending = [{ edit: this.ledger.edits, update: Y.encodeStateAsUpdate(this.doc) }];
      this.keepSoon();
    }
    this.happened({ kind: "saved", frame, at: Date.now() });
  }

  /** The server's Doc and ours are equal when nothing is under way. If not, each asks the other anew. */
  private heardHead(head: Head): void {
    this.seals.settled();
    if (this.server && head.generation !== this.server.generation) return this.end({ kind: "reset" });
    if (this.unsent > 0 || this.ledger.link !== "live") return;
    const vector = Y.encodeStateVector(this.doc);
    const hash = hashVector(vector);
    if (hash === head.hash && (head.deletes === 0 || head.deletes === this.deletes(vector))) return;
    this.send(headFrame({ ...head, hash, deletes: head.deletes && this.deletes(vector) }));
    this.send(askFrame(vector));
  }

  /** To hash the delete set is a walk over all of the Doc: once after a change is enough. */
  private deletes(vector: Uint8Array): number {
    return (this.deletesHash ||= hashDeletes(Y.encodeStateAsUpdate(this.doc, vector)));
  }

  private closed(code: number): void {
    const opened = this.opened;
    this.opened = false;
    if (code === 4401) this.end({ kind: "ended", why: "signed-out" });
    else if (code === 4403) this.end({ kind: "ended", why: "forbidden" });
    else if (code === 4404) this.end({ kind: "ended", why: "missing" });
    else if (code === 4409) this.end({ kind: "refused", reason: "a change was damaged on its way", at: Date.now() });
    else this.happened({ kind: "closed" });
    if (this.away > 0) {
      this.provider.shouldConnect = false;
      this.later(this.away, () => this.provider.connect());
      this.away = 0;
    }
    if (!opened && code === 1006) void this.askWhy();
  }

  private async askWhy(): Promise<void> {
    const verdict = await this.options.ask();
    if (verdict === "signed-out" || verdict === "forbidden" || verdict === "missing")
      this.end({ kind: "ended", why: verdict });
  }

  private end(event: SyncEvent): void {
    if (this.ledger.link === "ended") return;
    this.happened(event);
    this.provider.disconnect();
    const why = whyGivenUp(event);
    if (why !== null) this.giveUp(why);
  }

  private later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      run();
    }, ms);
    this.timers.add(timer);
  }
}

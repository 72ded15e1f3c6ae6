/**
 * y-websocket's provider, tamed: every frame is shown before it leaves, the server hears of no presence but this page's,
 * and whether a closed conn is tried again is what its close code says.
 */
import * as encoding from "lib0/encoding";
import { encodeAwarenessUpdate, type Awareness } from "y-protocols/awareness";
import { WebsocketProvider } from "y-websocket";
import type * as Y from "yjs";
import { MESSAGE, SUBPROTOCOL } from "./frames";

export interface WireOptions {
  /** `wss://host/ws/conversations` */
  url: string;
  conversation: string;
  /** Whose page this is: should somebody else have signed in, the server closes with 4401. */
  user: string;
  awareness: Awareness;
  /** Shown each frame that is about to leave; says whether it may. */
  leave: (frame: Uint8Array) => boolean;
  WebSocket?: typeof WebSocket;
}

/** Close codes after which the same conn may be tried again, among those that y-websocket takes as final. */
const TRY_AGAIN = new Set([4408, 4429]);
const MAX_BACKOFF_MS = 5000;

/** A provider that is not connected yet. */
export function wire(doc: Y.Doc, { url, conversation, user, awareness, leave, WebSocket: Given }: WireOptions): WebsocketProvider {
  const Base = Given ?? WebSocket;
  class ShownSocket extends Base {
    override send(data: Uint8Array<ArrayBuffer>): void {
      if (leave(data)) super.send(data);
    }
  }
  const provider = new WebsocketProvider(url, conversation, doc, {
    connect: false,
    params: { as: user },
    awareness,
    protocols: [SUBPROTOCOL],
    // Another tab is a client like any other: a short cut between tabs would bring changes that nobody counts.
    disableBc: true,
    // Spread, so that a class that lost its server does not come back in one beat.
    maxBackoffTime: MAX_BACKOFF_MS * (0.5 + Math.random() / 2),
    WebSocketPolyfill: ShownSocket,
    shouldReconnect: ({ code }) => TRY_AGAIN.has(code) || !(code >= 4400 && code < 4500),
  });
  sendOnlyOwnPresence(provider);
  return provider;
}

/** Sends a frame if the conn is open; if not, the next one begins with what the server lacks. */
export function send({ ws, wsconnected }: WebsocketProvider, frame: Uint8Array): void {
  if (ws !== null && wsconnected) ws.send(frame as Uint8Array<ArrayBuffer>);
}

/** y-websocket sends on what it hears about others; the server has told them already. */
function sendOnlyOwnPresence(provider: WebsocketProvider): void {
  const { awareness } = provider;
  awareness.off("update", provider._awarenessUpdateHandler);
  awareness.on("update", (_: unknown, origin: unknown) => {
    if (origin !== "local") return;
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, MESSAGE.awareness);
    encoding.writeVarUint8Array(encoder, encodeAwarenessUpdate(awareness, [awareness.clientID]));
    send(provider, encoding.toUint8Array(encoder));
  });
}

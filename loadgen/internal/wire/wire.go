// Package wire frames and parses the messages of the y-websocket protocol, of
// Hocuspocus, which puts the document's name in front of each of them, and of
// Grimoire, which adds messages of its own.
package wire

import (
	"fmt"

	"grimoire/loadgen/internal/lib0"
)

// Framing says which server dialect a connection speaks.
type Framing string

// The dialects.
const (
	YWebsocket Framing = "y-websocket"
	Hocuspocus Framing = "hocuspocus"
	Grimoire   Framing = "grimoire"
)

// Kind is what a received message is for.
type Kind int

// The kinds a client cares about; the rest parse as Other.
const (
	Other Kind = iota
	SyncStep1
	SyncStep2
	Update
	Awareness
	Authenticated
	Denied
	SyncStatus
	Saved
)

// Message types, and the subtypes of sync and of authentication.
const (
	typeSync       = 0
	typeAwareness  = 1
	typeAuth       = 2
	typeSyncReply  = 4   // Hocuspocus: a sync message that asks for no answer
	typeSyncStatus = 8   // Hocuspocus: an update was accepted, or not
	typeSaved      = 100 // Grimoire: this client's updates up to a number are durable

	syncStep1 = 0
	syncStep2 = 1
	update    = 2

	authToken         = 0
	authAuthenticated = 2

	statusAccepted = 1
)

// Message is one parsed message; Payload aliases the frame.
type Message struct {
	Kind    Kind
	Payload []byte
	UpTo    uint64 // Saved: how many of the connection's updates are durable
}

// NeedsAuth reports whether the dialect wants a token before anything else.
func (f Framing) NeedsAuth() bool { return f == Hocuspocus }

// Valid reports whether f is a known dialect.
func (f Framing) Valid() bool { return f == YWebsocket || f == Hocuspocus || f == Grimoire }

// Saves reports whether the server says which updates are durable.
func (f Framing) Saves() bool { return f == Grimoire }

// Subprotocol returns the websocket subprotocol to insist on, if any.
func (f Framing) Subprotocol() string {
	if f == Grimoire {
		return "grimoire.v1"
	}
	return ""
}

// AppendAuth appends the message that opens a Hocuspocus document.
func (f Framing) AppendAuth(dst []byte, room, token string) []byte {
	return lib0.AppendString(append(f.address(dst, room), typeAuth, authToken), token)
}

// AppendSyncStep1 appends the request for all that the state vector lacks.
func (f Framing) AppendSyncStep1(dst []byte, room string, vector []byte) []byte {
	return lib0.AppendBytes(append(f.address(dst, room), typeSync, syncStep1), vector)
}

// AppendSyncStep2 appends the answer to the server's own step 1.
func (f Framing) AppendSyncStep2(dst []byte, room string, u []byte) []byte {
	return lib0.AppendBytes(append(f.address(dst, room), typeSync, syncStep2), u)
}

// AppendUpdate appends an edit.
func (f Framing) AppendUpdate(dst []byte, room string, u []byte) []byte {
	return lib0.AppendBytes(append(f.address(dst, room), typeSync, update), u)
}

// AppendAwareness appends the state of one client.
func (f Framing) AppendAwareness(dst []byte, room string, state State) []byte {
	const clients = 1
	entry := lib0.AppendUint([]byte{clients}, state.Client)
	entry = lib0.AppendUint(entry, state.Clock)
	entry = lib0.AppendBytes(entry, state.JSON)
	return lib0.AppendBytes(append(f.address(dst, room), typeAwareness), entry)
}

// Parse reads one received frame.
func (f Framing) Parse(frame []byte) (Message, error) {
	d := lib0.NewDecoder(frame)
	if f == Hocuspocus {
		d.Bytes()
	}
	var m Message
	switch kind := d.Uint(); {
	case kind == typeSync, kind == typeSyncReply && f == Hocuspocus:
		m = parseSync(d)
	case kind == typeAwareness:
		m = Message{Kind: Awareness, Payload: d.Bytes()}
	case kind == typeAuth:
		m.Kind = Denied
		if d.Uint() == authAuthenticated {
			m.Kind = Authenticated
		}
		m.Payload = d.Rest()
	case kind == typeSyncStatus && f == Hocuspocus:
		if d.Uint() == statusAccepted {
			m.Kind = SyncStatus
		}
	case kind == typeSaved && f == Grimoire:
		d.Uint()  // the document's generation
		d.Bytes() // the store's epoch
		m = Message{Kind: Saved, UpTo: d.Uint()}
	}
	if d.Err() != nil {
		return m, fmt.Errorf("wire: message of %d bytes: %w", len(frame), d.Err())
	}
	return m, nil
}

func parseSync(d *lib0.Decoder) (m Message) {
	switch d.Uint() {
	case syncStep1:
		m.Kind = SyncStep1
	case syncStep2:
		m.Kind = SyncStep2
	case update:
		m.Kind = Update
	}
	m.Payload = d.Bytes()
	return m
}

func (f Framing) address(dst []byte, room string) []byte {
	if f == Hocuspocus {
		return lib0.AppendString(dst, room)
	}
	return dst
}

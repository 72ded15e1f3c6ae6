package protocol

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"grimoire/internal/crdt/lib0"
)

// Awareness is what some clients show of themselves: cursor, selection, who they are.
type Awareness struct{ Clients []Client }

// Client is the state of one client. A client raises Clock with each new State.
type Client struct {
	ID    uint64
	Clock uint64
	State []byte // JSON; nil if the client has gone
}

func decodeClients(r *lib0.Reader) []Client {
	inner := lib0.NewReader(r.Bytes())
	count := inner.Uint()
	var clients []Client
	for range count {
		if inner.Err() != nil {
			break
		}
		c := Client{ID: inner.Uint(), Clock: inner.Uint(), State: inner.String()}
		switch {
		case inner.Err() != nil:
		case !json.Valid(c.State):
			inner.Fail(lib0.ErrMalformed, "awareness state is not JSON")
		case string(bytes.TrimSpace(c.State)) == "null":
			c.State = nil
		}
		clients = append(clients, c)
	}
	if inner.Err() == nil && inner.Len() > 0 {
		inner.Fail(lib0.ErrMalformed, "bytes after the last client")
	}
	if err := inner.Err(); err != nil {
		r.Fail(lib0.ErrMalformed, "awareness: "+err.Error())
		return nil
	}
	return clients
}

func (m Awareness) append(dst []byte) []byte {
	inner := lib0.AppendUint(nil, uint64(len(m.Clients)))
	for _, c := range m.Clients {
		inner = lib0.AppendUint(lib0.AppendUint(inner, c.ID), c.Clock)
		if c.State == nil {
			inner = lib0.AppendString(inner, "null")
		} else {
			inner = lib0.AppendBytes(inner, c.State)
		}
	}
	return lib0.AppendBytes(append(dst, typeAwareness), inner)
}

// States keeps the newest state of every client, by the rules of y-protocols. The zero value is
// empty and ready for use. It is not safe for concurrent use.
type States struct{ clients map[uint64]Client }

// Apply takes over c if it is news, and reports whether it was: a state counts if its clock is
// higher than the one known (0 for a stranger), a departure also if it is equal.
//
// y-protocols 1.0: applyAwarenessUpdate.
func (s *States) Apply(c Client) bool {
	known := s.clients[c.ID]
	if c.Clock < known.Clock || c.Clock == known.Clock && (c.State != nil || known.State == nil) {
		return false
	}
	if s.clients == nil {
		s.clients = make(map[uint64]Client)
	}
	s.clients[c.ID] = c
	return true
}

// Remove marks a client as gone and reports whether it was there. Its clock is remembered, so that
// an older state that is still on its way does not bring it back.
func (s *States) Remove(id uint64) bool {
	known, ok := s.clients[id]
	if !ok || known.State == nil {
		return false
	}
	known.State = nil
	s.clients[id] = known
	return true
}

// Forget drops all memory of clients that have gone.
func (s *States) Forget() {
	maps.DeleteFunc(s.clients, func(_ uint64, c Client) bool { return c.State == nil })
}

// Get returns what is known of the given clients, in the same order, without those never seen.
func (s *States) Get(ids []uint64) []Client {
	clients := make([]Client, 0, len(ids))
	for _, id := range ids {
		if c, ok := s.clients[id]; ok {
			clients = append(clients, c)
		}
	}
	return clients
}

// Present returns the clients that have a state, ordered by id.
func (s *States) Present() []Client {
	var present []Client
	for _, id := range slices.Sorted(maps.Keys(s.clients)) {
		if c := s.clients[id]; c.State != nil {
			present = append(present, c)
		}
	}
	return present
}

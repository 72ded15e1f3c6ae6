package ws

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/crdt/protocol"
)

// presenceLimit bounds what one client may show of itself.
const presenceLimit = 16 << 10

var errPresence = errors.New("presence must be an object of at most 16 KiB")

// receivePresence takes over what a conn shows of clients that belong to its user.
func (r *room) receivePresence(c *conn, clients []protocol.Client) {
	for _, client := range clients {
		if client.State != nil {
			state, err := stamp(client.State, c.pass)
			if err != nil {
				c.end(byeBadFrame)
				return
			}
			client.State = state
		}
		if !r.presence.Apply(client) {
			continue
		}
		if r.shownBy == nil {
			r.shownBy, r.moved = make(map[uint64]*conn), make(map[uint64]struct{})
		}
		r.shownBy[client.ID] = c
		if c.shows == nil {
			c.shows = make(map[uint64]struct{})
		}
		c.shows[client.ID] = struct{}{}
		r.presenceMoved(client.ID)
	}
}

// stamp writes into a state whose it is. Whatever the client said about that is replaced.
func stamp(state []byte, pass Pass) ([]byte, error) {
	var fields map[string]json.RawMessage
	if len(state) > presenceLimit || json.Unmarshal(state, &fields) != nil || fields == nil {
		return nil, errPresence
	}
	user, err := json.Marshal(struct {
		ID   uuid.UUID `json:"id"`
		Name string    `json:"name"`
	}{pass.User, pass.Name})
	if err != nil {
		return nil, err
	}
	fields["user"] = user

	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(fields); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// presenceMoved has a client's newest presence sent when the window opens.
func (r *room) presenceMoved(client uint64) {
	r.moved[client] = struct{}{}
	r.everybody = nil
	r.cursors.open()
}

// relayPresence sends the newest presence of everybody who moved, to everybody: a stock client
// takes its own, coming back, as a sign of life. A conn that is still writing is not given more;
// it gets everybody's when it has caught up.
func (r *room) relayPresence(now time.Time) {
	moved := slices.Sorted(maps.Keys(r.moved))
	clear(r.moved)
	r.cursors.shut(now, presencePause(len(r.conns)))
	if len(moved) == 0 {
		return
	}
	news := newFrame(protocol.Awareness{Clients: r.presence.Get(moved)})
	for c := range r.conns {
		switch {
		case c.out.backlog() > 0:
			c.behind = true
			r.hub.metrics.shedPresence.Inc()
		case c.behind:
			c.behind = false
			c.send(r.presenceFrame())
		default:
			c.send(news)
		}
	}
}

// presenceFrame is the presence of everybody.
func (r *room) presenceFrame() frame {
	if r.everybody == nil {
		present := r.presence.Present()
		r.everybody, r.crowd = newFrame(protocol.Awareness{Clients: present}), len(present)
	}
	return r.everybody
}

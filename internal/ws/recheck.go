package ws

import (
	"context"
	"time"

	"github.com/google/uuid"
)

const (
	recheckers  = 8               // questions to the gate at a time
	recheckTime = 5 * time.Second // for its answer
)

// Recheck says that rights in a class have moved: the gate is asked again about every conn of it.
// Who may no longer come in is told so and closed. It returns at once.
func (h *Hub) Recheck(class uuid.UUID) {
	h.changes.Add(1)
	h.each(func(r *room) {
		h.recheck(r, r.connsWhere(func(c *conn) bool { return c.class == class }))
	})
}

// EndSession closes every conn of a session that has ended. It returns at once.
func (h *Hub) EndSession(session uuid.UUID) {
	h.changes.Add(1)
	h.each(func(r *room) {
		for _, c := range r.connsWhere(func(c *conn) bool { return c.session == session }) {
			c.end(byeSignIn)
		}
	})
}

func (r *room) connsWhere(is func(*conn) bool) []*conn {
	var conns []*conn
	for c := range r.conns {
		if is(c) {
			conns = append(conns, c)
		}
	}
	return conns
}

// recheck asks the gate about the conns of a room, and tells the room what it says.
func (h *Hub) recheck(r *room, conns []*conn) {
	if len(conns) == 0 {
		return
	}
	h.background(func(ctx context.Context) {
		for _, c := range conns {
			pass, err := h.enterAgain(ctx, c)
			r.inbox.post(func() { c.renew(pass, err) })
		}
	})
}

func (h *Hub) enterAgain(ctx context.Context, c *conn) (Pass, error) {
	h.rechecking <- struct{}{}
	defer func() { <-h.rechecking }()
	ctx, cancel := context.WithTimeout(ctx, recheckTime)
	defer cancel()
	return h.options.Gate.Enter(ctx, c.token, c.room.id)
}

// renew gives the conn the pass it has now, or says goodbye if it has none. An error that says
// nothing about its rights ends it too: it will be judged anew when it comes back.
func (c *conn) renew(pass Pass, err error) {
	switch {
	case err != nil:
		c.end(sayWhy(err))
	case pass.User != c.user:
		c.end(byeSignIn)
	default:
		c.pass = pass
	}
}

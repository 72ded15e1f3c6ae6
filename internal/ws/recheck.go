package ws

import (
	"context"
	"time"

	"github.com/google/uuid"
)

const (
	recheckers  = 8               // questions to the gate at a time
	recheckTime = 5 * time.Second // for its answer

	// beatsPerCheck is after how many beats of its room a conn's rights are asked for again, a
	// share of the conns at each: 5 minutes. Whatever moves rights says so at once, and what another process
	// did is found within two seconds (elsewhere.go), in one question for all. When time alone may end a pass, the
	// pass says so, and is asked for anew at the next beat. This is for the case that one of these has a mistake, or
	// cannot be asked: more often, it would cost as much as what people type.
	beatsPerCheck = 30
)

// Recheck says that rights in a class have moved: the gate is asked again about every conn of it.
// Who may no longer come in is told so and closed. It returns at once.
func (h *Hub) Recheck(class uuid.UUID) {
	h.recheckWhere(func(c *conn) bool { return c.class == class })
}

// recheckWhere asks the gate again about every conn that is meant. Rooms call is.
func (h *Hub) recheckWhere(is func(*conn) bool) {
	h.changes.Add(1)
	h.each(func(r *room) { h.recheck(r, r.connsWhere(is), (*conn).renew) })
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

// recheck asks the gate about the conns of a room, and has the room do what follows from the answers.
func (h *Hub) recheck(r *room, conns []*conn, renew func(*conn, Pass, error)) {
	rest := make(chan *conn, len(conns))
	for _, c := range conns {
		rest <- c
	}
	close(rest)
	for range min(recheckers, len(conns)) {
		h.background(func(ctx context.Context) {
			for c := range rest {
				asked := h.changes.Load()
				pass, err := h.enterAgain(ctx, c)
				r.inbox.post(func() {
					if asked >= c.asked { // else a later question has been answered already
						c.asked = asked
						renew(c, pass, err)
					}
				})
			}
		})
	}
}

func (h *Hub) enterAgain(ctx context.Context, c *conn) (Pass, error) {
	h.rechecking <- struct{}{}
	defer func() { <-h.rechecking }()
	ctx, cancel := context.WithTimeout(ctx, recheckTime)
	defer cancel()
	return h.options.Gate.Enter(ctx, c.token, c.room.id)
}

// checkTurn asks again about a share of the room's conns, and about those whose pass may have ended by now.
func (r *room) checkTurn(now time.Time) {
	r.beats++
	turn := r.beats % beatsPerCheck
	due := func(c *conn) bool {
		until := c.pass.Until
		return c.turn == turn || !until.IsZero() && !now.Before(until)
	}
	r.hub.recheck(r, r.connsWhere(due), func(c *conn, pass Pass, err error) {
		if err == nil || sayWhy(err) != byeUnavailable { // else nothing is known to have moved: next time
			c.renew(pass, err)
		}
	})
}

// renew gives the conn the pass it has now, and tells the page what has changed, or says goodbye if it has none. An error that says
// nothing about its rights ends it too: it will be judged anew when it comes back.
func (c *conn) renew(pass Pass, err error) {
	switch {
	case err != nil:
		c.end(sayWhy(err))
	case pass.User != c.user:
		c.end(byeSignIn)
	default:
		if c.grimoire && pass.Rights != c.pass.Rights {
			c.send(newFrame(pass.Rights))
		}
		c.pass = pass
	}
}

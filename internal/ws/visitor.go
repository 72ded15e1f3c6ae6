package ws

import (
	"time"

	"github.com/google/uuid"
)

const (
	// A question is short and its answer may be long: all of a Doc, or the presence of everybody. A page asks
	// when it comes and when it suspects that it missed something. What one person asks in a room is counted
	// over all their conns, so that coming anew buys nothing.
	asksPerSecond = 2
	asksAtOnce    = 60

	// connsPerVisitor bounds the conns of one person in a room, each of which may be owed much. A page has one,
	// and those of a network that is gone stay for a minute.
	connsPerVisitor = 100
)

// visitor is one person in a room, with all their conns.
type visitor struct {
	conns int
	asks  rate
}

// visit counts a conn in. It reports false if its person has too many, or comes too often.
func (r *room) visit(c *conn) bool {
	now := time.Now()
	v, ok := r.visitors[c.user]
	if !ok {
		v = &visitor{asks: newRate(asksPerSecond, asksAtOnce, now)}
		if r.visitors == nil {
			r.visitors = make(map[uuid.UUID]*visitor)
		}
		r.visitors[c.user] = v
	}
	v.conns++
	c.visitor = v
	return v.conns <= connsPerVisitor && v.asks.spend(1, now)
}

// forgetVisitors forgets who has left and owes no patience.
func (r *room) forgetVisitors(now time.Time) {
	for user, v := range r.visitors {
		if v.conns == 0 && v.asks.full(now) {
			delete(r.visitors, user)
		}
	}
}

// mayAsk takes one of the questions that the conn's person has left, or ends it.
func (c *conn) mayAsk() bool {
	if c.visitor.asks.spend(1, time.Now()) {
		return true
	}
	c.end(byeTooFast)
	return false
}

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

	// What was put at the same place at the same time is put in order by looking at all of it (crdt.LimitScan).
	// Where thirty people type at one place, an edit has 15 Items looked at; where thirty come back with 2,000
	// edits each of one place, the last has 116,000. A million takes 40 ms, in which nobody else is served.
	scansPerSecond = 50_000
	scansAtOnce    = 2_000_000
	// scansNeeded is how many must be left for the next update. Whoever goes beyond what is left breaks the Doc,
	// which is loaded anew: that cannot be had often.
	scansNeeded = scansAtOnce / 2
)

// visitor is one person in a room, with all their conns.
type visitor struct {
	conns int
	asks  rate
	scans rate
}

// visit counts a conn in. It reports false if its person has too many, or comes too often.
func (r *room) visit(c *conn) bool {
	now := time.Now()
	v, ok := r.visitors[c.user]
	if !ok {
		v = &visitor{asks: newRate(asksPerSecond, asksAtOnce, now), scans: newRate(scansPerSecond, scansAtOnce, now)}
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
		if v.conns == 0 && v.asks.full(now) && v.scans.full(now) {
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

// mayScan reports whether the conn's person may make another change, or ends it.
func (c *conn) mayScan() bool {
	if c.visitor.scans.left(time.Now()) >= scansNeeded {
		return true
	}
	c.end(byeTooFast)
	return false
}

// guardAtExpenseOf is guard for what the conn's person wants of the Doc. It panics if that is too much.
func (r *room) guardAtExpenseOf(c *conn, do func()) (ok bool) {
	return r.guard(func() {
		doc, now := r.doc(), time.Now()
		before := doc.Scanned()
		doc.LimitScan(uint64(c.visitor.scans.left(now)))
		defer func() {
			doc.LimitScan(0)
			c.visitor.scans.drain(int(doc.Scanned()-before), now)
		}()
		do()
	})
}

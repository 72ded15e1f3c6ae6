package ws

import (
	"errors"
	"time"
)

// What a Doc cannot integrate yet is bounded: it costs memory and is of no use to anybody.
const (
	pendingLimit = 1 << 20
	askPause     = time.Second
)

var errPending = errors.New("too much depends on what is missing")

// pendingContent counts what the Doc keeps because something before it is missing.
type pendingContent struct {
	bytes int
	asked time.Time // when a client was last asked for what is missing
}

// apply integrates an update and reports whether that was news to the Doc. What it cannot
// integrate yet is.
func (r *room) apply(update []byte, origin any) (news bool, err error) {
	r.emitted = nil
	if err := r.doc.Apply(update, origin); err != nil {
		return false, err
	}
	if !r.isPending() {
		r.pending.bytes = 0
		return len(r.emitted) > 0, nil
	}
	if r.pending.bytes += len(update); r.pending.bytes > pendingLimit {
		r.broken = true // the Doc has it already: only loading it anew gets rid of it
		return false, errPending
	}
	return true, nil
}

func (r *room) isPending() bool {
	p := r.doc.Pending()
	return p.Structs || p.Deletes
}

// askForMissing asks the conn for what its update builds on.
func (r *room) askForMissing(c *conn) {
	now := time.Now()
	if r.pending.bytes == 0 || now.Before(r.pending.asked.Add(askPause)) {
		return
	}
	r.pending.asked = now
	c.send(r.question())
}

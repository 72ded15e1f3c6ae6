package ws

import (
	"errors"
	"time"

	"grimoire/internal/crdt"
)

// What a Doc cannot integrate yet is bounded: it costs memory and is of no use to anybody.
const (
	pendingLimit = 1 << 20
	askPause     = time.Second
)

var errPending = errors.New("too much depends on what is missing")

// pendingContent counts what the Doc keeps because something before it is missing.
type pendingContent struct {
	bytes int       // of the updates that were left waiting
	asked time.Time // when a client was last asked for what is missing
}

// outcome is what an update did to the Doc.
type outcome struct {
	news  bool     // it must be logged
	relay [][]byte // what the neighbours need of it
	all   bool     // the sender needs that too
}

// apply integrates an update. Neighbours get what arrived, if that is all that happened to the Doc.
// While something is missing they get what could be integrated, so that nobody else has to keep
// what may never be whole.
func (r *room) apply(update []byte, origin any) (outcome, error) {
	waited := r.isPending()
	r.emitted = nil
	if err := r.doc.Apply(update, origin); err != nil {
		return outcome{}, err
	}
	waits := r.isPending()
	if !waits {
		r.pending.bytes = 0
	}
	if !waited && !waits && len(r.emitted) == 1 {
		return outcome{news: true, relay: [][]byte{update}}, nil
	}
	out := outcome{news: len(r.emitted) > 0, relay: r.emitted, all: true}
	if waits && r.leftOver(update) {
		out.news = true
		if r.pending.bytes += len(update); r.pending.bytes > pendingLimit {
			r.broken = true // the Doc has it already: only loading it anew gets rid of it
			return outcome{}, errPending
		}
	}
	return out, nil
}

func (r *room) isPending() bool {
	p := r.doc.Pending()
	return p.Structs || p.Deletes
}

// leftOver reports whether the Doc could not integrate all of the update it was just given.
func (r *room) leftOver(update []byte) bool {
	rest, err := crdt.Diff(update, r.doc.StateVector().Encode())
	if err != nil {
		panic(err) // an update that the Doc has taken
	}
	const noStructs = 0
	return rest[0] != noStructs || r.doc.Pending().Deletes && len(r.emitted) == 0
}

// askForMissing asks the conn for what its update builds on.
func (r *room) askForMissing(c *conn) {
	now := time.Now()
	if !r.isPending() || now.Before(r.pending.asked.Add(askPause)) {
		return
	}
	r.pending.asked = now
	c.send(r.question())
}

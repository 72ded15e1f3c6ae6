package ws

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

// relay is an update on its way to everybody but the conn it came from.
type relay struct {
	update []byte
	from   *conn // nil: everybody needs it
}

// receive does what a message asks for. It owns size bytes of the budgets.
func (r *room) receive(c *conn, m protocol.Message, size int64) {
	if c.ended || r.state != live {
		r.release(size) // never acknowledged, so the client will offer it again
		return
	}
	switch m := m.(type) {
	case protocol.SyncStep2:
		r.receiveUpdate(c, m.Update, size)
		return
	case protocol.Update:
		r.receiveUpdate(c, m.Update, size)
		return
	case protocol.SyncStep1:
		r.answer(c, m.Vector)
	case protocol.Awareness:
		r.receivePresence(c, m.Clients)
	case protocol.QueryAwareness:
		c.send(r.presenceFrame())
	case protocol.Head:
		r.compare(c, m)
	default:
		c.end(byeBadFrame) // what only a server says
	}
	r.release(size)
}

// answer sends what a Doc with this state vector lacks.
func (r *room) answer(c *conn, vector []byte) {
	if !c.asks.spend(1, time.Now()) {
		c.end(byeTooFast)
		return
	}
	sv, err := crdt.DecodeStateVector(vector)
	if err != nil {
		c.end(byeBadFrame)
		return
	}
	if c.refused && covers(r.doc.StateVector(), sv) {
		c.refused = false
	}
	frames, err := r.joins.frames(r.doc, vector, sv)
	if err != nil {
		panic(err) // updates that the Doc has taken
	}
	c.send(frames...)
}

// covers reports whether a Doc at have lacks nothing of one at other.
func covers(have, other crdt.StateVector) bool {
	for client, clock := range other {
		if have[client] < clock {
			return false
		}
	}
	return true
}

// compare looks whether a client that has everything has the same as we do.
func (r *room) compare(c *conn, theirs protocol.Head) {
	switch {
	case int64(theirs.Generation) != r.stored.Generation:
		c.refused = true // until it shows a Doc of this generation
		c.send(newFrame(protocol.Reset{Generation: uint64(r.stored.Generation)}))
	case int64(theirs.Seq) == r.stored.Head && r.settled == r.submitted && theirs.Hash != r.hash():
		c.send(r.question())
	}
}

// question asks a client for what the Doc lacks.
func (r *room) question() frame {
	return newFrame(protocol.SyncStep1{Vector: r.doc.StateVector().Encode()})
}

// receiveUpdate judges an update, applies it, and hands it to the log and the neighbours.
func (r *room) receiveUpdate(c *conn, update []byte, size int64) {
	if protocol.IsEmpty(update) {
		r.release(size)
		return
	}
	c.frames++
	var out outcome
	var err error
	ok := r.guard(func() {
		if err = r.permit(c, update); err == nil {
			out, err = r.apply(update, c)
		}
	})
	if ok && err == nil && out.news {
		r.hub.metrics.updates.Inc()
		r.log(Row{User: c.user, Bytes: update}, size)
		r.acknowledge(c)
		from := c
		if out.all {
			from = nil
		}
		for _, u := range out.relay {
			r.pass(relay{u, from})
		}
		r.askForMissing(c)
		return
	}

	r.release(size)
	var refusal *Refusal
	switch {
	case !ok:
		c.end(byePanic)
	case err == nil:
		r.hub.metrics.repeats.Inc()
		r.acknowledge(c)
	case errors.As(err, &refusal):
		r.refuse(c, refusal)
	default:
		r.hub.logger.Warn("update refused", "conversation", r.id, "user", c.user, "error", err)
		c.end(byeBadUpdate)
	}
}

// permit returns a *Refusal if the conn may not make this change, or what is wrong with the bytes.
func (r *room) permit(c *conn, update []byte) error {
	if c.pass.Write && c.pass.Refuse == nil && !c.refused && !r.damaged() {
		return nil
	}
	if err := crdt.Validate(update); err != nil {
		return err
	}
	if r.damaged() {
		return r.permitDamaged(update)
	}
	if c.refused {
		return &Refusal{Reason: "This builds on a change that was not accepted."}
	}
	if !c.pass.Write {
		if known, err := knows(r.doc, update); err != nil || known {
			return err
		}
		return &Refusal{Reason: "You may read this conversation but not change it."}
	}
	err := c.pass.Refuse(r.doc, update)
	var refusal *Refusal
	if err != nil && !errors.As(err, &refusal) {
		return &Refusal{Reason: err.Error()}
	}
	return err
}

// refuse tells a client that its change was not accepted. A stock client has no word for that: it
// is told that it is not allowed to go on.
func (r *room) refuse(c *conn, why *Refusal) {
	r.hub.metrics.refused.Inc()
	if c.grimoire {
		c.refused = true
		c.send(newFrame(protocol.Refused{Frame: c.frames, Reason: why.Reason, Path: why.Path}))
		return
	}
	c.send(newFrame(protocol.Denied{Reason: why.Reason}))
	c.end(byeRefused)
}

// edit changes the Doc on behalf of the server. done is told once the change is on disk.
func (r *room) edit(user uuid.UUID, edit func(*crdt.Doc) error, done func(error)) {
	if r.state != live {
		done(ErrClosed)
		return
	}
	if r.damaged() {
		done(ErrQuarantined)
		return
	}
	r.emitted = nil
	var err error
	if !r.guard(func() { err = edit(r.doc) }) {
		done(fmt.Errorf("edit conversation %s: %w", r.id, errPanic))
		return
	}
	for _, update := range r.emitted {
		r.hub.metrics.updates.Inc()
		r.log(Row{User: user, Bytes: update}, 0)
		r.pass(relay{update, nil})
	}
	r.await(func(lost error) { done(errors.Join(err, lost)) })
}

// view shows the Doc to somebody who promises not to change it.
func (r *room) view(view func(*crdt.Doc) error, done func(error)) {
	if r.state != live {
		done(ErrClosed)
		return
	}
	var err error
	if !r.guard(func() { err = view(r.doc) }) {
		err = fmt.Errorf("view conversation %s: %w", r.id, errPanic)
	}
	done(err)
}

// pass has an update relayed when the window opens, and keeps it for those who join meanwhile.
func (r *room) pass(u relay) {
	r.joins.add(u.update)
	r.relays = append(r.relays, u)
	r.edits.open()
}

// relay sends what came in since the last time, as one update in one write per conn. Who sent all
// of it gets nothing; who sent some of it gets that back, which is cheaper than leaving it out.
func (r *room) relay(now time.Time) {
	relays := r.relays
	r.relays = nil
	r.edits.shut(now, editPause(len(r.conns)))
	if len(relays) == 0 {
		return
	}
	only := relays[0].from
	updates := make([][]byte, len(relays))
	for i, u := range relays {
		updates[i] = u.update
		if u.from != only {
			only = nil
		}
	}
	merged, err := crdt.Merge(updates...)
	if err != nil {
		panic(err) // updates that the Doc has taken
	}
	f := newFrame(protocol.Update{Update: merged})
	for c := range r.conns {
		if c != only {
			c.send(f)
		}
	}
}

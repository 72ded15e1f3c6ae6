package ws

import (
	"errors"
	"fmt"

	"github.com/google/uuid"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

// receive does what a message asks for. It owns size bytes of the budgets.
func (r *room) receive(c *conn, m protocol.Message, size int64) {
	if c.ended || r.state != live {
		r.release(size) // never acknowledged, so the client will offer it again
		return
	}
	switch m := m.(type) {
	case protocol.SyncStep2:
		c.incomplete, c.owes = false, false
		r.receiveUpdate(c, m, m.Update, size)
		return
	case protocol.Update:
		r.receiveUpdate(c, m, m.Update, size)
		return
	case protocol.SyncStep1:
		r.answer(c, m.Vector)
	case protocol.Awareness:
		r.receivePresence(c, m.Clients)
	case protocol.QueryAwareness:
		if c.mayAsk() {
			c.send(r.presenceFrame())
		}
	case protocol.Head:
		r.compare(c, m)
	case protocol.Sealed:
		r.takeBack(c, m, size)
		return
	default:
		c.end(byeBadFrame) // what only a server says
	}
	r.release(size)
}

// answer sends what a Doc with this state vector lacks.
func (r *room) answer(c *conn, vector []byte) {
	if !c.mayAsk() {
		return
	}
	sv, err := crdt.DecodeStateVector(vector)
	if err != nil {
		c.end(byeBadFrame)
		return
	}
	if c.refused && covers(r.doc().StateVector(), sv) {
		c.refused = false
	}
	frames, err := r.joins.frames(vector, r.missing)
	if err != nil {
		panic(err) // updates that the Doc has taken
	}
	r.sendWaiting(c)
	c.send(frames...)
	if !c.answered {
		c.answered = true
		r.joining = append(r.joining, c)
	}
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

// patience is how many answers of a conn may hold words of others that their authors have yet to
// bring. An author who is there brings them within a second; between two answers is a beat.
const patience = 2

// compare looks whether a client that has everything has the same as we do.
func (r *room) compare(c *conn, theirs protocol.Head) {
	switch {
	case int64(theirs.Generation) != r.stored.Generation:
		c.refused = true // until it shows a Doc of this generation
		c.send(newFrame(protocol.Reset{Generation: uint64(r.stored.Generation)}))
	case int64(theirs.Seq) != r.stored.Head || r.settled != r.submitted || theirs.Equals(r.head()):
	default:
		if c.mayAsk() {
			r.askAgain(c)
		}
	}
}

// askAgain asks a conn once more for what the Doc lacks. One that keeps answering with words of
// others, whom nobody has seen since, is told to load the conversation anew.
func (r *room) askAgain(c *conn) {
	if c.cuts < patience {
		c.send(r.question())
		return
	}
	c.send(newFrame(protocol.Reset{Generation: uint64(r.stored.Generation)}))
	c.end(byeReset)
}

// question asks a client for what the Doc lacks.
func (r *room) question() frame {
	return newFrame(protocol.SyncStep1{Vector: r.vector()})
}

// receiveUpdate judges the update in m, applies it, and hands it to the log and the neighbours.
//
// An update is taken whole or not at all. One that builds on what the Doc lacks is left aside, with
// all that follow it, and the client is asked for everything at once: its answer, acknowledged,
// covers them. If the answer lacks something too, it is refused.
func (r *room) receiveUpdate(c *conn, m protocol.Message, update []byte, size int64) {
	if protocol.IsEmpty(update) || !c.mayScan() || r.damaged() && !c.mayAsk() { // all of a damaged Doc is looked through
		r.release(size)
		return
	}
	c.frames++
	_, isAnswer := m.(protocol.SyncStep2)
	var out outcome
	var err error
	ok := c.incomplete || r.guardAtExpenseOf(c, func() {
		if update, err = r.permit(c, update, isAnswer); err == nil {
			out, err = r.apply(update, c)
		}
	})
	if ok && err == nil && out.news {
		r.hub.metrics.updates.Inc()
		r.accept(Row{User: c.user, Bytes: update}, size, out, c)
		r.acknowledge(c)
		return
	}

	r.release(size)
	var refusal *Refusal
	switch {
	case c.incomplete, c.ended:
	case !ok:
		c.end(byePanic)
	case err == nil:
		r.hub.metrics.repeats.Inc()
		r.acknowledge(c)
	case err == errIncomplete && !isAnswer:
		if c.incomplete = true; c.mayAsk() {
			c.send(r.question())
		}
	case errors.As(err, &refusal):
		r.refuse(c, refusal)
	default:
		r.hub.logger.Warn("update refused", "conversation", r.id, "user", c.user, "error", err)
		c.end(byeBadUpdate)
	}
}

// accept hands what an update brought to the log and the neighbours of the conn it came over.
func (r *room) accept(row Row, size int64, out outcome, from *conn) {
	r.log(row, size)
	for _, u := range out.relay {
		r.pass(relay{u, from, r.submitted, from.came})
	}
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
	if !r.guard(func() { err = edit(r.doc()) }) {
		done(fmt.Errorf("edit conversation %s: %w", r.id, errPanic))
		return
	}
	for _, update := range r.emitted {
		r.hub.metrics.updates.Inc()
		r.log(Row{User: user, Bytes: update}, 0)
		r.pass(relay{update: update, row: r.submitted})
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
	if !r.guard(func() { err = view(r.doc()) }) {
		err = fmt.Errorf("view conversation %s: %w", r.id, errPanic)
	}
	done(err)
}

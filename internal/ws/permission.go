package ws

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

// newcomer is a client id that brings news and whose owner nobody has asked for yet.
type newcomer struct {
	client uint64
	taken  bool // the Doc holds content of it, so it is not free
	signed bool // with the name of somebody else, so it is not free for this one
}

// newcomers returns those of the clients of which the Doc lacks something below the given clocks, and
// whether it is signed by others in what the conn has answered, which is nil if it was not asked.
// It returns none if ctx ends first.
func (r *room) newcomers(ctx context.Context, c *conn, ends []crdt.ID, answered []byte) []newcomer {
	answer := make(chan []newcomer, 1)
	r.inbox.post(func() {
		var list []newcomer
		for _, end := range ends {
			if state := r.clock(end.Client); state < end.Clock {
				list = append(list, newcomer{client: end.Client, taken: state > 0})
			}
		}
		if len(list) > 0 && answered != nil {
			others := r.signedByOthers(c, answered)
			for i := range list {
				list[i].signed = others[list[i].client]
			}
		}
		answer <- list
	})
	select {
	case list := <-answer:
		return list
	case <-ctx.Done():
		return nil
	}
}

// signedByOthers returns the clients under which an answer of the conn is signed with the names of others: none
// if it is not sound, which its judge will say.
func (r *room) signedByOthers(c *conn, answer []byte) (clients map[uint64]bool) {
	if c.pass.SignedByOthers == nil || r.state != live || r.damaged() {
		return nil
	}
	r.guardAtExpenseOf(c, func() {
		if changes, err := r.doc().Inspect(answer); err == nil {
			clients = c.pass.SignedByOthers(r.doc(), changes)
		}
	})
	return clients
}

// errIncomplete refuses an update that builds on what the Doc does not hold.
var errIncomplete = &Refusal{Reason: "This builds on changes that the server does not have."}

// permit returns the update that the conn may make, which is the given one or, of an answer to our
// question, its own part of it; or a *Refusal, or what is wrong with the bytes. Whoever may not
// write may still repeat what the Doc holds.
func (r *room) permit(c *conn, update []byte, isAnswer bool) ([]byte, error) {
	changes, err := r.doc().Inspect(update)
	switch {
	case err != nil:
		return nil, err
	case r.damaged():
		return update, r.permitDamaged(update, changes)
	case c.refused:
		return nil, &Refusal{Reason: "This builds on a change that was not accepted."}
	}
	if foreign := r.foreign(c.user, changes); len(foreign) > 0 {
		r.hub.metrics.foreign.Inc()
		if !isAnswer {
			return nil, &Refusal{Reason: "This was written by somebody else."}
		}
		c.cuts++
		// What it deletes of their words cannot be kept, and so not acknowledged, until these are here.
		if update, c.owes, err = crdt.Without(update, foreign); err != nil {
			return nil, err
		}
		if changes, err = r.doc().Inspect(update); err != nil {
			return nil, err
		}
	}
	return update, r.judge(c, changes)
}

// judge refuses what the conn's person may not do to the Doc.
func (r *room) judge(c *conn, changes *crdt.Inspection) error {
	switch {
	case !isNews(changes):
		return nil
	case !c.pass.Write:
		return &Refusal{Reason: "You may read this conversation but not change it."}
	case len(changes.Missing) > 0:
		return errIncomplete // where the rest belongs is not known, nor who may write there
	case c.pass.Refuse == nil:
		return nil
	}
	err := c.pass.Refuse(r.doc(), changes)
	if changes.Copied() && !c.mayAsk() { // that was as much work as an answer
		return errTooFast
	}
	if err == nil {
		return nil
	}
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		return &Refusal{Reason: err.Error()}
	}
	return err
}

// isNews reports whether an update says anything that the Doc does not hold.
func isNews(changes *crdt.Inspection) bool {
	return len(changes.Items)+len(changes.Deletes)+len(changes.Missing) > 0
}

// foreign returns the clients of others that an update writes under, with the clocks from which on
// it says what the Doc does not hold. Whoever could do that would write in their name, and take the
// clocks that their own next words need.
func (r *room) foreign(user uuid.UUID, changes *crdt.Inspection) crdt.StateVector {
	var foreign crdt.StateVector
	last, own := uint64(0), false
	for i := range changes.Items {
		client := changes.Items[i].Client
		if own && client == last {
			continue
		}
		owner, known := r.owners.known(client)
		last, own = client, known && owner == user
		if own {
			continue
		}
		if foreign == nil {
			foreign = make(crdt.StateVector)
		}
		foreign[client] = r.clock(client)
	}
	return foreign
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

package ws

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"
	"sync"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

// Neighbours get an edit before it is on disk. If the server is killed in between, they know of
// others' words what the server has forgotten, and what they write next builds on it. But nobody may
// bring in what another has written: it could be made up. So each relay that is not on disk yet
// carries a seal, and after a crash the server takes back its own word, whoever brings it, and
// nobody else's.
//
// A seal is an HMAC-SHA256 under a key of the store, which no client ever has, over conversation,
// generation and the bytes of the update. It says that this very update was accepted here once.
// That is all it says: who has kept one may bring it late, in the generation it is of.

// sealSize is how much of the HMAC is sent: 128 bits.
const sealSize = 16

// sealedRelay is a relay, with its seal, that was not on disk when it was sent.
type sealedRelay struct {
	row   int64
	frame frame
}

// sealOf returns the seal of an update.
func (r *room) sealOf(update []byte) []byte {
	mac := r.hub.sealers.Get().(hash.Hash)
	defer r.hub.sealers.Put(mac)
	mac.Reset()
	b := append(make([]byte, 0, 64), "grimoire relay\x00"...)
	b = append(b, r.id[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(r.stored.Generation))
	mac.Write(b)
	mac.Write(update)
	return mac.Sum(b[:0])[:sealSize]
}

// newSealers returns a pool of what seals are made with: to make that takes as long as a seal.
func newSealers(key []byte) *sync.Pool {
	return &sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}
}

// seal returns what a client of grimoire.v1 gets in place of f, the frame of an update whose last
// row is the given one: the same behind its seal, or f alone if that row is settled.
func (r *room) seal(f frame, update []byte, row int64) frame {
	r.forgetSettled()
	if row <= r.settled {
		return f
	}
	sealed := r.withSeal(f, update, row)
	r.unsettled = append(r.unsettled, sealedRelay{row, sealed})
	return sealed
}

func (r *room) withSeal(f frame, update []byte, row int64) frame {
	return slices.Concat(newFrame(protocol.Seal{Row: uint64(row), Settled: uint64(r.settled), Seal: r.sealOf(update)}), f)
}

// sendUnsettled gives a conn what was relayed while it was not listening and may not be on disk, in
// the order of the rows: from then on it gets each relay.
func (r *room) sendUnsettled(c *conn) {
	r.forgetSettled()
	if c.grimoire {
		for _, s := range r.unsettled {
			c.send(s.frame)
		}
	}
}

// sendWaiting gives a conn what will be relayed when the window opens: ahead of a part of the Doc that
// holds it already, so that what is written upon it comes after its seal.
func (r *room) sendWaiting(c *conn) {
	if c.grimoire && len(r.relays) > 0 {
		merged := mergeRelays(r.relays)
		c.send(r.withSeal(newFrame(protocol.Update{Update: merged}), merged, r.relays[len(r.relays)-1].row))
	}
}

func (r *room) forgetSettled() {
	n := 0
	for n < len(r.unsettled) && r.unsettled[n].row <= r.settled {
		n++
	}
	r.unsettled = slices.Delete(r.unsettled, 0, n)
}

// takeBack applies an update of our own that a client gives back, and repeats its seal, so that the
// client knows from when on it may forget it: at once if the seal is not ours, as one of another
// generation or of a store that is no more. Nobody is blamed for that.
func (r *room) takeBack(c *conn, m protocol.Sealed, size int64) {
	if !hmac.Equal(m.Seal, r.sealOf(m.Update)) {
		r.hub.metrics.sealsRefused.Inc()
		r.release(size)
		c.send(newFrame(protocol.Seal{Settled: uint64(r.settled), Seal: m.Seal}))
		return
	}
	var out outcome
	var err error
	ok := r.guard(func() {
		var changes *crdt.Inspection
		switch changes, err = r.doc().Inspect(m.Update); {
		case err != nil:
		case len(changes.Missing) > 0 || r.damaged():
			err = errIncomplete
		case isNews(changes):
			out, err = r.apply(m.Update, c)
		}
	})
	switch {
	case !ok:
		c.end(byePanic)
	case err == errIncomplete: // the client keeps it; somebody else may have what it builds on
		r.release(size)
		return
	case err != nil:
		c.end(byeBadUpdate)
	case out.news:
		r.hub.metrics.takenBack.Inc()
		r.accept(Row{Bytes: m.Update}, size, out, c)
		size = 0
	}
	r.release(size)
	c.send(newFrame(protocol.Seal{Row: uint64(r.submitted), Settled: uint64(r.settled), Seal: m.Seal}))
}

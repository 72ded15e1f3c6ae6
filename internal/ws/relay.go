package ws

import (
	"time"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

// relay is an update on its way to everybody but the conn it came from.
type relay struct {
	update []byte
	from   *conn     // nil: everybody needs it
	row    int64     // its place among the rows submitted
	came   time.Time // when its message was read; zero: it is the server's own
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
	for _, u := range relays {
		if u.from != only {
			only = nil
		}
	}
	merged := mergeRelays(relays)
	f := newFrame(protocol.Update{Update: merged})
	var vector onceVector
	sealed := r.seal(f, merged, relays[len(relays)-1].row)
	delivered := 0
	for c := range r.conns {
		switch {
		case c == only:
			continue
		case c.grimoire:
			c.relay(sealed, now, &vector)
		default:
			c.relay(f, now, &vector)
		}
		delivered += len(relays)
	}
	if delivered > 0 {
		r.hub.metrics.delivered.Add(float64(delivered))
		r.relayed = append(r.relayed, relays...)
	}
}

// mergeRelays returns one update that does what all of the relays do.
func mergeRelays(relays []relay) []byte {
	if len(relays) == 1 {
		return relays[0].update
	}
	updates := make([][]byte, len(relays))
	for i, u := range relays {
		updates[i] = u.update
	}
	merged, err := crdt.Merge(updates...)
	if err != nil {
		panic(err) // updates that the Doc has taken
	}
	return merged
}

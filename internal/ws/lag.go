package ws

import (
	"time"

	"grimoire/internal/crdt/protocol"
)

// How far a conn may fall behind before its backlog is forgotten.
const (
	lagBytes = 1 << 20
	lagTime  = 10 * time.Second
)

// lag is how a conn that reads slowly keeps up. As long as it is a little behind, updates queue in
// its outbox, in frames that it shares with everybody else. When that is too much they are dropped,
// it gets no more of them, and once it has taken the rest it gets one message with all that it
// missed, however much that was.
type lag struct {
	vector []byte    // state vector up to which it was sent, or is owed, everything; nil: it is not behind
	since  time.Time // when it fell behind
	fallen bool      // it is owed everything after vector
}

// onceVector is the Doc's state vector, as long as nothing changes, once somebody needs it.
type onceVector []byte

func (v *onceVector) of(r *room) []byte {
	if *v == nil {
		*v = r.vector()
	}
	return *v
}

// relay queues an update for the conn.
func (c *conn) relay(f frame, now time.Time, vector *onceVector) {
	backlog := c.out.backlog()
	switch {
	case c.lag.fallen:
	case backlog == 0:
		c.lag = lag{}
		c.put(f, false)
	case c.lag.vector == nil:
		c.lag = lag{vector: vector.of(c.room), since: now}
		c.put(f, false)
	case backlog > lagBytes || now.Sub(c.lag.since) > lagTime:
		c.lag.fallen = true
		c.room.hub.metrics.shedUpdates.Inc()
		c.out.forget(func() { c.room.inbox.post(func() { c.room.catchUp(c) }) })
	default:
		c.put(f, true)
	}
}

// catchUp sends a conn that has fallen behind what it missed.
func (r *room) catchUp(c *conn) {
	vector := c.lag.vector
	c.lag = lag{}
	if c.ended || r.state != live {
		return
	}
	update, err := r.missing(vector)
	if err != nil {
		panic(err) // a vector and a state of our own
	}
	r.sendUnsettled(c)
	r.sendWaiting(c)
	c.send(newFrame(protocol.SyncStep2{Update: update}))
}

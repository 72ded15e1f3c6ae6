package ws

import (
	"time"

	"grimoire/internal/crdt/protocol"
)

// beatPause is the pause between two signs of life to each conn. A stock client gives up after
// 30 s without a message.
const beatPause = 10 * time.Second

// tick does what the clock asks for.
func (r *room) tick() {
	now := time.Now()
	if r.edits.ready(now) {
		r.relay(now)
	}
	if r.cursors.ready(now) {
		r.relayPresence(now)
	}
	if len(r.conns) > 0 && !now.Before(r.beatAt) {
		r.beat(now)
	}
	r.considerCompaction()
	if r.over() && !now.Before(r.overAt()) {
		switch {
		case r.hub.isHeld(r):
			r.idleAt = time.Time{} // until that one leaves
		case r.hub.retire(r):
			if r.state == live {
				r.compactLast() // a shutdown is in a hurry
			}
			r.state = closed
		}
	}
}

// over reports whether nothing is left to do in the room: nobody holds it, and everything that was
// done in it is on disk (or never will be, which its authors were told).
func (r *room) over() bool {
	return !r.idleAt.IsZero() && r.settled == r.submitted && !r.compacting
}

// overAt is when a room that is over leaves memory.
func (r *room) overAt() time.Time {
	if r.state == draining {
		return r.idleAt
	}
	return r.idleAt.Add(r.hub.options.IdleRoom)
}

// setAlarm has the room woken when the clock asks for something, however long nobody does anything.
func (r *room) setAlarm() {
	next := time.Now().Add(time.Hour)
	sooner := func(t time.Time) {
		if t.Before(next) {
			next = t
		}
	}
	if r.edits.due {
		sooner(r.edits.after)
	}
	if r.cursors.due {
		sooner(r.cursors.after)
	}
	if len(r.conns) > 0 {
		sooner(r.beatAt)
	}
	if r.over() {
		sooner(r.overAt())
	}
	if !next.Equal(r.alarmAt) { // as it is after most turns; to set it may wake a thread
		r.alarmAt = next
		r.alarm.Reset(time.Until(next))
	}
}

// beat gives each conn a sign of life, and asks it for one. A stock client gets presence of nobody.
// What was kept for those who join at the same time goes: it is as long as the Doc.
func (r *room) beat(now time.Time) {
	r.beatAt = now.Add(beatPause)
	r.joins = joinFrame{}
	r.doze(now)
	r.forgetVisitors(now)
	r.checkTurn(now)
	nobody := newFrame(protocol.Awareness{})
	head := nobody
	if r.settled == r.submitted && !r.edits.due {
		head = newFrame(r.head())
	}
	for c := range r.conns {
		if c.owes {
			r.askAgain(c)
		}
		if c.grimoire {
			c.send(head, ping)
		} else {
			c.send(nobody, ping)
		}
	}
}

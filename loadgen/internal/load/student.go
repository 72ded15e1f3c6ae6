package load

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"grimoire/loadgen/internal/histogram"
	"grimoire/loadgen/internal/wire"
	"grimoire/loadgen/internal/yjs"
)

// student is one simulated browser tab: it may type, it moves its cursor, and
// it notes when the edits and cursors of its classmates arrive.
type student struct {
	*client
	id    uint64
	class *class

	edits, cursors timeline

	// Only the reading goroutine writes these; others read them after it ended,
	// or through the atomics while it runs.
	seenEdits, seenCursors   []uint64          // next clock expected of each classmate
	overtaken                map[edit]struct{} // edits that later ones of their author overtook
	editLatency              histogram.Histogram
	cursorLatency            histogram.Histogram
	savedLatency             histogram.Histogram
	delivered, cursorsGot    atomic.Uint64
	accepted                 atomic.Uint64 // edits that the server acknowledged
	echoes, duplicates, gaps uint64
}

// edit names one edit: whose, and which.
type edit struct{ index, clock uint64 }

// timeline holds when each of a student's messages was written, by clock.
type timeline struct {
	at   []atomic.Int64
	next atomic.Uint64
}

// class is the students of one room.
type class struct {
	room      string
	root      string // the shared text they type into
	firstSeat int
	firstID   uint64
	epoch     time.Time
	students  []*student
}

// seat returns the place of the student with the index.
func (c *class) seat(index int) seat { return seat{c.room, c.firstSeat + index} }

func newStudent(class *class, index, messages int) *student {
	s := &student{id: class.firstID + uint64(index), class: class}
	s.edits.at = make([]atomic.Int64, messages)
	s.cursors.at = make([]atomic.Int64, messages)
	s.seenEdits = make([]uint64, len(class.students))
	s.seenCursors = make([]uint64, len(class.students))
	s.overtaken = map[edit]struct{}{}
	return s
}

// seat returns the student's place.
func (s *student) seat() seat { return s.class.seat(int(s.id - s.class.firstID)) }

// begin notes that the next message is about to be written and returns its
// clock, or false once the timeline is full.
func (t *timeline) begin(epoch time.Time) (uint64, bool) {
	clock := t.next.Load()
	if clock == uint64(len(t.at)) {
		return 0, false
	}
	t.at[clock].Store(int64(time.Since(epoch)))
	t.next.Add(1)
	return clock, true
}

// latency returns how long before at the message with the clock was written.
func (t *timeline) latency(clock uint64, epoch, at time.Time) time.Duration {
	return at.Sub(epoch) - time.Duration(t.at[clock].Load())
}

// work types, or only moves the cursor, at the rate until the end. It begins at
// a random moment, since students do not keep step.
func (s *student) work(ctx context.Context, rate float64, end time.Time, step func() error) error {
	interval := time.Duration(float64(time.Second) / rate)
	next := time.Now().Add(rand.N(interval))
	for ; next.Before(end); next = next.Add(interval) {
		if err := wait(ctx, time.Until(next)); err != nil {
			return err
		}
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// edit types one character after the student's last.
func (s *student) edit() error {
	clock, ok := s.edits.begin(s.class.epoch)
	if !ok {
		return nil
	}
	update := yjs.AppendInsert(nil, s.class.root, s.id, clock, "x")
	return s.write(s.framing.AppendUpdate(nil, s.room, update))
}

// moveCursor tells the class where the student's cursor stands.
func (s *student) moveCursor() error {
	clock, ok := s.cursors.begin(s.class.epoch)
	if !ok {
		return nil
	}
	position := fmt.Sprintf(`{"type":null,"tname":%q,"item":{"client":%d,"clock":%d},"assoc":0}`, s.class.root, s.id, clock)
	state := fmt.Sprintf(`{"user":{"name":"Student %d","color":"#30bced"},"cursor":{"anchor":%s,"head":%s}}`, s.id%1000, position, position)
	return s.write(s.framing.AppendAwareness(nil, s.room, wire.State{Client: s.id, Clock: clock, JSON: []byte(state)}))
}

// Content notes the edits that arrived.
func (s *student) Content(update []byte, at time.Time) error {
	return yjs.Ranges(update, func(client, clock, length uint64) {
		index := client - s.class.firstID
		switch {
		case index >= uint64(len(s.class.students)):
		case client == s.id:
			s.echoes += length
		default:
			s.receive(index, clock, clock+length, at)
		}
	})
}

// receive notes that a classmate's edits with clocks in [clock, end) arrived.
func (s *student) receive(index, clock, end uint64, at time.Time) {
	sender := s.class.students[index]
	if seen := s.seenEdits[index]; clock > seen {
		s.gaps++
		for c := seen; c < clock; c++ {
			s.overtaken[edit{index, c}] = struct{}{}
		}
	}
	for c := clock; c < end; c++ {
		if c < s.seenEdits[index] {
			if _, late := s.overtaken[edit{index, c}]; !late {
				s.duplicates++
				continue
			}
			delete(s.overtaken, edit{index, c})
		}
		s.editLatency.Add(sender.edits.latency(c, s.class.epoch, at))
		s.delivered.Add(1)
	}
	s.seenEdits[index] = max(s.seenEdits[index], end)
}

// Cursors notes the newest cursor of each classmate. A server may drop cursors
// that a later one replaces, so clocks that never arrive are not losses.
func (s *student) Cursors(payload []byte, at time.Time) error {
	s.cursorsGot.Add(1)
	return wire.States(payload, func(state wire.State) {
		index := state.Client - s.class.firstID
		if index >= uint64(len(s.class.students)) || state.Client == s.id {
			return
		}
		sender := s.class.students[index]
		if state.Clock >= s.seenCursors[index] && state.Clock < sender.cursors.next.Load() {
			s.cursorLatency.Add(sender.cursors.latency(state.Clock, s.class.epoch, at))
			s.seenCursors[index] = state.Clock + 1
		}
	})
}

// Accepted counts the server's acknowledgements of edits; one that comes before
// the first edit is for the handshake.
func (s *student) Accepted() {
	if s.edits.next.Load() > 0 {
		s.accepted.Add(1)
	}
}

// Saved notes which edits became durable. A student sends one update for each
// edit and no other content, so the server's count of updates is one of edits.
func (s *student) Saved(upTo uint64, at time.Time) {
	upTo = min(upTo, s.edits.next.Load())
	for clock := s.accepted.Load(); clock < upTo; clock++ {
		s.savedLatency.Add(s.edits.latency(clock, s.class.epoch, at))
		s.accepted.Store(clock + 1)
	}
}

package load

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"grimoire/loadgen/internal/yjs"
)

// school is all the classes of a run.
type school struct {
	spec    Spec
	target  Target
	network *network
	classes []*class
}

const (
	dialing     = 64 // connections being opened at once
	syncTimeout = 60 * time.Second
)

// openSchool connects every student of the spec, to the target's rooms from
// firstRoom on, and waits until all are synced.
func openSchool(ctx context.Context, spec Spec, target Target, firstRoom int) (*school, error) {
	s := &school{spec: spec, target: target, network: newNetwork()}
	epoch, id := time.Now(), uint64(rand.Uint32()>>1)
	messages := 2*int((spec.Rate+spec.Cursors)*spec.Seconds) + 64
	for r, room := range target.rooms(firstRoom, spec.Rooms) {
		c := &class{
			room:      room,
			root:      target.Root,
			firstSeat: (firstRoom + r) * spec.Clients,
			firstID:   id + uint64(r*spec.Clients),
			epoch:     epoch,
			students:  make([]*student, spec.Clients),
		}
		for i := range c.students {
			c.students[i] = newStudent(c, i, messages)
		}
		s.classes = append(s.classes, c)
	}
	err := s.inParallel(dialing, func(st *student) error {
		ctx, cancel := context.WithTimeout(ctx, syncTimeout)
		defer cancel()
		var err error
		if st.client, err = s.network.dial(ctx, target, st.seat(), st); err != nil {
			return err
		}
		return st.waitSynced(ctx)
	})
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// inParallel runs step for each student, at most limit at a time, and returns
// the first error.
func (s *school) inParallel(limit int, step func(*student) error) error {
	var (
		group sync.WaitGroup
		once  sync.Once
		first error
		slots = make(chan struct{}, limit)
	)
	for _, c := range s.classes {
		for _, st := range c.students {
			slots <- struct{}{}
			group.Go(func() {
				defer func() { <-slots }()
				if err := step(st); err != nil {
					once.Do(func() { first = err })
				}
			})
		}
	}
	group.Wait()
	return first
}

// work lets every student type or move its cursor for the time of the spec, or
// until ctx ends.
func (s *school) work(ctx context.Context) error {
	end := time.Now().Add(s.spec.duration())
	return s.inParallel(s.size(), func(st *student) error {
		if st.id-st.class.firstID < uint64(s.spec.writers()) {
			return st.work(ctx, s.spec.Rate, end, func() error {
				if err := st.edit(); err != nil || s.spec.Cursors == 0 {
					return err
				}
				return st.moveCursor()
			})
		}
		if s.spec.Cursors == 0 {
			return nil
		}
		return st.work(ctx, s.spec.Cursors, end, st.moveCursor)
	})
}

// awaitDelivery waits until every edit reached every classmate and is durable
// where the server says so, or the limit.
func (s *school) awaitDelivery(ctx context.Context, limit time.Duration) error {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
		if s.delivered() >= s.expected() && s.unsaved() == 0 {
			return nil
		}
		if err := wait(ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// lost returns an error if connections ended that nobody closed.
func (s *school) lost() error {
	n, first := 0, error(nil)
	for _, c := range s.classes {
		for _, st := range c.students {
			if err := st.lost(); err != nil {
				n, first = n+1, err
			}
		}
	}
	if n > 0 {
		return fmt.Errorf("load: %d of %d connections ended: %w", n, s.size(), first)
	}
	return nil
}

// freshVector joins as a newcomer and returns the server's state of the room.
func (n *network) freshVector(ctx context.Context, t Target, at seat) (yjs.StateVector, error) {
	ctx, cancel := context.WithTimeout(ctx, syncTimeout)
	defer cancel()
	c, err := n.dial(ctx, t, at, ignore{})
	if err != nil {
		return nil, err
	}
	defer c.close()
	if err := c.waitSynced(ctx); err != nil {
		return nil, err
	}
	return c.serverVector(ctx)
}

// awaitFirstSaved waits until the server has called something durable, if it ever
// does that, so that its end can show whether it kept its word.
func (s *school) awaitFirstSaved(ctx context.Context, limit time.Duration) error {
	for deadline := time.Now().Add(limit); s.unsaved() == s.sent() && s.target.Framing.Saves() && time.Now().Before(deadline); {
		if err := wait(ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func (s *school) size() int { return s.spec.Rooms * s.spec.Clients }

// sent returns how many edits were written.
func (s *school) sent() (n uint64) {
	for _, c := range s.classes {
		for _, st := range c.students {
			n += st.edits.next.Load()
		}
	}
	return n
}

// expected returns how many deliveries the edits written so far must cause.
func (s *school) expected() uint64 { return s.sent() * uint64(s.spec.Clients-1) }

// delivered returns how many of them happened.
func (s *school) delivered() (n uint64) {
	for _, c := range s.classes {
		for _, st := range c.students {
			n += st.delivered.Load()
		}
	}
	return n
}

// messages returns how many edits and cursor messages have arrived.
func (s *school) messages() (n uint64) {
	for _, c := range s.classes {
		for _, st := range c.students {
			n += st.delivered.Load() + st.cursorsGot.Load()
		}
	}
	return n
}

// unsaved returns how many edits the server has not called durable, where its
// protocol lets it.
func (s *school) unsaved() (n uint64) {
	if !s.target.Framing.Saves() {
		return 0
	}
	for _, c := range s.classes {
		for _, st := range c.students {
			n += st.edits.next.Load() - st.accepted.Load()
		}
	}
	return n
}

// close ends every connection.
func (s *school) close() {
	for _, c := range s.classes {
		for _, st := range c.students {
			if st.client != nil {
				st.close()
			}
		}
	}
}

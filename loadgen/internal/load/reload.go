package load

import (
	"context"
	"syscall"
	"time"

	"grimoire/loadgen/internal/yjs"
)

// reload ends the server in the middle of the work, starts it again, and counts
// which of the edits that classmates had already seen are gone.
func (r *Run) reload(ctx context.Context) (Result, error) {
	result := Result{Spec: r.Spec}
	if r.Server == nil {
		return result, errNotOurs
	}
	longer := r.Spec
	longer.Seconds *= 2 // the students are still working when the server ends
	s, err := openSchool(ctx, longer, r.Target, 0)
	if err != nil {
		return result, err
	}
	defer s.close()
	working := make(chan struct{})
	go func() {
		defer close(working)
		_ = s.work(ctx) // the end of the server ends the work: that is no failure
	}()
	if err := wait(ctx, r.Spec.duration()); err != nil {
		return result, err
	}
	if err := s.awaitFirstSaved(ctx, r.Drain); err != nil {
		return result, err
	}

	signal := syscall.SIGKILL
	if r.Spec.Signal == "TERM" {
		signal = syscall.SIGTERM
	}
	ended := time.Now()
	r.Server.Kill(signal)
	s.close()
	<-working
	result.collect(s)

	if err := r.Server.Restart(ctx); err != nil {
		return result, err
	}
	result.Durability, err = s.survey(ctx, ended)
	return result, err
}

// survey joins every room after the restart and compares what is there with
// what the students had seen before it.
func (s *school) survey(ctx context.Context, ended time.Time) (*Durability, error) {
	d := &Durability{}
	oldest := ended
	for _, c := range s.classes {
		vector, joins, err := s.stableVector(ctx, c.seat(0))
		if err != nil {
			return d, err
		}
		d.Joins = max(d.Joins, joins)
		for _, st := range c.students {
			seen, accepted, kept := c.seen(st), st.accepted.Load(), vector[st.id]
			d.Seen += seen
			d.Accepted += accepted
			if accepted > kept {
				d.AcceptedLost += accepted - kept
			}
			if seen > kept {
				d.Lost += seen - kept
				written := c.epoch.Add(time.Duration(st.edits.at[kept].Load()))
				if written.Before(oldest) {
					oldest = written
				}
			}
		}
	}
	d.LostSeconds = ended.Sub(oldest).Seconds()
	return d, nil
}

// seen returns how many edits of the student at least one classmate has.
func (c *class) seen(of *student) (n uint64) {
	for _, st := range c.students {
		n = max(n, st.seenEdits[of.id-c.firstID])
	}
	return n
}

// stableVector joins until two answers in a row agree, since some servers
// answer newcomers before they have loaded the document. One newcomer stays, so
// that the server has no reason to unload what it is loading.
func (s *school) stableVector(ctx context.Context, at seat) (last yjs.StateVector, joins int, err error) {
	sitter, err := s.network.dial(ctx, s.target, at, ignore{})
	if err != nil {
		return nil, 0, err
	}
	defer sitter.close()
	for joins = 1; joins <= 10; joins++ {
		vector, err := s.network.freshVector(ctx, s.target, at)
		if err != nil {
			return nil, joins, err
		}
		if joins > 1 && total(vector) == total(last) {
			break
		}
		last = vector
		if err := wait(ctx, 300*time.Millisecond); err != nil {
			return nil, joins, err
		}
	}
	return last, joins, nil
}

func total(vector yjs.StateVector) (n uint64) {
	for _, clock := range vector {
		n += clock
	}
	return n
}

package load

import (
	"context"
	"time"
)

// classroom lets every class work, then checks that nothing was lost.
func (r *Run) classroom(ctx context.Context) (Result, error) {
	result := Result{Spec: r.Spec}
	s, err := openSchool(ctx, r.Spec, r.Target, 0)
	if err != nil {
		return result, err
	}
	defer s.close()
	if r.Spec.Cursors > 0 {
		if err := s.inParallel(dialing, (*student).moveCursor); err != nil {
			return result, err
		}
		if err := wait(ctx, time.Second); err != nil { // let the first cursors reach everyone
			return result, err
		}
	}
	before := s.messages()
	m, err := r.startMeter()
	if err != nil {
		return result, err
	}
	if err := s.work(ctx); err != nil {
		return result, err
	}
	if err := s.awaitDelivery(ctx, r.Drain); err != nil {
		return result, err
	}
	if err := m.stop(&result, s.messages()-before); err != nil {
		return result, err
	}
	if err := s.lost(); err != nil {
		return result, err
	}
	if !r.Target.Relay {
		if result.Missing, err = s.missing(ctx); err != nil {
			return result, err
		}
	}
	s.close()
	result.collect(s)
	return result, nil
}

// missing joins every room afresh and counts the edits that the server's
// document does not hold.
func (s *school) missing(ctx context.Context) (n uint64, err error) {
	for _, c := range s.classes {
		vector, err := s.network.freshVector(ctx, s.target, c.seat(0))
		if err != nil {
			return n, err
		}
		for _, st := range c.students {
			if sent := st.edits.next.Load(); sent > vector[st.id] {
				n += sent - vector[st.id]
			}
		}
	}
	return n, nil
}

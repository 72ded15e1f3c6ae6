package load

import "context"

// idle opens the connections and leaves them alone, to see what each costs.
func (r *Run) idle(ctx context.Context) (Result, error) {
	result := Result{Spec: r.Spec}
	one := r.Spec
	one.Rooms, one.Clients = 1, 1
	first, err := openSchool(ctx, one, r.Target, 0) // so that the server is warm
	if err != nil {
		return result, err
	}
	defer first.close()
	if err := wait(ctx, r.Settle); err != nil {
		return result, err
	}

	m, err := r.startMeter()
	if err != nil {
		return result, err
	}
	s, err := openSchool(ctx, r.Spec, r.Target, one.Rooms)
	if err != nil {
		return result, err
	}
	defer s.close()
	if err := wait(ctx, r.Settle); err != nil {
		return result, err
	}
	if err := m.stop(&result, 0); err != nil {
		return result, err
	}
	if err := s.lost(); err != nil {
		return result, err
	}
	result.RSSPer = float64(result.RSSAfter-result.RSSBefore) / float64(s.size())
	s.close()
	result.collect(s)
	return result, nil
}

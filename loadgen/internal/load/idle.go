package load

import (
	"context"
	"time"
)

// idle opens the connections and leaves them alone, and then as many again in other rooms. What each costs
// is what the second half adds: what a server takes once, and what it lets go of after its start, is over.
func (r *Run) idle(ctx context.Context) (Result, error) {
	result := Result{Spec: r.Spec}
	if r.Spec.Cold {
		if err := r.restart(ctx, 0); err != nil {
			return result, err
		}
	}
	first, err := openSchool(ctx, r.Spec, r.Target, 0)
	if err != nil {
		return result, err
	}
	defer first.close()
	before, err := r.leastRSS(ctx)
	if err != nil {
		return result, err
	}

	m, err := r.startMeter()
	if err != nil {
		return result, err
	}
	result.RSSWhole = m.server.RSS
	second, err := openSchool(ctx, r.Spec, r.Target, r.Spec.Rooms)
	if err != nil {
		return result, err
	}
	defer second.close()
	after, err := r.leastRSS(ctx)
	if err != nil {
		return result, err
	}
	if err := m.stop(&result, 0); err != nil {
		return result, err
	}
	for _, s := range []*school{first, second} {
		if err := s.lost(); err != nil {
			return result, err
		}
	}
	result.RSSBefore, result.RSSAfter = before, after
	result.RSSPer = float64(after-before) / float64(second.size())
	second.close()
	result.collect(second)
	return result, nil
}

const (
	rssPause = 100 * time.Millisecond // between two looks at the server's memory
	rssStep  = 128 << 10              // bytes by which it must shrink to be waited for again
	rssLimit = time.Minute            // for a server whose memory does not cease to shrink
)

// leastRSS returns the least memory of the server, once that has not become less for twice Settle. Where
// garbage is collected memory rises and falls: right after a collection it is what the server needs.
func (r *Run) leastRSS(ctx context.Context) (int64, error) {
	return least(ctx, 2*r.Settle, func() (int64, error) {
		u, err := r.usage()
		return u.RSS, err
	})
}

// least reads until quiet has passed without a value below the least, or rssLimit has passed.
func least(ctx context.Context, quiet time.Duration, read func() (int64, error)) (int64, error) {
	var found int64
	var since time.Time
	for began := time.Now(); ; {
		value, err := read()
		if err != nil {
			return 0, err
		}
		now := time.Now()
		if since.IsZero() || value < found-rssStep {
			found, since = value, now
		}
		if now.Sub(since) >= quiet || now.Sub(began) >= rssLimit {
			return found, nil
		}
		if err := wait(ctx, rssPause); err != nil {
			return 0, err
		}
	}
}

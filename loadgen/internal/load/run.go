package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"grimoire/loadgen/internal/process"
)

// Run is one run against one server.
type Run struct {
	Spec   Spec
	Target Target
	PID    int             // of the server; 0: nothing is known of its cost
	Server *process.Server // if this program started it; it takes the place of PID
	Settle time.Duration   // before memory is read, so that the server can tidy up; 0: 3 s
	Drain  time.Duration   // that the last deliveries may take when the work is over; 0: 10 s
	Late   time.Duration   // the 99th percentile beyond which a server has fallen behind; 0: 250 ms
}

const (
	defaultSettle = 3 * time.Second
	defaultDrain  = 10 * time.Second
	defaultLate   = 250 * time.Millisecond
)

var errNotOurs = errors.New("load: this mode restarts the server, so a suite must have started it")

// Do performs the run. It stops early once ctx ends.
func (r *Run) Do(ctx context.Context) (Result, error) {
	r.Settle, r.Drain, r.Late = cmp.Or(r.Settle, defaultSettle), cmp.Or(r.Drain, defaultDrain), cmp.Or(r.Late, defaultLate)
	if r.Spec.Mode.needsDocument() {
		r.Spec.Document = cmp.Or(r.Target.Document, r.Spec.Document)
	}
	if err := errors.Join(r.Spec.Check(), r.Target.Check(r.Spec.RoomsNeeded())); err != nil {
		return Result{}, err
	}
	switch r.Spec.Mode {
	case Idle:
		return r.idle(ctx)
	case JoinStorm:
		return r.joinStorm(ctx)
	case Stalled:
		return r.stalled(ctx)
	case Reload:
		return r.reload(ctx)
	case Capacity:
		return r.capacity(ctx)
	default:
		return r.classroom(ctx)
	}
}

// usage returns what the server has used, or zeros if nobody knows which
// process it is.
func (r *Run) usage() (process.Usage, error) {
	pid := r.PID
	if r.Server != nil {
		pid = r.Server.PID()
	}
	if pid == 0 {
		return process.Usage{}, nil
	}
	u, err := process.Read(pid)
	if err != nil {
		return u, fmt.Errorf("load: usage of the server: %w", err)
	}
	return u, nil
}

// meter measures a stretch of a run.
type meter struct {
	run            *Run
	began          time.Time
	server, itself process.Usage
}

func (r *Run) startMeter() (meter, error) {
	itself, err := process.Read(os.Getpid())
	server, err2 := r.usage()
	return meter{r, time.Now(), server, itself}, errors.Join(err, err2)
}

// stop notes the cost of the stretch, which delivered so many messages.
func (m meter) stop(result *Result, deliveries uint64) error {
	elapsed := time.Since(m.began).Seconds()
	server, err := m.run.usage()
	if err != nil {
		return err
	}
	itself, err := process.Read(os.Getpid())
	if err != nil {
		return err
	}
	result.ServerCPU = (server.CPU - m.server.CPU).Seconds()
	result.LoadCPU = (itself.CPU - m.itself.CPU).Seconds()
	result.RSSBefore, result.RSSAfter = m.server.RSS, server.RSS
	if deliveries > 0 {
		result.Cores = result.ServerCPU / elapsed
		result.PerSecond = float64(deliveries) / elapsed
		result.MicrosPer = result.ServerCPU * 1e6 / float64(deliveries)
		if result.ServerCPU > 0 {
			result.PerCPU = float64(deliveries) / result.ServerCPU
		}
	}
	return nil
}

// wait returns after d, or with an error once ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

package load

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"grimoire/loadgen/internal/histogram"
)

// joinStorm puts a large document on the server and lets a whole class open it
// at the same moment.
func (r *Run) joinStorm(ctx context.Context) (Result, error) {
	result := Result{Spec: r.Spec}
	room, err := r.seed(ctx, &result)
	if err != nil {
		return result, err
	}
	defer room.author.close()
	if r.Spec.Cold {
		room.author.close()
		if err := r.restart(ctx, 2*r.Settle); err != nil {
			return result, err
		}
	}

	m, err := r.startMeter()
	if err != nil {
		return result, err
	}
	storm := newNetwork() // counts bytes from zero, but knows what the room holds
	storm.frames = room.network.frames
	arrivals := make([]*arrival, r.Spec.Clients)
	var group sync.WaitGroup
	for i := range arrivals {
		arrivals[i] = &arrival{whole: room.whole, done: make(chan struct{})}
		group.Go(func() { arrivals[i].join(ctx, storm, r.Target, seat{room.name, i}) })
	}
	group.Wait()
	if err := m.stop(&result, 0); err != nil {
		return result, err
	}
	return result, result.collectArrivals(storm, arrivals)
}

// seededRoom is a room with a large document, in which its author still sits.
type seededRoom struct {
	name    string
	whole   *wholeness
	network *network
	author  *client
}

// seed writes the run's document into a room and waits until newcomers get it all.
func (r *Run) seed(ctx context.Context, result *Result) (*seededRoom, error) {
	document, err := os.ReadFile(r.Spec.Document)
	if err != nil {
		return nil, fmt.Errorf("load: the document: %w", err)
	}
	result.DocumentSize = len(document)
	room := &seededRoom{name: r.Target.rooms(0, 1)[0], network: newNetwork()}
	if room.whole, err = newWholeness(document); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, syncTimeout)
	defer cancel()
	at := seat{room.name, 0}
	if room.author, err = room.network.dial(ctx, r.Target, at, ignore{}); err != nil {
		return nil, err
	}
	if err := room.write(ctx, r.Target, document, at); err != nil {
		room.author.close()
		return nil, err
	}
	return room, nil
}

// write has the author write the document.
func (s *seededRoom) write(ctx context.Context, t Target, document []byte, at seat) error {
	if err := s.author.waitSynced(ctx); err != nil {
		return err
	}
	if err := s.author.write(t.Framing.AppendUpdate(nil, s.name, document)); err != nil {
		return err
	}
	for {
		vector, err := s.network.freshVector(ctx, t, at)
		if err != nil {
			return err
		}
		if s.whole.coveredBy(vector) {
			return nil
		}
		if wait(ctx, 100*time.Millisecond) != nil {
			return errors.New("load: the server did not take the document")
		}
	}
}

// restart ends the server in good order, after the pause, and starts it again.
func (r *Run) restart(ctx context.Context, pause time.Duration) error {
	if r.Server == nil {
		return errNotOurs
	}
	if err := wait(ctx, pause); err != nil {
		return err
	}
	r.Server.Stop()
	return r.Server.Restart(ctx)
}

// arrival is one student of the storm.
type arrival struct {
	ignore
	whole     *wholeness
	client    *client
	began     time.Time
	completed time.Duration // from began to the whole document, once done is closed
	done      chan struct{}
	err       error
}

// join opens the document and returns once it is whole.
func (a *arrival) join(ctx context.Context, n *network, t Target, at seat) {
	ctx, cancel := context.WithTimeout(ctx, syncTimeout)
	defer cancel()
	a.began = time.Now()
	if a.client, a.err = n.dial(ctx, t, at, a); a.err != nil {
		return
	}
	select {
	case <-a.done:
	case <-a.client.ended:
		a.err = a.client.err
	case <-ctx.Done():
		a.err = ctx.Err()
	}
}

// Content checks whether the document is whole.
func (a *arrival) Content(update []byte, at time.Time) error {
	if a.completed > 0 {
		return nil
	}
	whole, err := a.whole.holds(update)
	if whole {
		a.completed = at.Sub(a.began)
		close(a.done)
	}
	return err
}

func (r *Result) collectArrivals(n *network, arrivals []*arrival) error {
	var connect, complete histogram.Histogram
	failed, first := 0, error(nil)
	for _, a := range arrivals {
		if a.client != nil {
			a.client.close()
		}
		if a.err != nil {
			failed, first = failed+1, a.err
			continue
		}
		connect.Add(a.client.connected)
		complete.Add(a.completed)
	}
	r.Connect, r.Sync = summarize(&connect), summarize(&complete)
	r.StormSeconds = r.Sync.Max / 1000
	r.countBytes(n)
	if failed > 0 {
		return fmt.Errorf("load: %d of %d students did not get the document: %w", failed, len(arrivals), first)
	}
	return nil
}

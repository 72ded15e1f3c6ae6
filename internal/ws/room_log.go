package ws

import (
	"context"
	"errors"
	"slices"
	"time"

	"grimoire/internal/crdt/protocol"
)

// waiter is who wants to know that the rows up to a position are on disk.
type waiter struct {
	position int64 // in the rows submitted
	conn     *conn // to be told that its frames up to frame are saved; or
	frame    uint64
	since    time.Time   // when that frame was read
	done     func(error) // to be called; the error says why it never will be
}

// hold takes bytes of the budgets for what has been received and is not on disk yet. It waits for
// earlier frames a while, unless over is closed, and reports false if that was not enough.
func (r *room) hold(ctx context.Context, over <-chan struct{}, size int64) bool {
	if r.unsaved.TryAcquire(size) {
		if r.hub.unsaved.TryAcquire(size) {
			r.hub.metrics.unsaved.Add(float64(size))
			return true
		}
		r.unsaved.Release(size)
	}
	r.hub.metrics.heldBack.Inc()
	ctx, cancel := context.WithTimeout(ctx, unsavedWait)
	defer cancel()
	go func() {
		select {
		case <-over:
			cancel()
		case <-ctx.Done():
		}
	}()
	if r.unsaved.Acquire(ctx, size) != nil {
		return false
	}
	if r.hub.unsaved.Acquire(ctx, size) != nil {
		r.unsaved.Release(size)
		return false
	}
	r.hub.metrics.unsaved.Add(float64(size))
	return true
}

// release gives bytes back.
func (r *room) release(size int64) {
	r.hub.metrics.unsaved.Sub(float64(size))
	r.unsaved.Release(size)
	r.hub.unsaved.Release(size)
}

// log hands a row to the committer, with the bytes of the budgets to give back when it is on disk.
func (r *room) log(row Row, size int64) {
	r.submitted++
	r.held = append(r.held, size)
	r.sinceBytes += len(row.Bytes)
	r.hub.committer.submit(entry{room: r, generation: r.stored.Generation, row: row})
}

// acknowledge sends Saved for the newest frame of the conn once everything submitted so far is on
// disk. That is the row of this very frame or, if it repeated what the Doc has, the rows it may
// have repeated.
func (r *room) acknowledge(c *conn) {
	if !c.grimoire || c.owes {
		return
	}
	if r.settled == r.submitted {
		c.send(r.saved(c.frames))
		return
	}
	r.waiting = append(r.waiting, waiter{position: r.submitted, conn: c, frame: c.frames, since: c.came})
}

// await calls done once everything submitted so far is on disk.
func (r *room) await(done func(error)) {
	if r.settled == r.submitted {
		done(nil)
		return
	}
	r.waiting = append(r.waiting, waiter{position: r.submitted, done: done})
}

func (r *room) saved(frames uint64) frame {
	return newFrame(protocol.Saved{
		Generation: uint64(r.stored.Generation), Epoch: r.stored.Epoch, Frames: frames,
	})
}

// settle forgets the next rows, which the committer is done with, and does what follows.
func (r *room) settle(s settlement) {
	for _, size := range r.held[:s.rows] {
		r.release(size)
	}
	r.held = slices.Delete(r.held, 0, s.rows)
	r.settled += int64(s.rows)
	switch {
	case s.err != nil:
		r.rejected(s.err)
	case s.head == Fenced:
		r.fenced()
	default:
		r.stored.Head = s.head
		r.tell()
	}
}

// rejected gives the room up because the log will never take its last rows. Whoever wrote them still has
// them, and is not told that they are saved.
func (r *room) rejected(err error) {
	if !r.fence {
		r.fence = true
		r.giveUp(err)
		r.endAll(byeRejected)
	}
}

// tell answers everybody whose rows are settled: each conn once, with its highest frame.
func (r *room) tell() {
	n := 0
	for n < len(r.waiting) && r.waiting[n].position <= r.settled {
		n++
	}
	due := r.waiting[:n]
	r.waiting = r.waiting[n:]

	saved := make(map[*conn]uint64)
	now := time.Now()
	for _, w := range due {
		if w.conn != nil {
			saved[w.conn] = w.frame
			r.hub.metrics.saved.Observe(now.Sub(w.since).Seconds())
		}
	}
	for c, frames := range saved {
		c.send(r.saved(frames))
	}
	for _, w := range due {
		if w.done != nil {
			w.done(nil)
		}
	}
}

// fenced gives the room up because its generation has ended: whatever is not on disk never will be.
// The clients are told which generation there is now.
func (r *room) fenced() {
	if r.fence {
		return
	}
	r.fence = true
	r.giveUp(ErrFenced)
	r.hub.background(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, loadTime)
		defer cancel()
		stored, err := r.hub.options.Log.Load(ctx, r.id)
		r.inbox.post(func() { r.sayReset(stored.Generation, err) })
	})
}

func (r *room) sayReset(generation int64, err error) {
	switch {
	case errors.Is(err, ErrNotFound):
		r.endAll(byeNotFound)
	case err != nil:
		r.endAll(byeUnavailable)
	default:
		r.tellGrimoire(protocol.Reset{Generation: uint64(generation)})
		r.endAll(byeReset)
	}
}

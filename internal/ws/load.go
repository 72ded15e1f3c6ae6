package ws

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"grimoire/internal/crdt"
)

// loadTime is how long the log has to produce a conversation.
const loadTime = 30 * time.Second

// errPanic hides what went wrong inside the engine; the log of the process has it.
var errPanic = errors.New("internal error")

// open builds the Doc of what is stored. A damaged row is an error, never a Doc without it.
func open(stored Stored) (doc *crdt.Doc, err error) {
	defer func() {
		if v := recover(); v != nil {
			doc, err = nil, fmt.Errorf("%w: %v\n%s", errPanic, v, debug.Stack())
		}
	}()
	doc = crdt.New(crdt.Options{})
	if len(stored.State) > 0 {
		if err := doc.Apply(stored.State, nil); err != nil {
			return nil, fmt.Errorf("apply the snapshot at %d: %w", stored.Snapshot, err)
		}
	}
	for i, update := range stored.Updates {
		if err := doc.Apply(update, nil); err != nil {
			return nil, fmt.Errorf("apply row %d: %w", stored.Snapshot+1+int64(i), err)
		}
	}
	return doc, nil
}

// load brings the conversation into memory, before anybody is answered. It reports whether it
// could; who waits for loaded finds the reason in loadErr.
func (r *room) load(ctx context.Context) bool {
	defer close(r.loaded)
	if r.loadErr = r.fetch(ctx); r.loadErr != nil {
		r.hub.disown(r)
		return false
	}
	r.state = live
	return true
}

// fetch makes doc what the log says.
func (r *room) fetch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	stored, err := r.hub.options.Log.Load(ctx, r.id)
	if err != nil {
		return fmt.Errorf("load conversation %s: %w", r.id, err)
	}
	doc, err := open(stored)
	if err != nil {
		return fmt.Errorf("load conversation %s: %w", r.id, err)
	}
	doc.OnUpdate(func(update []byte, _ any) { r.emitted = append(r.emitted, update) })
	r.sinceBytes = 0
	for _, update := range stored.Updates {
		r.sinceBytes += len(update)
	}
	stored.State, stored.Updates = nil, nil
	r.doc, r.stored, r.joins = doc, stored, joinFrame{}
	return nil
}

// guard calls do and reports whether it came back. If it panicked, nobody knows what it left of
// the Doc: run will load it anew.
func (r *room) guard(do func()) (ok bool) {
	defer func() {
		if v := recover(); v != nil {
			ok, r.broken = false, true
			r.hub.metrics.panics.Inc()
			r.hub.logger.Error("panic in a room", "conversation", r.id, "panic", v, "stack", string(debug.Stack()))
		}
	}()
	do()
	return true
}

// reload replaces a broken Doc by what the log has. Everybody stays: the rows that were accepted
// before are waited for, and what was not accepted the clients still have.
func (r *room) reload(ctx context.Context) {
	for r.settled < r.submitted {
		select {
		case <-r.inbox.wake:
		case <-ctx.Done():
			return
		}
		for _, task := range r.inbox.takeCommits() {
			task()
		}
	}
	signal(r.inbox.wake) // for the tasks that were left
	r.broken = false
	if r.state != live {
		return
	}
	if err := r.fetch(ctx); err != nil {
		r.hub.logger.Error("room given up", "conversation", r.id, "error", err)
		r.giveUp(err)
		r.endAll(byeUnavailable)
	}
}

// knows reports whether an update is a mere repetition of what doc holds.
func knows(doc *crdt.Doc, update []byte) (bool, error) {
	if bytes.Equal(update, doc.Encode(doc.StateVector())) {
		return true, nil // what a client in step answers to a SyncStep1
	}
	trial := crdt.New(crdt.Options{})
	if err := trial.Apply(doc.Encode(nil), nil); err != nil {
		return false, fmt.Errorf("copy the Doc: %w", err)
	}
	news := false
	trial.OnUpdate(func([]byte, any) { news = true })
	if err := trial.Apply(update, nil); err != nil {
		return false, err
	}
	p := trial.Pending()
	return !news && !p.Structs && !p.Deletes, nil
}

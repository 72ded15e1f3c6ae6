package ws

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/crdt"
)

// compactPause is how long a room waits after a compaction before it thinks of the next one.
const compactPause = time.Minute

var errUnlike = errors.New("the new snapshot does not read as what it was made from")

// considerCompaction starts one if many rows have gathered since the snapshot.
func (r *room) considerCompaction() {
	o := r.hub.options
	enough := r.stored.Head-r.stored.Snapshot >= o.CompactRows || r.sinceBytes >= o.CompactBytes
	if !enough || r.compacting || r.state != live || time.Now().Before(r.compactAt) {
		return
	}
	r.compacting = true
	r.hub.background(func(ctx context.Context) {
		to, err := r.hub.compact(ctx, r.id)
		r.inbox.post(func() { r.compacted(to, err) })
	})
}

func (r *room) compacted(to int64, err error) {
	r.compacting = false
	r.compactAt = time.Now().Add(compactPause)
	if err == nil && to > r.stored.Snapshot {
		r.stored.Snapshot, r.sinceBytes = to, 0
	}
}

// compactLast leaves a short log behind when the room goes.
func (r *room) compactLast() {
	if !r.fence && r.stored.Head > r.stored.Snapshot {
		r.hub.background(func(ctx context.Context) { r.hub.compact(ctx, r.id) }) // it reports itself
	}
}

// compact replaces a conversation's snapshot by one that holds all its rows, and returns the row
// up to which it reaches. It never looks at a live Doc: the snapshot is made from what is stored,
// in a fresh engine, and read back before it counts. At most one runs at a time.
func (h *Hub) compact(ctx context.Context, conversation uuid.UUID) (to int64, err error) {
	select {
	case h.compacting <- struct{}{}:
		defer func() { <-h.compacting }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	defer func() {
		if err != nil {
			h.metrics.compactFail.Inc()
			h.logger.Error("compaction given up", "conversation", conversation, "error", err)
		}
	}()
	stored, err := h.options.Log.Load(ctx, conversation)
	if err != nil {
		return 0, fmt.Errorf("load: %w", err)
	}
	if len(stored.Updates) == 0 {
		return stored.Snapshot, nil
	}
	state, err := snapshot(stored)
	if err != nil {
		return 0, err
	}
	done, err := h.options.Log.Compact(ctx, Compaction{
		Conversation: conversation, Generation: stored.Generation,
		From: stored.Snapshot, To: stored.Head, State: state,
	})
	if err != nil {
		return 0, fmt.Errorf("write snapshot: %w", err)
	}
	if !done { // somebody else was first, or the generation has ended
		return 0, nil
	}
	h.metrics.compactions.Inc()
	return stored.Head, nil
}

// snapshot merges what is stored into one update, and makes sure that it reads as the same Doc.
func snapshot(stored Stored) ([]byte, error) {
	doc, err := open(stored)
	if err != nil {
		return nil, err
	}
	state := doc.Encode(nil)
	again, err := open(Stored{Snapshot: stored.Head, State: state})
	if err != nil {
		return nil, err
	}
	if err := alike(doc, again); err != nil {
		return nil, err
	}
	return state, nil
}

// alike compares two Docs: state vector, delete set, and what is pending.
func alike(a, b *crdt.Doc) error {
	va, vb := a.StateVector(), b.StateVector()
	switch {
	case !maps.Equal(va, vb):
		return fmt.Errorf("%w: state vector", errUnlike)
	case !bytes.Equal(a.Encode(va), b.Encode(vb)): // no structs, but the whole delete set
		return fmt.Errorf("%w: delete set", errUnlike)
	case a.Pending().Structs != b.Pending().Structs || a.Pending().Deletes != b.Pending().Deletes:
		return fmt.Errorf("%w: pending content", errUnlike)
	}
	return nil
}

package ws

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
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
	enough := r.stored.Head-r.stored.Snapshot >= o.CompactRows || r.sinceBytes >= o.CompactBytes || r.stored.Fallback
	if !enough || r.damaged() || r.compacting || r.state != live || time.Now().Before(r.compactAt) {
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
		r.stored.Snapshot, r.sinceBytes, r.stored.Fallback = to, 0, false
	}
}

// compactLast leaves a short log behind when the room goes.
func (r *room) compactLast() {
	if r.stored.Head > r.stored.Snapshot && !r.damaged() {
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
	doc, stored, err := h.read(ctx, conversation)
	switch {
	case err != nil:
		return 0, fmt.Errorf("load: %w", err)
	case len(stored.Damaged) > 0:
		return 0, fmt.Errorf("row %d: %w", stored.Damaged[0].Seq, ErrQuarantined)
	case stored.Snapshot == stored.Head && !stored.Fallback:
		return stored.Snapshot, nil
	}
	done, err := h.replaceSnapshot(ctx, conversation, doc, stored)
	if err != nil {
		return 0, err
	}
	if !done { // somebody else was first, or the generation has ended
		return 0, nil
	}
	h.metrics.compactions.Inc()
	return stored.Head, nil
}

// replaceSnapshot stores doc, which was built from stored, in place of the snapshot there. It reports
// false if somebody else was first.
func (h *Hub) replaceSnapshot(ctx context.Context, conversation uuid.UUID, doc *crdt.Doc, stored Stored) (bool, error) {
	state, err := snapshot(doc)
	if err != nil {
		return false, err
	}
	done, err := h.options.Log.Compact(ctx, Compaction{
		Conversation: conversation, Generation: stored.Generation, From: stored.From, To: stored.Head,
		State: state, KeepPrevious: stored.Fallback,
	})
	if err != nil {
		return false, fmt.Errorf("write snapshot: %w", err)
	}
	return done, nil
}

// snapshot encodes a Doc, and makes sure that this reads as the same Doc.
func snapshot(doc *crdt.Doc) ([]byte, error) {
	state := doc.Encode(nil)
	again, err := open(Stored{State: state})
	if err != nil {
		return nil, err
	}
	if err := alike(doc, again); err != nil {
		return nil, err
	}
	return state, nil
}

// alike compares two Docs: state vector, delete set, what is pending, and all content.
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
	sa, sb := a.Encode(nil), b.Encode(nil)
	if bytes.Equal(sa, sb) {
		return nil
	}
	// Yjs does not always merge neighbours, so that equal Docs may be written in other pieces.
	ca, err := content(sa)
	if err != nil {
		return err
	}
	cb, err := content(sb)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(ca, cb) {
		return fmt.Errorf("%w: content", errUnlike)
	}
	return nil
}

// piece is a run of content by one client, as long as it goes on in the same way.
type piece struct {
	crdt.ID
	length uint64
	kind   crdt.Kind
	format string
	path   []crdt.Step
	values []any
}

// content reads all that a state holds, in the order of clients and clocks, joined where it can be.
func content(state []byte) ([]piece, error) {
	inspection, err := crdt.New(crdt.Options{}).Inspect(state)
	if err != nil {
		return nil, fmt.Errorf("inspect the state: %w", err)
	}
	var pieces []piece
	for _, item := range inspection.Items {
		next := piece{ID: item.ID, length: item.Length, kind: item.Kind, format: item.Format(), values: item.Values()}
		if item.Place != nil {
			next.path = append([]crdt.Step{{Key: item.Place.Root}}, item.Place.Path()...)
		}
		if n := len(pieces); n == 0 || !pieces[n-1].join(next) {
			pieces = append(pieces, next)
		}
	}
	return pieces, nil
}

// join appends next to p if it goes on where p ends, in the same place and in the same way.
func (p *piece) join(next piece) bool {
	if p.Client != next.Client || p.Clock+p.length != next.Clock ||
		p.kind != next.kind || p.format != next.format || !slices.Equal(p.path, next.path) {
		return false
	}
	p.length += next.length
	if p.kind == crdt.KindString {
		p.values = []any{p.values[0].(string) + next.values[0].(string)}
	} else {
		p.values = append(p.values, next.values...)
	}
	return true
}

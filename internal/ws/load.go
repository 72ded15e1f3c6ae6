package ws

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/crdt"
)

// loadTime is how long the log has to produce a conversation.
const loadTime = 30 * time.Second

// errPanic hides what went wrong inside the engine; the log of the process has it.
var errPanic = errors.New("internal error")

// rowError is a row that the engine refuses.
type rowError struct {
	index int // in Stored.Updates
	seq   int64
	err   error
}

func (e *rowError) Error() string { return fmt.Sprintf("apply row %d: %v", e.seq, e.err) }
func (e *rowError) Unwrap() error { return e.err }

// stateError is a state that the engine refuses although its checksum is right.
type stateError struct {
	seq int64
	err error
}

func (e *stateError) Error() string { return fmt.Sprintf("apply the snapshot at %d: %v", e.seq, e.err) }
func (e *stateError) Unwrap() error { return e.err }

// open builds the Doc of what is stored. The error is a *rowError or a *stateError, and there is no Doc then.
func open(stored Stored) (doc *crdt.Doc, err error) {
	doc = crdt.New(crdt.Options{})
	if len(stored.State) > 0 {
		if err := applyStored(doc, stored.State); err != nil {
			return nil, &stateError{stored.Snapshot, err}
		}
	}
	for i, update := range stored.Updates {
		if err := applyStored(doc, update); err != nil {
			return nil, &rowError{i, stored.seq(i), err}
		}
	}
	return doc, nil
}

// applyStored turns a panic of the engine into an error. After that doc is in an unknown state.
func applyStored(doc *crdt.Doc, update []byte) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %v\n%s", errPanic, v, debug.Stack())
		}
	}()
	return doc.Apply(update, nil)
}

// seq is that of the row Updates[i].
func (s *Stored) seq(i int) int64 {
	seq := s.Snapshot + 1 + int64(i)
	for _, d := range s.Damaged { // in order
		if d.Seq <= seq {
			seq++
		}
	}
	return seq
}

// setAside moves the row that e is about from Updates to Damaged. Its bytes are those that were received,
// so that a better engine may take them one day.
func (s *Stored) setAside(e *rowError) {
	why, _, _ := strings.Cut(e.err.Error(), "\n")
	d := Damage{Seq: e.seq, Why: "the engine refuses it: " + why, Bytes: s.Updates[e.index]}
	at, _ := slices.BinarySearchFunc(s.Damaged, e.seq, func(d Damage, seq int64) int { return cmp.Compare(d.Seq, seq) })
	s.Damaged = slices.Insert(s.Damaged, at, d)
	s.Updates = slices.Delete(slices.Clone(s.Updates), e.index, e.index+1)
}

// rowsSetAside bounds how often a load starts over; a log with more rows that the engine refuses is
// not damaged by a disk.
const rowsSetAside = 100

// openSound builds the Doc of what can be used of stored, and leaves in stored.Damaged what cannot.
func openSound(stored *Stored) (*crdt.Doc, error) {
	for range rowsSetAside {
		doc, err := open(*stored)
		var refused *rowError
		if !errors.As(err, &refused) {
			return doc, err
		}
		stored.setAside(refused)
	}
	return nil, fmt.Errorf("the engine refuses more than %d rows", rowsSetAside)
}

// read loads a conversation and builds its Doc, from the previous state if it must. It changes nothing;
// stored.Damaged says which rows the Doc lacks.
func (h *Hub) read(ctx context.Context, conversation uuid.UUID) (*crdt.Doc, Stored, error) {
	stored, err := h.options.Log.Load(ctx, conversation)
	if err != nil {
		return nil, Stored{}, err
	}
	doc, err := openSound(&stored)
	var refused *stateError
	if errors.As(err, &refused) && !stored.Fallback {
		previous, instead := h.options.Log.LoadPrevious(ctx, conversation)
		if instead != nil {
			return nil, Stored{}, errors.Join(err, instead)
		}
		stored = previous
		doc, err = openSound(&stored)
	}
	if err != nil {
		return nil, Stored{}, err
	}
	return doc, stored, nil
}

// load brings the conversation into memory, before anybody is answered. It reports whether it
// could; who waits for loaded finds the reason in loadErr.
func (r *room) load(ctx context.Context) bool {
	defer close(r.loaded)
	if r.loadErr = r.fetch(ctx); r.loadErr != nil {
		r.hub.disown(r)
		return false
	}
	r.state, r.liveAt = live, time.Now()
	r.doze(time.Now()) // most rooms are opened to read
	r.hub.metrics.rooms.Inc()
	r.alarm = time.AfterFunc(beatPause, r.wake)
	return true
}

// fetch makes doc what the log says.
func (r *room) fetch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	doc, stored, err := r.hub.read(ctx, r.id)
	if err != nil {
		return fmt.Errorf("load conversation %s: %w", r.id, err)
	}
	if stored.Fallback {
		r.hub.metrics.fallbacks.Inc()
		r.hub.logger.Error("a damaged state was made good by the one before it", "conversation", r.id)
	}
	if len(stored.Damaged) > 0 {
		r.hub.metrics.quarantined.Inc()
		r.hub.logger.Error("opened read-only: rows cannot be used; see 'grimoire conversation recover'",
			"conversation", r.id, "rows", len(stored.Damaged), "first", stored.Damaged[0].Seq, "why", stored.Damaged[0].Why)
		if err := r.hub.options.Log.Quarantine(ctx, r.id, stored.Generation, stored.Damaged); err != nil {
			return fmt.Errorf("load conversation %s: %w", r.id, err)
		}
		r.hub.changes.Add(1) // whoever was let in before it was known is asked about again
	}
	r.sinceBytes = 0
	for _, update := range stored.Updates {
		r.sinceBytes += len(update)
	}
	stored.State, stored.Updates = nil, nil
	r.stored, r.joins, r.digested = stored, joinFrame{}, digest{}
	r.wakeWith(doc)
	return nil
}

// guard calls do and reports whether it came back. If it panicked, nobody knows what it left of
// the Doc: work will load it anew.
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
// before have been waited for, and what was not accepted the clients still have.
func (r *room) reload(ctx context.Context) {
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
	trial.LimitScan(scansNeeded)
	news, before := false, trial.Encode(nil)
	trial.OnUpdate(func([]byte, any) { news = true })
	if err := trial.Apply(update, nil); err != nil {
		return false, err
	}
	return !news && bytes.Equal(before, trial.Encode(nil)), nil // what waits counts too
}

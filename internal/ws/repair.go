package ws

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/crdt"
)

// damaged reports whether rows of the conversation could not be used when it was loaded. Then it is
// shown as far as it goes and nothing is written: what people add would build on a hole.
func (r *room) damaged() bool { return len(r.stored.Damaged) > 0 }

const refusedDamaged = "Part of this conversation is damaged. It can be read, and not changed until whoever runs the server has recovered it."

// permitDamaged accepts only a repetition of what the Doc has. Who has more keeps it, and is asked for
// it when the conversation is loaded again after its recovery.
func (r *room) permitDamaged(update []byte, changes *crdt.Inspection) error {
	if !isNews(changes) {
		return nil
	}
	if len(changes.Missing) > 0 { // it may repeat what waits for something
		if known, err := knows(r.doc(), update); err != nil || known {
			return err
		}
	}
	return &Refusal{Reason: refusedDamaged}
}

// Report is what Verify and Recover found of one conversation.
type Report struct {
	Conversation uuid.UUID
	Generation   int64
	Snapshot     int64 // seq of the last row that the newest usable state holds
	Head         int64 // seq of the last row
	Rows         int   // that the log keeps, those that states hold included
	Faults       []string
	Lost         []Damage // rows whose content is not there
	Readable     bool     // false: no state can be used, only a backup helps
	Waiting      bool     // content is there that builds on what is lost, and shows once somebody brings that back
}

// examination is a Report with what it was made from.
type examination struct {
	Report
	doc     *crdt.Doc // nil if it is not Readable
	stored  Stored
	damaged []Damage // rows that cannot be used, also those that states hold
}

func (e *examination) fault(format string, args ...any) {
	e.Faults = append(e.Faults, fmt.Sprintf(format, args...))
}

// Verify reads everything that is stored of a conversation: every checksum, and what the engine makes of
// it from each of the two states. It changes nothing. What is wrong is in the Report; an error says
// that it could not be told.
func (h *Hub) Verify(ctx context.Context, conversation uuid.UUID) (Report, error) {
	e, err := h.examine(ctx, conversation)
	return e.Report, err
}

func (h *Hub) examine(ctx context.Context, conversation uuid.UUID) (examination, error) {
	e := examination{Report: Report{Conversation: conversation}}
	var err error
	if e.Rows, e.damaged, err = h.options.Log.Scan(ctx, conversation); err != nil {
		return e, fmt.Errorf("verify: %w", err)
	}
	e.doc, e.stored, err = h.read(ctx, conversation)
	if errors.Is(err, ErrNotFound) || ctx.Err() != nil {
		return e, fmt.Errorf("verify: %w", errors.Join(err, ctx.Err()))
	}
	if err != nil {
		e.fault("it cannot be loaded: %v", err)
		return e, nil
	}
	e.Generation, e.Snapshot, e.Head, e.Lost = e.stored.Generation, e.stored.Snapshot, e.stored.Head, e.stored.Damaged
	e.Readable, e.Waiting = true, waiting(e.doc)
	if e.stored.Fallback {
		e.fault("its newest state is damaged; the previous one and %d rows stand in for it", len(e.stored.Updates))
	} else {
		h.verifyPrevious(ctx, &e)
	}
	for _, d := range e.Lost {
		e.fault("row %d: %s", d.Seq, d.Why)
	}
	for _, d := range e.damaged {
		switch {
		case d.Seq <= e.Snapshot:
			e.fault("row %d: %s; its content is in the state", d.Seq, d.Why)
		case d.Seq > e.Head:
			e.fault("row %d: %s", d.Seq, d.Why)
		}
	}
	e.damaged = append(e.damaged, e.Lost...)
	if err := e.doc.Check(); err != nil {
		e.fault("the Doc is broken: %v", err)
	}
	return e, nil
}

func waiting(doc *crdt.Doc) bool { return doc.Pending().Structs || doc.Pending().Deletes }

// verifyPrevious looks whether the previous state would lead to the same Doc.
func (h *Hub) verifyPrevious(ctx context.Context, e *examination) {
	previous, err := h.options.Log.LoadPrevious(ctx, e.Conversation)
	if err != nil {
		e.fault("its previous state cannot stand in: %v", err)
		return
	}
	if previous.From != e.stored.From || previous.Generation != e.Generation {
		return // another state has taken its place meanwhile
	}
	if len(previous.Damaged) > 0 {
		return // faults of their own, unless they were settled
	}
	// People may have typed on since the other was read.
	previous.Updates = previous.Updates[:min(int64(len(previous.Updates)), max(0, e.Head-previous.Snapshot))]
	doc, err := open(previous)
	if err == nil {
		err = alike(e.doc, doc)
	}
	if err != nil {
		e.fault("its previous state and the rows after it read otherwise: %v", err)
	}
}

// Compact replaces the snapshot of a conversation by one that holds all its rows, whether or not enough
// have gathered.
func (h *Hub) Compact(ctx context.Context, conversation uuid.UUID) error {
	_, err := h.compact(ctx, conversation)
	return err
}

// Recover writes a new snapshot from everything that can be used of a damaged conversation, with which
// people may write again, and returns what it had to leave out. Rows in quarantine are tried once more.
// Whoever has it open loads it again, and is asked for what the server lacks: the generation stays, so
// that browsers keep, and bring back, what only they still have. A conversation without damage is left
// alone. With dry, it only says what it would do.
func (h *Hub) Recover(ctx context.Context, conversation uuid.UUID, dry bool) (Report, error) {
	e, err := h.examine(ctx, conversation)
	if err != nil || len(e.Faults) == 0 || !e.Readable {
		return e.Report, err
	}
	e.tryAgain()
	if dry {
		return e.Report, nil
	}
	if err := h.options.Log.Quarantine(ctx, conversation, e.Generation, e.damaged); err != nil {
		return e.Report, fmt.Errorf("recover: %w", err)
	}
	done, err := h.replaceSnapshot(ctx, conversation, e.doc, e.stored)
	if err == nil && !done {
		err = ErrFenced
	}
	if err != nil {
		return e.Report, fmt.Errorf("recover: %w", err)
	}
	h.mu.Lock()
	r := h.rooms[conversation]
	h.mu.Unlock()
	if r != nil {
		r.inbox.post(r.reopen)
	}
	return e.Report, nil
}

// tryAgain gives each lost row whose bytes are known to the engine, which may have become better. The order
// of updates makes no difference to a Doc.
func (e *examination) tryAgain() {
	var lost []Damage
	for _, d := range e.Lost {
		more := e.stored
		more.Updates = append(more.Updates[:len(more.Updates):len(more.Updates)], d.Bytes)
		doc, err := open(more)
		if d.Bytes == nil || err != nil {
			lost = append(lost, d)
			continue
		}
		e.doc, e.stored = doc, more
	}
	e.Lost, e.Waiting = lost, waiting(e.doc)
}

// reopen has everybody load the conversation anew, once what they did is on disk.
func (r *room) reopen() {
	if r.state != live {
		return
	}
	r.state = draining
	r.relay(time.Now())
	r.await(func(error) {
		r.hub.disown(r)
		r.endAll(byeRecovered)
	})
}

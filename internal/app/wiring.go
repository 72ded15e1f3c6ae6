package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"grimoire/internal/auth"
	"grimoire/internal/classroom"
	"grimoire/internal/crdt/protocol"
	"grimoire/internal/models"
	"grimoire/internal/ws"
)

var (
	_ ws.Log            = log{}
	_ ws.Gate           = (*gate)(nil)
	_ classroom.Rooms   = (*ws.Hub)(nil)
	_ classroom.Repairs = repairs{}
)

// log lets the rooms write to the update log: the same words on both sides, in two packages that do
// not know each other.
type log struct{ *models.UpdateLog }

func (l log) Load(ctx context.Context, conversation uuid.UUID) (ws.Stored, error) {
	stored, err := l.UpdateLog.Load(ctx, conversation)
	return storedForRooms(stored), errorForRooms(err)
}

func (l log) LoadPrevious(ctx context.Context, conversation uuid.UUID) (ws.Stored, error) {
	stored, err := l.UpdateLog.LoadPrevious(ctx, conversation)
	return storedForRooms(stored), errorForRooms(err)
}

func storedForRooms(s models.Stored) ws.Stored {
	return ws.Stored{
		Epoch: s.Epoch, Generation: s.Generation, From: s.From, Snapshot: s.Snapshot, Head: s.Head,
		State: s.State, Fallback: s.Fallback, Updates: s.Updates, Damaged: damageForRooms(s.Damaged),
	}
}

func damageForRooms(damaged []models.Damage) []ws.Damage {
	var out []ws.Damage
	for _, d := range damaged {
		out = append(out, ws.Damage(d))
	}
	return out
}

func errorForRooms(err error) error {
	switch {
	case errors.Is(err, models.ErrRejected):
		return fmt.Errorf("%w: %w", ws.ErrRejected, err)
	case errors.Is(err, models.ErrNotFound):
		return ws.ErrNotFound
	}
	return err
}

func (l log) Scan(ctx context.Context, conversation uuid.UUID) (rows int, damaged []ws.Damage, err error) {
	rows, found, err := l.UpdateLog.Scan(ctx, conversation)
	return rows, damageForRooms(found), errorForRooms(err)
}

func (l log) Quarantine(ctx context.Context, conversation uuid.UUID, generation int64, damaged []ws.Damage) error {
	var in []models.Damage
	for _, d := range damaged {
		in = append(in, models.Damage(d))
	}
	return l.UpdateLog.Quarantine(ctx, conversation, generation, in)
}

func (l log) Append(ctx context.Context, batches []ws.Batch) ([]int64, error) {
	out := make([]models.Batch, len(batches))
	for i, b := range batches {
		out[i] = models.Batch{Conversation: b.Conversation, Generation: b.Generation, Rows: make([]models.UpdateRow, len(b.Rows))}
		for j, row := range b.Rows {
			out[i].Rows[j] = models.UpdateRow(row)
		}
	}
	heads, err := l.UpdateLog.Append(ctx, out)
	return heads, errorForRooms(err)
}

func (l log) Compact(ctx context.Context, c ws.Compaction) (bool, error) {
	return l.UpdateLog.Compact(ctx, models.Compaction(c))
}

// gate lets the classroom decide who comes into a room. The hub needs a gate and the classroom needs the
// hub, so the classroom is put in after both exist, before anything is served.
type gate struct{ classroom *classroom.Classroom }

func (g *gate) Enter(ctx context.Context, token string, conversation uuid.UUID) (ws.Pass, error) {
	entry, err := g.classroom.Enter(ctx, auth.Token(token), conversation)
	var refused *classroom.Error
	if errors.As(err, &refused) {
		switch refused.Code {
		case classroom.Unauthenticated:
			return ws.Pass{}, ws.ErrSignIn
		case classroom.Forbidden:
			return ws.Pass{}, ws.ErrForbidden
		case classroom.NotFound:
			return ws.Pass{}, ws.ErrNotFound
		}
	}
	if err != nil {
		return ws.Pass{}, err
	}
	return ws.Pass{
		User: entry.User, Session: entry.Session, Class: entry.Class, Epoch: entry.Epoch, Until: entry.Until, Name: entry.Name,
		Write: entry.Write, Refuse: entry.Refuse, SignedByOthers: entry.SignedByOthers,
		Rights: protocol.Rights{
			Role: string(entry.Role), May: actions(entry.Rights), Frozen: entry.Frozen, Reason: entry.Reason,
		},
	}, nil
}

// watch lets the rooms see what other processes have done to rights.
type watch struct{ db *models.DB }

// watchOf returns nil for a store that no other process can have.
func watchOf(db *models.DB) ws.Watch {
	if !db.Shared {
		return nil
	}
	return watch{db}
}

func (w watch) PolicyEpochs(ctx context.Context, classes []uuid.UUID) (map[uuid.UUID]int64, error) {
	return models.PolicyEpochs(ctx, w.db.Read, classes)
}

func (w watch) EndedSessions(ctx context.Context, sessions []uuid.UUID) ([]uuid.UUID, error) {
	return models.EndedSessions(ctx, w.db.Read, sessions)
}

// actions translates rights into the bits of the wire.
func actions(r models.ConversationRights) (may protocol.Actions) {
	for _, right := range []struct {
		given bool
		bit   protocol.Actions
	}{
		{r.Edit, protocol.MayEdit},
		{r.Annotate, protocol.MayAnnotate},
		{r.Manage, protocol.MayManage},
		{r.Moderate, protocol.MayModerate},
		{r.Export, protocol.MayExport},
		{r.Remove, protocol.MayRemove},
	} {
		if right.given {
			may |= right.bit
		}
	}
	return may
}

// repairs lets the classroom look after what the hub's log holds.
type repairs struct{ *ws.Hub }

func (r repairs) Verify(ctx context.Context, conversation uuid.UUID) (classroom.Report, error) {
	report, err := r.Hub.Verify(ctx, conversation)
	return reportForOperator(report), err
}

func (r repairs) Recover(ctx context.Context, conversation uuid.UUID, dry bool) (classroom.Report, error) {
	report, err := r.Hub.Recover(ctx, conversation, dry)
	return reportForOperator(report), err
}

func reportForOperator(r ws.Report) classroom.Report {
	report := classroom.Report{
		Conversation: r.Conversation, Generation: r.Generation, Snapshot: r.Snapshot, Head: r.Head, Rows: r.Rows,
		Faults: append([]string{}, r.Faults...), Lost: []classroom.LostRow{}, Waiting: r.Waiting, Readable: r.Readable,
	}
	for _, d := range r.Lost {
		lost := classroom.LostRow{Seq: d.Seq, Why: d.Why}
		if d.User != uuid.Nil {
			lost.User, lost.At = &d.User, &d.At
		}
		report.Lost = append(report.Lost, lost)
	}
	return report
}

package models

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// AuditEvent is one line of who did what. It keeps ids, never names, content or secrets.
type AuditEvent struct {
	bun.BaseModel `bun:"table:audit_events,alias:audit"`
	Identity
	ActorID   *uuid.UUID        `bun:",type:uuid"` // nil for the operator, and for somebody not signed in
	Action    string            `bun:",notnull,type:text"`
	ClassID   *uuid.UUID        `bun:",type:uuid"`
	SubjectID *uuid.UUID        `bun:",type:uuid"` // what it was done to
	Detail    map[string]string `bun:",notnull,type:jsonb"`

	// As they are called now; "" for those that are there no more. A subject has a name here if it is a person.
	ActorName   string `bun:",scanonly"`
	ClassName   string `bun:",scanonly"`
	SubjectName string `bun:",scanonly"`
}

// AuditRead is a line of the audit as it is shown.
type AuditRead struct {
	ID          uuid.UUID         `json:"id"`
	CreatedAt   time.Time         `json:"created_at"`
	Action      string            `json:"action"`
	ActorID     *uuid.UUID        `json:"actor_id"`
	ActorName   string            `json:"actor_name"`
	ClassID     *uuid.UUID        `json:"class_id"`
	ClassName   string            `json:"class_name"`
	SubjectID   *uuid.UUID        `json:"subject_id"`
	SubjectName string            `json:"subject_name"`
	Detail      map[string]string `json:"detail"`
}

// Read returns the shape of e.
func (e *AuditEvent) Read() AuditRead {
	return AuditRead{ID: e.ID, CreatedAt: e.CreatedAt, Action: e.Action, ActorID: e.ActorID, ActorName: e.ActorName,
		ClassID: e.ClassID, ClassName: e.ClassName, SubjectID: e.SubjectID, SubjectName: e.SubjectName, Detail: e.Detail}
}

// An AuditFilter says which lines of the audit one asks for. What is zero does not matter.
type AuditFilter struct {
	Since  time.Time
	User   uuid.UUID // who did it, or to whom it was done
	Class  uuid.UUID
	Action string // all of it, or what stands before its colon
}

// InsertAuditEvents adds lines to the audit, best in the transaction that they are about.
func InsertAuditEvents(ctx context.Context, db bun.IDB, events ...*AuditEvent) error {
	for _, e := range events {
		if e.Detail == nil {
			e.Detail = map[string]string{}
		}
	}
	return insert(ctx, db, events)
}

// ListAuditEvents returns the latest lines that are asked for, at most limit, the latest first.
func ListAuditEvents(ctx context.Context, db bun.IDB, f AuditFilter, limit int) ([]*AuditEvent, error) {
	var events []*AuditEvent
	query := db.NewSelect().Model(&events).
		ColumnExpr("?TableColumns").
		ColumnExpr("COALESCE(actor.display_name, '') AS actor_name").
		ColumnExpr("COALESCE(class.name, '') AS class_name").
		ColumnExpr("COALESCE(subject.display_name, '') AS subject_name").
		Join("LEFT JOIN users AS actor ON actor.id = ?TableAlias.actor_id").
		Join("LEFT JOIN classes AS class ON class.id = ?TableAlias.class_id").
		Join("LEFT JOIN users AS subject ON subject.id = ?TableAlias.subject_id").
		OrderExpr("?TableAlias.created_at DESC, ?TableAlias.id DESC").
		Limit(int64(limit))
	if !f.Since.IsZero() {
		query.Where("?TableAlias.created_at >= ?", Instant(f.Since))
	}
	if f.User != uuid.Nil {
		query.Where("? IN (?TableAlias.actor_id, ?TableAlias.subject_id)", f.User)
	}
	if f.Class != uuid.Nil {
		query.Where("?TableAlias.class_id = ?", f.Class)
	}
	if f.Action != "" {
		more := f.Action + ":"
		query.Where("(?TableAlias.action = ? OR substr(?TableAlias.action, 1, ?) = ?)", f.Action, utf8.RuneCountInString(more), more)
	}
	return events, translate(query.Scan(ctx))
}

// ListAuditActions returns every action that the audit has a line of.
func ListAuditActions(ctx context.Context, db bun.IDB) ([]string, error) {
	var actions []string
	err := db.NewSelect().Model((*AuditEvent)(nil)).Distinct().Column("action").OrderExpr("?TableAlias.action").Scan(ctx, &actions)
	return actions, translate(err)
}

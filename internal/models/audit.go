package models

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// AuditEvent is one line of who did what. It holds ids, never names, content or secrets.
type AuditEvent struct {
	bun.BaseModel `bun:"table:audit_events,alias:audit"`
	Identity
	ActorID   *uuid.UUID        `bun:",type:uuid"` // nil for the operator, and for somebody not signed in
	Action    string            `bun:",notnull,type:text"`
	ClassID   *uuid.UUID        `bun:",type:uuid"`
	SubjectID *uuid.UUID        `bun:",type:uuid"` // what it was done to
	Detail    map[string]string `bun:",notnull,type:jsonb"`
}

// AuditRead is a line of the audit as it is shown.
type AuditRead struct {
	ID        uuid.UUID         `json:"id"`
	CreatedAt time.Time         `json:"created_at"`
	ActorID   *uuid.UUID        `json:"actor_id"`
	Action    string            `json:"action"`
	ClassID   *uuid.UUID        `json:"class_id"`
	SubjectID *uuid.UUID        `json:"subject_id"`
	Detail    map[string]string `json:"detail"`
}

// Read returns the shape of e.
func (e *AuditEvent) Read() AuditRead {
	return AuditRead{ID: e.ID, CreatedAt: e.CreatedAt, ActorID: e.ActorID, Action: e.Action,
		ClassID: e.ClassID, SubjectID: e.SubjectID, Detail: e.Detail}
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

// ListAuditEvents returns the latest lines about a class, or about everything for a zero id.
func ListAuditEvents(ctx context.Context, db bun.IDB, class uuid.UUID, limit int64) ([]*AuditEvent, error) {
	var events []*AuditEvent
	query := db.NewSelect().Model(&events).OrderExpr("?TableAlias.created_at DESC, ?TableAlias.id DESC").Limit(limit)
	if class != uuid.Nil {
		query.Where("?TableAlias.class_id = ?", class)
	}
	return events, translate(query.Scan(ctx))
}

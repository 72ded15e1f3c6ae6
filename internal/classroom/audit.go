package classroom

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"grimoire/internal/auth"
	"grimoire/internal/models"
)

// audit keeps a line of what actor does, in the transaction that does it.
func (c *Classroom) audit(ctx context.Context, db bun.IDB, actor auth.Actor, action string, class, subject uuid.UUID) error {
	event := &models.AuditEvent{Action: action}
	event.CreatedAt = c.now()
	for _, field := range []struct {
		to **uuid.UUID
		id uuid.UUID
	}{{&event.ActorID, actor.UserID}, {&event.ClassID, class}, {&event.SubjectID, subject}} {
		if field.id != uuid.Nil {
			*field.to = &field.id
		}
	}
	return models.InsertAuditEvents(ctx, db, event)
}

// Audit returns the latest lines that are asked for, at most limit, the latest last, for the operator. An action
// that no line has is refused, with those that there are.
func (c *Classroom) Audit(ctx context.Context, actor auth.Actor, asked models.AuditFilter, limit int) ([]*models.AuditEvent, error) {
	if !actor.Operator {
		return nil, operatorOnly()
	}
	events, err := models.ListAuditEvents(ctx, c.db.Read, asked, limit)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 && asked.Action != "" {
		return events, c.checkAction(ctx, asked.Action)
	}
	slices.Reverse(events)
	return events, nil
}

func (c *Classroom) checkAction(ctx context.Context, asked string) error {
	actions, err := models.ListAuditActions(ctx, c.db.Read)
	if err != nil {
		return err
	}
	for i, action := range actions {
		actions[i], _, _ = strings.Cut(action, ":")
		if asked == action || asked == actions[i] {
			return nil
		}
	}
	if len(actions) == 0 {
		return invalid("action", "Nothing was ever done here.")
	}
	return invalid("action", fmt.Sprintf("Nothing called %q was ever done here; there is: %s.", asked, strings.Join(slices.Compact(actions), ", ")))
}

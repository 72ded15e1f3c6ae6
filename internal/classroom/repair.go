package classroom

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"grimoire/internal/auth"
	"grimoire/internal/models"
)

// Repairs look after what is stored of the Docs, past everybody's rights: they
// are the operator's.
type Repairs interface {
	// Verify reads all of it and says what is wrong; it changes nothing.
	Verify(ctx context.Context, conversation uuid.UUID) (Report, error)
	// Compact writes a new state that covers every row.
	Compact(ctx context.Context, conversation uuid.UUID) error
	// Recover writes one from what can be used of a damaged conversation, so
	// that people may write again; with dry it only says what it would do.
	Recover(ctx context.Context, conversation uuid.UUID, dry bool) (Report, error)
}

// A Report says how sound a stored conversation is.
type Report struct {
	Conversation uuid.UUID `json:"id"`
	Generation   int64     `json:"generation"`
	Snapshot     int64     `json:"snapshot_seq"` // of the last row that the state in use holds
	Head         int64     `json:"head_seq"`     // of the last row
	Rows         int       `json:"rows"`         // kept in the log
	Faults       []string  `json:"faults"`       // none: it is sound
	Lost         []LostRow `json:"lost"`         // rows whose content is not there
	Waiting      bool      `json:"waiting"`      // content is there that builds on what is lost
	Readable     bool      `json:"readable"`     // false: only a backup helps
}

// A LostRow is a row of the log that cannot be used.
type LostRow struct {
	Seq  int64      `json:"seq"`
	Why  string     `json:"why"`
	User *uuid.UUID `json:"user_id"` // who wrote it, if that is known, as is At
	At   *time.Time `json:"at"`
}

// ConversationIDs returns all conversations that were not deleted, the oldest
// first.
func (c *Classroom) ConversationIDs(ctx context.Context, actor auth.Actor) ([]uuid.UUID, error) {
	if !actor.Operator {
		return nil, operatorOnly()
	}
	return models.ListConversationIDs(ctx, c.db.Read)
}

// VerifyConversation says how sound what is stored of a conversation is.
func (c *Classroom) VerifyConversation(ctx context.Context, actor auth.Actor, id uuid.UUID) (Report, error) {
	if _, err := c.toRepair(ctx, actor, id); err != nil {
		return Report{}, err
	}
	return c.repairs.Verify(ctx, id)
}

// CompactConversation writes a new state of a conversation now.
func (c *Classroom) CompactConversation(ctx context.Context, actor auth.Actor, id uuid.UUID) error {
	if _, err := c.toRepair(ctx, actor, id); err != nil {
		return err
	}
	return c.repairs.Compact(ctx, id)
}

// RecoverConversation makes a damaged conversation one that people may write
// in again, and returns what it found; without write it only says what it
// would do. A sound one is left alone.
func (c *Classroom) RecoverConversation(ctx context.Context, actor auth.Actor, id uuid.UUID, write bool) (Report, error) {
	row, err := c.toRepair(ctx, actor, id)
	if err != nil {
		return Report{}, err
	}
	report, err := c.repairs.Recover(ctx, id, !write)
	if err != nil || !write || len(report.Faults) == 0 || !report.Readable {
		return report, err
	}
	err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := models.RaisePolicyEpoch(ctx, tx, row.ClassID); err != nil {
			return err
		}
		return c.audit(ctx, tx, actor, "recover conversation", row.ClassID, id)
	})
	if err != nil {
		return report, err
	}
	c.rooms.Recheck(row.ClassID)
	return report, nil
}

func (c *Classroom) toRepair(ctx context.Context, actor auth.Actor, id uuid.UUID) (*models.Conversation, error) {
	if !actor.Operator {
		return nil, operatorOnly()
	}
	row, err := models.GetConversation(ctx, c.db.Read, id)
	if err != nil {
		return nil, missing(err, "There is no such conversation.")
	}
	return row, nil
}

package models

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// quarantinedUpdate is a row that was taken out of the log because it cannot be used.
type quarantinedUpdate struct {
	bun.BaseModel  `bun:"table:quarantined_updates,alias:quarantined"`
	ConversationID uuid.UUID  `bun:",pk,type:uuid"`
	Generation     int64      `bun:",pk"`
	Seq            int64      `bun:",pk"`
	CreatedAt      time.Time  `bun:",notnull"`
	Reason         string     `bun:",notnull,type:text"`
	UserID         *uuid.UUID `bun:",type:uuid"`
	Bytes          []byte
	CRC            *int64 `bun:"crc"`
	At             *time.Time
	SettledAt      *time.Time
}

const (
	moveToQuarantine = `
INSERT INTO quarantined_updates (conversation_id, generation, seq, created_at, reason, user_id, bytes, crc, at)
SELECT conversation_id, generation, seq, $1, $2, user_id, bytes, crc, at
FROM conversation_updates
WHERE conversation_id = $3 AND generation = $4 AND seq = $5
ON CONFLICT (conversation_id, generation, seq) DO UPDATE SET settled_at = NULL`

	noteMissing = `
INSERT INTO quarantined_updates (conversation_id, generation, seq, created_at, reason)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (conversation_id, generation, seq) DO UPDATE SET settled_at = NULL`

	takeOut = `
DELETE FROM conversation_updates WHERE conversation_id = $1 AND generation = $2 AND seq = $3`

	listSettled = `
SELECT seq FROM quarantined_updates
WHERE conversation_id = $1 AND generation = $2 AND settled_at IS NOT NULL`
)

// Quarantine takes rows out of the log, or notes that they are missing: until a Compaction covers them, the
// conversation is Quarantined. Nothing is lost by it, and doing it again changes nothing.
func (l *UpdateLog) Quarantine(ctx context.Context, conversation uuid.UUID, generation int64, damaged []Damage) error {
	err := l.inTx(ctx, func(tx *sql.Tx) error {
		now := Instant(l.now())
		for _, d := range damaged {
			moved, err := affected(tx.ExecContext(ctx, moveToQuarantine, now, d.Why, conversation, generation, d.Seq))
			if err != nil {
				return err
			}
			if moved == 0 {
				_, err = tx.ExecContext(ctx, noteMissing, conversation, generation, d.Seq, now, d.Why)
			} else {
				_, err = tx.ExecContext(ctx, takeOut, conversation, generation, d.Seq)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("quarantine rows of %s: %w", conversation, err)
	}
	return nil
}

// Scan verifies every row of the conversation's generation, also those that no Load would read, and returns how
// many there are and which cannot be used. Rows before the first one were pruned; rows whose loss is settled
// are not counted; a row beyond the head is in the way of the next one.
func (l *UpdateLog) Scan(ctx context.Context, conversation uuid.UUID) (rows int, damaged []Damage, err error) {
	s, err := l.loadHead(ctx, conversation)
	if err != nil {
		return 0, nil, fmt.Errorf("scan %s: %w", conversation, err)
	}
	settled, err := l.settled(ctx, conversation, s.Generation)
	if err != nil {
		return 0, nil, fmt.Errorf("scan %s: %w", conversation, err)
	}
	next := int64(0)
	gap := func(to int64) {
		for ; next < to; next++ {
			if !settled[next] {
				damaged = append(damaged, Damage{Seq: next, Why: missingRow})
			}
		}
	}
	bad := func(row conversationUpdate, why string) {
		damaged = append(damaged, Damage{Seq: row.Seq, Why: why, User: row.UserID, At: Instant(row.At)})
	}
	var late []conversationUpdate
	err = l.eachRow(ctx, conversation, s.Generation, 0, math.MaxInt64, func(row conversationUpdate) {
		if row.Seq > s.Head {
			row.Bytes = nil
			late = append(late, row)
			return
		}
		if rows++; rows == 1 {
			next = row.Seq
		}
		gap(row.Seq)
		next++
		if !row.sound() {
			bad(row, damagedRow)
		}
	})
	if err != nil {
		return 0, nil, fmt.Errorf("scan %s: %w", conversation, err)
	}
	if rows > 0 {
		gap(s.Head + 1)
	}
	if len(late) > 0 { // people are typing, or they are in the way of what will be typed
		if s, err = l.loadHead(ctx, conversation); err != nil {
			return 0, nil, fmt.Errorf("scan %s: %w", conversation, err)
		}
		for _, row := range late {
			if row.Seq > s.Head {
				bad(row, strayRow)
			}
		}
	}
	return rows, damaged, nil
}

// loadHead reads where the log stands, and no bytes.
func (l *UpdateLog) loadHead(ctx context.Context, conversation uuid.UUID) (s Stored, err error) {
	err = l.db.Read.DB.QueryRowContext(ctx,
		"SELECT generation, head_seq FROM conversation_heads WHERE conversation_id = $1", conversation).
		Scan(&s.Generation, &s.Head)
	return s, translate(err)
}

func (l *UpdateLog) settled(ctx context.Context, conversation uuid.UUID, generation int64) (map[int64]bool, error) {
	rows, err := l.db.Read.DB.QueryContext(ctx, listSettled, conversation, generation)
	if err != nil {
		return nil, translate(err)
	}
	defer rows.Close()
	settled := make(map[int64]bool)
	for rows.Next() {
		var seq int64
		if err := rows.Scan(&seq); err != nil {
			return nil, translate(err)
		}
		settled[seq] = true
	}
	return settled, translate(rows.Err())
}

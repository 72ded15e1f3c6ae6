package models

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// Compaction is a new state to be put in place of the one at From.
type Compaction struct {
	Conversation uuid.UUID
	Generation   int64
	From, To     int64
	State        []byte
	// KeepPrevious: State was not made from the one it takes the place of, which is damaged. The previous
	// state stays what it is.
	KeepPrevious bool
}

// previousState is the verified state that a conversation had before its crdt_state.
type previousState struct {
	bun.BaseModel  `bun:"table:previous_states,alias:previous"`
	ConversationID uuid.UUID `bun:",pk,type:uuid"`
	CreatedAt      time.Time `bun:",notnull"`
	Generation     int64     `bun:",notnull"`
	SnapshotSeq    int64     `bun:",notnull"`
	SHA256         []byte    `bun:"sha256,notnull"`
	State          []byte    `bun:",notnull"`
}

const (
	// holdHead changes nothing, and keeps the generation from ending before the transaction does.
	holdHead = `
UPDATE conversation_heads SET head_seq = head_seq
WHERE conversation_id = $1 AND generation = $2 AND head_seq >= $3`

	keepState = `
INSERT INTO previous_states (conversation_id, created_at, generation, snapshot_seq, sha256, state)
SELECT c.id, $1, $2, c.snapshot_seq, s.sha256, c.crdt_state
FROM conversations AS c
JOIN state_checksums AS s ON s.conversation_id = c.id
WHERE c.id = $3 AND c.snapshot_seq = $4
ON CONFLICT (conversation_id) DO UPDATE SET
	created_at = EXCLUDED.created_at, generation = EXCLUDED.generation, snapshot_seq = EXCLUDED.snapshot_seq,
	sha256 = EXCLUDED.sha256, state = EXCLUDED.state`

	replaceState = `
UPDATE conversations SET crdt_state = $1, snapshot_seq = $2
WHERE id = $3 AND snapshot_seq = $4`

	replaceChecksum = `
UPDATE state_checksums SET sha256 = $1 WHERE conversation_id = $2`

	settleQuarantined = `
UPDATE quarantined_updates SET settled_at = $1
WHERE conversation_id = $2 AND generation = $3 AND settled_at IS NULL`
)

// errLost ends the transaction of a Compaction that another one has overtaken.
var errLost = errors.New("somebody else was first")

// won returns errLost for a statement that has touched no row.
func won(result sql.Result, err error) error {
	n, err := affected(result, err)
	if err == nil && n == 0 {
		err = errLost
	}
	return err
}

// Compact replaces the state at From by State, which covers every row up to To that can be read, and keeps the
// one that it replaces as the previous state. It reports false, and changes nothing, if the state or the
// generation has moved meanwhile, or the conversation is gone. The rows stay, see Prune.
func (l *UpdateLog) Compact(ctx context.Context, c Compaction) (bool, error) {
	crash("compact")
	err := l.inTx(ctx, func(tx *sql.Tx) error {
		now := Instant(l.now())
		if err := won(tx.ExecContext(ctx, holdHead, c.Conversation, c.Generation, c.To)); err != nil {
			return err
		}
		if !c.KeepPrevious {
			if _, err := tx.ExecContext(ctx, keepState, now, c.Generation, c.Conversation, c.From); err != nil {
				return err
			}
		}
		if err := won(tx.ExecContext(ctx, replaceState, c.State, c.To, c.Conversation, c.From)); err != nil {
			return err
		}
		crash("compact/replaced")
		sum := sha256.Sum256(c.State)
		if err := one(tx.ExecContext(ctx, replaceChecksum, sum[:], c.Conversation)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, settleQuarantined, now, c.Conversation, c.Generation)
		return err
	})
	crash("compact/committed")
	if errors.Is(err, errLost) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("compact %s: %w", c.Conversation, err)
	}
	return true, nil
}

// rowsKept is how long a row of the log stays at least, however many states cover it.
const rowsKept = 72 * time.Hour

// rowsPruned bounds how many rows one statement deletes, so that nobody who types waits for long.
const rowsPruned = 500

const (
	listPrunable = `
SELECT c.id
FROM conversations AS c
JOIN conversation_heads AS h ON h.conversation_id = c.id
JOIN previous_states AS p ON p.conversation_id = c.id AND p.generation = h.generation
WHERE EXISTS (
	SELECT 1 FROM conversation_updates AS u
	WHERE u.conversation_id = c.id AND (u.generation < p.generation OR u.generation = p.generation AND u.seq <= p.snapshot_seq)
)`

	// Rows are judged by the first that is too young: clocks go back, and the log must not get a hole.
	boundPrunable = `
SELECT COALESCE(MIN(seq), 0), COALESCE(MIN(CASE WHEN at > $1 THEN seq END), MAX(seq) + 1, 0)
FROM conversation_updates
WHERE conversation_id = $2 AND generation = $3`

	deleteRows = `
DELETE FROM conversation_updates WHERE conversation_id = $1 AND generation = $2 AND seq <= $3`

	deleteEnded = `
DELETE FROM conversation_updates WHERE conversation_id = $1 AND generation < $2 AND at <= $3`
)

// Prune deletes rows that are at least 72 h old and that both states of their conversation cover, and such of
// ended generations. Both states are verified first: of a conversation with a damaged one nothing is deleted, and
// the error says so; the others are pruned all the same. It returns how many rows it has deleted.
func (l *UpdateLog) Prune(ctx context.Context) (deleted int64, err error) {
	ids, err := l.prunable(ctx)
	if err != nil {
		return 0, fmt.Errorf("prune the log: %w", err)
	}
	var errs []error
	for _, id := range ids {
		n, err := l.pruneOne(ctx, id)
		deleted += n
		if err != nil {
			errs = append(errs, fmt.Errorf("prune the log: %w", err))
		}
	}
	return deleted, errors.Join(errs...)
}

func (l *UpdateLog) prunable(ctx context.Context) (ids []uuid.UUID, err error) {
	rows, err := l.db.Read.DB.QueryContext(ctx, listPrunable)
	if err != nil {
		return nil, translate(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id uuid.UUID
		if err := rows.Scan(&id); err != nil {
			return nil, translate(err)
		}
		ids = append(ids, id)
	}
	return ids, translate(rows.Err())
}

func (l *UpdateLog) pruneOne(ctx context.Context, conversation uuid.UUID) (deleted int64, err error) {
	cutoff := Instant(l.now().Add(-rowsKept))
	newest, err := l.loadState(ctx, loadState, conversation)
	if errors.Is(err, ErrNotFound) {
		return 0, nil // deleted meanwhile
	}
	if err != nil {
		return 0, err
	}
	previous, err := l.loadState(ctx, loadPrevious, conversation)
	if err != nil {
		return 0, err
	}
	var first, young int64
	err = l.db.Read.DB.QueryRowContext(ctx, boundPrunable, cutoff, conversation, newest.Generation).Scan(&first, &young)
	if err != nil {
		return 0, translate(err)
	}
	last := min(previous.Snapshot, newest.Snapshot, young-1)
	for to := first + rowsPruned - 1; first <= last; first, to = to+1, to+rowsPruned {
		n, err := affected(l.db.Write.DB.ExecContext(ctx, deleteRows, conversation, newest.Generation, min(to, last)))
		deleted += n
		if err != nil {
			return deleted, err
		}
	}
	n, err := affected(l.db.Write.DB.ExecContext(ctx, deleteEnded, conversation, newest.Generation, cutoff))
	return deleted + n, err
}

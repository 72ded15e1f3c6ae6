package models

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// UpdateLog keeps what people do to the Docs of conversations: an append-only run of updates, and the state that
// covers the first of them. The bytes are opaque here. It is safe for concurrent use.
//
//	previous_states        state ─────── everything up to the snapshot_seq before
//	conversations          crdt_state ── everything up to snapshot_seq
//	conversation_updates   … head_seq, gap-free within a generation
//
// Every row carries a crc32c and every state a SHA-256, verified whenever they are read. A damaged state is
// made good by the previous one and the rows after it, which stay as long (see Prune); a damaged row is moved
// to quarantined_updates, and its conversation can be read and not written until a Compaction has settled it.
type UpdateLog struct {
	db  *DB
	now func() time.Time
}

// NewUpdateLog returns the log of db. now is the clock that rows are stamped with; it decides nothing.
func NewUpdateLog(db *DB, now func() time.Time) *UpdateLog { return &UpdateLog{db: db, now: now} }

// Batch is what one room appends at once.
type Batch struct {
	Conversation uuid.UUID
	Generation   int64
	Rows         []UpdateRow
}

// UpdateRow is one update as it was received, with the user who sent it.
type UpdateRow struct {
	User  uuid.UUID
	Bytes []byte
}

// Fenced is the head of a batch that was not stored because its generation has ended or its conversation is gone.
const Fenced int64 = 0

// conversationUpdate is a row of the log. The statements below are written out, with arguments that travel
// beside the text, because bun would write every byte into it.
type conversationUpdate struct {
	bun.BaseModel  `bun:"table:conversation_updates,alias:update"`
	ConversationID uuid.UUID `bun:",pk,type:uuid"`
	Generation     int64     `bun:",pk"`
	Seq            int64     `bun:",pk"`
	UserID         uuid.UUID `bun:",notnull,type:uuid"`
	Bytes          []byte    `bun:",notnull"`
	CRC            int64     `bun:"crc,notnull"`
	At             time.Time `bun:",notnull"`
}

const advanceHead = `
UPDATE conversations SET head_seq = head_seq + $1
WHERE id = $2 AND generation = $3 AND deleted_at IS NULL
RETURNING head_seq`

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Append commits the batches in one transaction and returns the head of each, the seq of its last row. A batch
// whose generation has ended or whose conversation is gone stores nothing and gets the head Fenced; the others
// are not affected.
//
// ErrRejected: one of the batches can never be stored, and none was; each may be tried alone. Any other error says
// that nothing is known: the transaction may have been committed before the answer was lost. Append the same
// batches again until it succeeds. Rows that get in twice do no harm, since a Doc that has an update ignores its
// repetition.
func (l *UpdateLog) Append(ctx context.Context, batches []Batch) ([]int64, error) {
	// A cancelled commit would only leave its outcome unknown.
	ctx = context.WithoutCancel(ctx)
	advance, err := l.db.prepared.get(ctx, advanceHead)
	if err != nil {
		return nil, err
	}
	inserts, err := l.prepareInserts(ctx, batches)
	if err != nil {
		return nil, err
	}
	heads := make([]int64, len(batches))
	crash("append")
	err = l.inTx(ctx, func(tx *sql.Tx) error {
		advance := tx.StmtContext(ctx, advance)
		var rows []conversationUpdate
		at := Instant(l.now())
		// All who append lock conversations in the order of their ids, so that none waits for another in a circle.
		for _, i := range inOrderOfIDs(batches) {
			b := batches[i]
			err := advance.QueryRowContext(ctx, len(b.Rows), b.Conversation, b.Generation).Scan(&heads[i])
			if errors.Is(err, sql.ErrNoRows) {
				heads[i] = Fenced
				continue
			}
			if err != nil {
				return err
			}
			for j, row := range b.Rows {
				rows = append(rows, conversationUpdate{
					ConversationID: b.Conversation, Generation: b.Generation, Seq: heads[i] - int64(len(b.Rows)-1-j),
					UserID: row.User, Bytes: row.Bytes, CRC: int64(crc32.Checksum(row.Bytes, castagnoli)), At: at,
				})
			}
		}
		for chunk := range slices.Chunk(rows, rowsPerInsert) {
			insert, ok := inserts[len(chunk)]
			if !ok { // a fenced batch has left fewer rows than were expected
				if insert, err = tx.PrepareContext(ctx, insertUpdates(len(chunk))); err != nil {
					return err
				}
			}
			if err := insertUpdateRows(ctx, tx.StmtContext(ctx, insert), chunk); err != nil {
				return err
			}
		}
		crash("append/inserted")
		return nil
	})
	crash("append/committed")
	if rejected(err) {
		err = fmt.Errorf("%w: %w", ErrRejected, err)
	}
	if err != nil {
		return nil, fmt.Errorf("append to %d conversations: %w", len(batches), err)
	}
	return heads, nil
}

func inOrderOfIDs(batches []Batch) []int {
	order := make([]int, len(batches))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return bytes.Compare(batches[a].Conversation[:], batches[b].Conversation[:])
	})
	return order
}

// prepareInserts returns the statements that insert the rows of batches, by the number of rows.
func (l *UpdateLog) prepareInserts(ctx context.Context, batches []Batch) (map[int]*sql.Stmt, error) {
	total := 0
	for _, b := range batches {
		total += len(b.Rows)
	}
	inserts := make(map[int]*sql.Stmt)
	for ; total > 0; total -= rowsPerInsert {
		n := min(total, rowsPerInsert)
		stmt, err := l.db.prepared.get(ctx, insertUpdates(n))
		if err != nil {
			return nil, err
		}
		inserts[n] = stmt
	}
	return inserts, nil
}

// updateColumns is how many arguments each row of insertUpdates has.
const updateColumns = 7

// insertUpdates returns the text that inserts n rows of the log.
func insertUpdates(n int) string {
	var text strings.Builder
	text.WriteString(`
INSERT INTO conversation_updates (conversation_id, generation, seq, user_id, bytes, crc, at) VALUES `)
	for i := range n {
		if i > 0 {
			text.WriteString(", ")
		}
		a := updateColumns * i
		fmt.Fprintf(&text, "($%d, $%d, $%d, $%d, $%d, $%d, $%d)", a+1, a+2, a+3, a+4, a+5, a+6, a+7)
	}
	return text.String()
}

func insertUpdateRows(ctx context.Context, insert *sql.Stmt, rows []conversationUpdate) error {
	args := make([]any, 0, updateColumns*len(rows))
	for _, r := range rows {
		args = append(args, r.ConversationID, r.Generation, r.Seq, r.UserID, r.Bytes, r.CRC, r.At)
	}
	_, err := insert.ExecContext(ctx, args...)
	return err
}

func (l *UpdateLog) inTx(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := l.db.Write.DB.BeginTx(ctx, nil)
	if err != nil {
		return translate(err)
	}
	if err := fn(tx); err != nil {
		return errors.Join(translate(err), tx.Rollback())
	}
	return translate(tx.Commit())
}

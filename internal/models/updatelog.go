package models

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
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
//	conversation_heads     generation, head_seq
//
// The head has a row of its own because every append rewrites it. Whoever appends or compacts holds that row first,
// as does whoever begins a generation or deletes the conversation: one is before the other.
//
// Every row carries a crc32c and every state a SHA-256, verified whenever they are read. A damaged state is
// made good by the previous one and the rows after it, which stay as long (see Prune); a damaged row is moved
// to quarantined_updates, and its conversation can be read and not written until a Compaction has settled it.
type UpdateLog struct {
	db     *DB
	now    func() time.Time
	binder binder
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

// conversationUpdate is a row of the log. The statements that append it are written out, with arguments that travel
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

// appendTx is a transaction that appends to the log or gives client ids to users, in the way of one database.
type appendTx interface {
	// advance counts the head of a conversation up by n rows and returns it. Fenced: the generation has ended or
	// the conversation is gone.
	advance(conversation uuid.UUID, generation int64, n int) (head int64, err error)
	insert(rows []conversationUpdate) error

	// bind gives a client id of a conversation to user, unless somebody has it, and returns who has it now.
	bind(conversation uuid.UUID, client int64, user uuid.UUID) (owner uuid.UUID, err error)
}

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
	heads := make([]int64, len(batches))
	crash("append")
	err := translate(l.db.appending(ctx, func(tx appendTx) error {
		var rows []conversationUpdate
		at := Instant(l.now())
		// All who append lock conversations in the order of their ids, so that none waits for another in a circle.
		for _, i := range inOrderOfIDs(batches) {
			b := batches[i]
			head, err := tx.advance(b.Conversation, b.Generation, len(b.Rows))
			if err != nil {
				return err
			}
			if heads[i] = head; head == Fenced {
				continue
			}
			for j, row := range b.Rows {
				rows = append(rows, conversationUpdate{
					ConversationID: b.Conversation, Generation: b.Generation, Seq: head - int64(len(b.Rows)-1-j),
					UserID: row.User, Bytes: row.Bytes, CRC: int64(crc32.Checksum(row.Bytes, castagnoli)), At: at,
				})
			}
		}
		if err := tx.insert(rows); err != nil {
			return err
		}
		crash("append/inserted")
		return nil
	}))
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

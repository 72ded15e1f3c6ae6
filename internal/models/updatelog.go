package models

import (
	"bytes"
	"context"
	"crypto/sha256"
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
//	conversations          crdt_state ── everything up to snapshot_seq
//	conversation_updates   snapshot_seq+1 … head_seq, gap-free within a generation
//
// Every row carries a crc32c and every state a SHA-256, verified whenever they are read.
type UpdateLog struct {
	db  *DB
	now func() time.Time
}

// NewUpdateLog returns the log of db. now is the clock that rows are stamped with; it decides nothing.
func NewUpdateLog(db *DB, now func() time.Time) *UpdateLog { return &UpdateLog{db: db, now: now} }

// Stored is a conversation as the log holds it.
type Stored struct {
	Epoch      string // of the store; it changes when a backup is restored
	Generation int64
	Snapshot   int64 // seq of the last row that State covers
	Head       int64 // seq of the last row
	State      []byte
	Updates    [][]byte // the rows after Snapshot, in order
}

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

// Compaction is a new state to be put in place of the one at From.
type Compaction struct {
	Conversation uuid.UUID
	Generation   int64
	From, To     int64
	State        []byte
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

const (
	loadState = `
SELECT c.generation, c.snapshot_seq, c.head_seq, c.crdt_state, s.sha256, e.value
FROM conversations AS c
JOIN state_checksums AS s ON s.conversation_id = c.id
JOIN store AS e ON e.key = 'epoch'
WHERE c.id = $1 AND c.deleted_at IS NULL`

	loadUpdates = `
SELECT seq, bytes, crc
FROM conversation_updates
WHERE conversation_id = $1 AND generation = $2 AND seq > $3 AND seq <= $4
ORDER BY seq`

	advanceHead = `
UPDATE conversations SET head_seq = head_seq + $1
WHERE id = $2 AND generation = $3 AND deleted_at IS NULL
RETURNING head_seq`

	replaceState = `
UPDATE conversations SET crdt_state = $1, snapshot_seq = $2
WHERE id = $3 AND generation = $4 AND snapshot_seq = $5 AND head_seq >= $2 AND deleted_at IS NULL`

	replaceChecksum = `
UPDATE state_checksums SET sha256 = $1 WHERE conversation_id = $2`
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Load reads what is stored of a conversation. ErrNotFound: there is none, or it was deleted. ErrCorrupt: a
// checksum or a row is wrong, and the error names it; nothing that was read is returned.
func (l *UpdateLog) Load(ctx context.Context, conversation uuid.UUID) (Stored, error) {
	s, err := l.loadState(ctx, conversation)
	if err != nil {
		return Stored{}, err
	}
	// Rows up to the head that was read are all there and never change, so two statements see what one would.
	rows, err := l.db.Read.DB.QueryContext(ctx, loadUpdates, conversation, s.Generation, s.Snapshot, s.Head)
	if err != nil {
		return Stored{}, fmt.Errorf("load %s: %w", conversation, translate(err))
	}
	defer rows.Close()
	corrupt := func(seq int64, what string) error {
		return &CorruptError{Conversation: conversation, Generation: s.Generation, Seq: seq, What: what}
	}
	next := s.Snapshot + 1
	for ; rows.Next(); next++ {
		var seq, crc int64
		var update []byte
		if err := rows.Scan(&seq, &update, &crc); err != nil {
			return Stored{}, fmt.Errorf("load %s: %w", conversation, translate(err))
		}
		if seq != next {
			return Stored{}, corrupt(next, "missing")
		}
		if int64(crc32.Checksum(update, castagnoli)) != crc {
			return Stored{}, corrupt(seq, "crc32c differs")
		}
		s.Updates = append(s.Updates, update)
	}
	if err := rows.Err(); err != nil {
		return Stored{}, fmt.Errorf("load %s: %w", conversation, translate(err))
	}
	if next <= s.Head {
		return Stored{}, corrupt(next, "missing")
	}
	return s, nil
}

func (l *UpdateLog) loadState(ctx context.Context, conversation uuid.UUID) (Stored, error) {
	var s Stored
	var sum []byte
	err := l.db.Read.DB.QueryRowContext(ctx, loadState, conversation).
		Scan(&s.Generation, &s.Snapshot, &s.Head, &s.State, &sum, &s.Epoch)
	if err != nil {
		return Stored{}, fmt.Errorf("load %s: %w", conversation, translate(err))
	}
	if actual := sha256.Sum256(s.State); !bytes.Equal(actual[:], sum) {
		return Stored{}, &CorruptError{Conversation: conversation, Generation: s.Generation, What: "sha256 differs"}
	}
	return s, nil
}

// Append commits the batches in one transaction and returns the head of each, the seq of its last row. A batch
// whose generation has ended or whose conversation is gone stores nothing and gets the head Fenced; the others
// are not affected.
//
// An error says that nothing is known: the transaction may have been committed before the answer was lost.
// Append the same batches again until it succeeds. Rows that get in twice do no harm, since a Doc that has an
// update ignores its repetition.
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
		return nil
	})
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

// Compact replaces the state at From by State, which covers every row up to To. It reports false, and changes
// nothing, if the state or the generation has moved meanwhile, or the conversation is gone. The rows stay.
func (l *UpdateLog) Compact(ctx context.Context, c Compaction) (bool, error) {
	swapped := false
	err := l.inTx(ctx, func(tx *sql.Tx) error {
		n, err := affected(tx.ExecContext(ctx, replaceState, c.State, c.To, c.Conversation, c.Generation, c.From))
		if err != nil || n == 0 {
			return err
		}
		swapped = true
		sum := sha256.Sum256(c.State)
		return one(tx.ExecContext(ctx, replaceChecksum, sum[:], c.Conversation))
	})
	if err != nil {
		return false, fmt.Errorf("compact %s: %w", c.Conversation, err)
	}
	return swapped, nil
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

// Package models knows the tables: their rows, the shapes in which rows are created, changed and read,
// and every query. It states facts; whether somebody may see or change them is decided above.
//
//	Open ──> DB ─┬─ Write, Read   bun, for the queries of class.go, conversation.go, …
//	             ├─ InTx          several of them, all or nothing
//	             ├─ Migrate       brings the schema up to this program
//	             └─ UpdateLog     what people do to a conversation, appended and never lost
//
// One model serves SQLite and PostgreSQL. Times are UTC with microseconds on both. Each entity has a file:
//
//	…Fields   what its shapes share        …Create   what a request may give
//	the row   what its table holds         …Update   what a request may change: Optional fields
//	                                       …Read     what an answer shows
//
// Queries are called GetX (one, or ErrNotFound), ListX, InsertX, UpdateX and DeleteX, take a bun.IDB, and
// return errors that errors.Is compares with those of errors.go. Lists load what they show of other tables
// along with their rows, and leave a conversation's raw_text and crdt_state out.
package models

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// NewID returns an id for a row: UUIDv7, so that ids sort by the time they were made.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// Instant returns t as both databases keep it: UTC, in whole microseconds.
func Instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Identity is what every entity has. A row that is inserted without an id is given one.
type Identity struct {
	ID        uuid.UUID `bun:",pk,type:uuid"`
	CreatedAt time.Time `bun:",notnull"`
}

var _ bun.BeforeAppendModelHook = (*Identity)(nil)

// BeforeAppendModel completes a row that is about to be inserted.
func (i *Identity) BeforeAppendModel(_ context.Context, query bun.Query) error {
	if _, insert := query.(*bun.InsertQuery); insert {
		if i.ID == uuid.Nil {
			i.ID = NewID()
		}
		i.CreatedAt = Instant(i.CreatedAt)
	}
	return nil
}

// rowsPerInsert bounds one INSERT statement; more rows go in several.
const rowsPerInsert = 200

// insert writes rows with as few statements as are sensible.
func insert[T any](ctx context.Context, db bun.IDB, rows []*T) error {
	for len(rows) > 0 {
		n := min(len(rows), rowsPerInsert)
		chunk := rows[:n]
		if _, err := db.NewInsert().Model(&chunk).Returning("NULL").Exec(ctx); err != nil {
			return translate(err)
		}
		rows = rows[n:]
	}
	return nil
}

// update writes the named columns of a row, or nothing when none is named.
func update[T any](ctx context.Context, db bun.IDB, row *T, columns []string) error {
	if len(columns) == 0 {
		return nil
	}
	return one(db.NewUpdate().Model(row).Column(columns...).WherePK().Exec(ctx))
}

// found returns the row that was read, or why there is none.
func found[T any](row *T, err error) (*T, error) {
	if err != nil {
		return nil, translate(err)
	}
	return row, nil
}

// one turns the result of a statement that must have touched a row into ErrNotFound when it has not.
func one(result interface{ RowsAffected() (int64, error) }, err error) error {
	n, err := affected(result, err)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

func affected(result interface{ RowsAffected() (int64, error) }, err error) (int64, error) {
	if err != nil {
		return 0, translate(err)
	}
	n, err := result.RowsAffected()
	return n, translate(err)
}

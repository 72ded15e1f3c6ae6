package models

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What callers branch on. Errors of both drivers are translated to these in one place, translate.
var (
	// ErrNotFound: there is no such row, or none that a row being written refers to.
	ErrNotFound = errors.New("no such row")

	// ErrConflict: what is being written is taken, or somebody has changed the row meanwhile.
	ErrConflict = errors.New("conflict with another row")

	// ErrCorrupt: what was read is not what was written. The error is a *CorruptError.
	ErrCorrupt = errors.New("stored bytes are damaged")

	// ErrLocked: another process has the SQLite directory open.
	ErrLocked = errors.New("in use by another process")

	// ErrWeak: the database would lose acknowledged rows in a power cut, or ignore references.
	ErrWeak = errors.New("database setting is too weak")

	// ErrNewer: the database was migrated by a later version of this program.
	ErrNewer = errors.New("database is newer than this program")

	// ErrSync: the disk did not confirm a write. Nothing written since may be trusted; the process should end.
	ErrSync = errors.New("disk did not confirm a write")
)

// CorruptError names the damaged bytes of a conversation.
type CorruptError struct {
	Conversation uuid.UUID
	Generation   int64
	Seq          int64  // of the row in conversation_updates; 0 for crdt_state
	What         string // what does not hold
}

func (e *CorruptError) Error() string {
	where := "crdt_state"
	if e.Seq != 0 {
		where = fmt.Sprintf("update %d", e.Seq)
	}
	return fmt.Sprintf("%v: conversation %s, generation %d, %s: %s", ErrCorrupt, e.Conversation, e.Generation, where, e.What)
}

// Is makes errors.Is(err, ErrCorrupt) true.
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }

// translate gives an error of either driver its meaning, and keeps it as the cause.
func translate(err error) error {
	var meaning error
	var pg *pgconn.PgError
	var lite *sqlite.Error
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return ErrNotFound
	case errors.As(err, &pg):
		meaning = postgresCodes[pg.Code]
	case errors.As(err, &lite):
		meaning = sqliteCodes[lite.Code()]
	}
	if meaning == nil {
		return err
	}
	return fmt.Errorf("%w: %w", meaning, err)
}

var postgresCodes = map[string]error{
	"23505": ErrConflict, // unique_violation
	"23503": ErrNotFound, // foreign_key_violation
	"40001": ErrConflict, // serialization_failure
	"40P01": ErrConflict, // deadlock_detected
}

var sqliteCodes = map[int]error{
	sqlite3.SQLITE_CONSTRAINT_UNIQUE:     ErrConflict,
	sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: ErrConflict,
	sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: ErrNotFound,
	sqlite3.SQLITE_IOERR_FSYNC:           ErrSync,
	sqlite3.SQLITE_IOERR_DIR_FSYNC:       ErrSync,
}

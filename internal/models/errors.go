package models

import (
	"database/sql"
	"errors"
	"fmt"
	"os"

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

	// ErrRejected: the database will never take what Append gave it, however often it is tried.
	ErrRejected = errors.New("the database refuses this row for good")

	// ErrSync: the disk did not confirm a write, so the system may have thrown it away, and a later confirmation
	// would be worth nothing. It ends the process: nobody gets to see it.
	ErrSync = errors.New("disk did not confirm a write")
)

// ExitSync is the exit status of a process that ErrSync has ended. What it had acknowledged is on disk; a start
// reads that back and goes on.
const ExitSync = 74 // EX_IOERR

// endProcess does what ErrSync asks for; a test looks on instead.
var endProcess = func(err error) {
	fmt.Fprintf(os.Stderr, "grimoire: the disk did not confirm a write, so nothing more is acknowledged: %v\n"+
		"grimoire: look after the disk, then start again: what was shown as saved is on it\n", err)
	os.Exit(ExitSync)
}

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

// translate gives an error of either driver its meaning, and keeps it as the cause. It is where every error of
// a driver passes, and so where ErrSync ends the process.
//
// PostgreSQL needs no such end: a server whose disk fails it ends itself, starts again and reads back what it has
// confirmed. To us that is a lost connection.
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
	err = fmt.Errorf("%w: %w", meaning, err)
	if meaning == ErrSync {
		endProcess(err)
	}
	return err
}

// rejected reports whether a statement that failed with err would fail again with the same arguments. Everything
// else passes: a full disk, a lost connection, a lock, a server that restarts.
func rejected(err error) bool {
	var pg *pgconn.PgError
	var lite *sqlite.Error
	switch {
	case errors.As(err, &pg):
		switch pg.Code[:2] {
		case "22", "23", "54": // data exception, integrity constraint, program limit
			return true
		}
	case errors.As(err, &lite):
		switch lite.Code() & 0xff { // the primary code
		case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH:
			return true
		}
	}
	return false
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

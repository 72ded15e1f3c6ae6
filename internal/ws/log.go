package ws

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

// Log keeps the updates of every conversation: an append-only run of rows after a snapshot.
// Its bytes are opaque to it. The hub calls it from several goroutines at once.
type Log interface {
	// Load reads what is stored, checksums verified: the newest state, or the previous one if that is
	// damaged, and the rows after it. It changes nothing. ErrNotFound if there is no such conversation.
	Load(ctx context.Context, conversation uuid.UUID) (Stored, error)

	// LoadPrevious is Load from the previous state, for when the engine refuses the newest.
	LoadPrevious(ctx context.Context, conversation uuid.UUID) (Stored, error)

	// Scan verifies every row, also those that Load does not need, and returns how many there are and
	// which cannot be used.
	Scan(ctx context.Context, conversation uuid.UUID) (rows int, damaged []Damage, err error)

	// Quarantine takes rows out of the log that cannot be used. Until a Compaction has settled their
	// loss the conversation is read-only. Doing it again changes nothing.
	Quarantine(ctx context.Context, conversation uuid.UUID, generation int64, damaged []Damage) error

	// Append commits the batches in one transaction and returns the new head of each. A batch
	// whose generation is no longer the conversation's (or whose conversation is gone) stores
	// nothing and gets the head Fenced; the others are not affected. ErrRejected says that one of
	// the batches can never be stored, and that none was. Any other error says nothing about what
	// was stored: the hub appends the same batches again, which is harmless, because a Doc that has
	// an update ignores its repetition.
	Append(ctx context.Context, batches []Batch) (heads []int64, err error)

	// Compact replaces the snapshot at From by State, which holds every row up to To that can be used.
	// It reports false, and changes nothing, if the snapshot or the generation has moved meanwhile.
	Compact(ctx context.Context, c Compaction) (bool, error)

	// Bind gives a Yjs client id of the conversation to user, unless somebody has it already,
	// and returns who has it now.
	// The answer is on disk: whatever this client writes is shown to others only after that.
	Bind(ctx context.Context, conversation uuid.UUID, client uint64, user uuid.UUID) (owner uuid.UUID, err error)

	// Owner returns who has a Yjs client id of the conversation, uuid.Nil if nobody has.
	Owner(ctx context.Context, conversation uuid.UUID, client uint64) (uuid.UUID, error)
}

// Fenced is the head of a batch that was not stored because its generation has ended.
const Fenced int64 = 0

// Stored is a conversation as the log holds it.
type Stored struct {
	Epoch      string // of the store; it changes when a backup is restored
	Generation int64
	From       int64 // what a Compaction of this must name as its From
	Snapshot   int64 // seq of the last row that State holds
	Head       int64 // seq of the last row
	State      []byte
	Fallback   bool     // State is the previous one, because the newest cannot be used
	Updates    [][]byte // the rows after Snapshot that can be used, in order
	Damaged    []Damage // the others, in order; while there are any the conversation is read-only
}

// Damage is a row of the log that cannot be used.
type Damage struct {
	Seq   int64
	Why   string
	User  uuid.UUID // zero for a row that is missing, as is At
	At    time.Time
	Bytes []byte // as they were received; nil if they are not known for sure
}

// Batch is what one room appends at once.
type Batch struct {
	Conversation uuid.UUID
	Generation   int64
	Rows         []Row
}

// Row is one update as it was received, with the user who sent it.
type Row struct {
	User  uuid.UUID
	Bytes []byte
}

// Compaction is a new snapshot to be put in place of the one at From.
type Compaction struct {
	Conversation uuid.UUID
	Generation   int64
	From, To     int64
	State        []byte
	KeepPrevious bool // State was made from the previous snapshot, because the newest cannot be used
}

// Gate decides who comes in.
type Gate interface {
	// Enter returns what the bearer of token may do in the conversation, or an error that is
	// ErrSignIn, ErrForbidden or ErrNotFound (also for what the bearer may not know about).
	Enter(ctx context.Context, token string, conversation uuid.UUID) (Pass, error)
}

// Pass is what one person may do in one conversation.
type Pass struct {
	User, Session, Class uuid.UUID
	Epoch                int64     // of the rights in Class (see Watch), which are no older than this
	Until                time.Time // when to ask again, for time itself may end it; zero: never
	Name                 string    // shown to the others as presence
	Write                bool      // false: may read, and repeat what the Doc already holds
	Rights               protocol.Rights

	// Refuse looks at what an update would do to doc before it is applied, and returns an error,
	// preferably a *Refusal, if this person may not make that change. It must not change doc.
	// Nil means that Write says it all.
	Refuse func(doc *crdt.Doc, changes *crdt.Inspection) error

	// SignedByOthers returns the clients under which an update says that somebody else wrote it. Those are not
	// this person's, should nobody be known to have them. Nil means that nothing is signed.
	SignedByOthers func(doc *crdt.Doc, changes *crdt.Inspection) map[uint64]bool
}

// Refusal is why an update was not accepted, in words for the person who made it.
type Refusal struct {
	Reason string
	Path   string // what the update touched, such as "tags/effective"; may be empty
}

func (r *Refusal) Error() string { return r.Reason }

// Errors that a Gate, a Log and the Hub's methods return.
var (
	ErrSignIn    = errors.New("sign in first")
	ErrForbidden = errors.New("not allowed")
	ErrNotFound  = errors.New("no such conversation")
	ErrFenced    = errors.New("the conversation was restored or deleted meanwhile")
	ErrClosed    = errors.New("the server is shutting down")

	// ErrRejected: the log will never take these rows.
	ErrRejected = errors.New("the log refuses this for good")

	// ErrQuarantined: rows of the conversation cannot be read, so nothing is written until the operator has
	// recovered it.
	ErrQuarantined = errors.New("the conversation is damaged and read-only")
)

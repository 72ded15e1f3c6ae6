package protocol

import (
	"hash/fnv"

	"grimoire/internal/crdt/lib0"
)

// Message is one of the types of this file, or an Awareness.
type Message interface {
	append(dst []byte) []byte
}

// SyncStep1 asks for everything that a Doc with this state vector lacks. The answer is a SyncStep2.
type SyncStep1 struct{ Vector []byte }

// SyncStep2 answers a SyncStep1.
type SyncStep2 struct{ Update []byte }

// Update is a change as it happens.
type Update struct{ Update []byte }

// Denied says why the server is about to close a conn that does not speak grimoire.v1.
type Denied struct{ Reason string }

// QueryAwareness asks for the state of everybody.
type QueryAwareness struct{}

// Saved says that of the frames this client sent on this conn, all up to number Frames are on the
// server's disk, those excepted that a Refused has named.
//
// Only frames that can change the Doc are numbered, from 1: each Update, and each SyncStep2 whose
// update is not empty (see IsEmpty). The first message of a conn is a Saved with no frames. It
// tells generation and epoch: a client whose Doc is of another generation or another epoch must
// not send anything of it before it has started anew (generation) or synced in full (epoch).
type Saved struct {
	Generation uint64
	Epoch      string
	Frames     uint64
}

// Head compares two Docs that should be equal once everything sent has arrived. Both sides send it
// every ten seconds; whoever sees the same Seq with another Hash starts a new sync.
type Head struct {
	Generation uint64
	Seq        uint64 // of the last durable row; a client repeats the last one it was told
	Hash       uint64 // HashVector of the encoded state vector
	Deletes    uint64 // HashDeletes of the delete set; 0: not told, as by clients that do not know of it
}

// Equals reports whether both may come from equal Docs.
func (m Head) Equals(other Head) bool {
	return m.Hash == other.Hash && (m.Deletes == other.Deletes || m.Deletes == 0 || other.Deletes == 0)
}

// Refused says that a frame was not applied, and nobody else has seen it. The client keeps the
// change as a draft. Its Doc holds what the server's does not, and whatever it sends may build on
// that: the server refuses every later frame, until a SyncStep1 shows it a Doc without.
type Refused struct {
	Frame  uint64
	Reason string // a sentence for the person
	Path   string // what it touched, such as "tags/effective"; may be empty
}

// Reset says that the conversation has a new generation: the client drops its Doc, and offers what
// was not saved for copying.
type Reset struct{ Generation uint64 }

// Drain asks the client to connect again after a random delay of up to so many milliseconds.
type Drain struct{ Milliseconds uint64 }

// Rights says what the person at this conn may do in the conversation. It comes when the conn
// opens and whenever that has changed, so that a page need not ask.
type Rights struct {
	Role   string // in the class: instructor, tutor, student, viewer; empty for none
	May    Actions
	Frozen bool
	Reason string // why not more, in a sentence for the person; empty if nothing is in the way
}

// Actions is a set of what may be done, one bit each.
type Actions uint64

// The actions; part of the wire format.
const (
	MayEdit     Actions = 1 << iota // the text and who speaks
	MayAnnotate                     // highlight, tag, comment, react
	MayManage                       // rename, show, hide, delete
	MayModerate                     // freeze; delete comments of others
	MayExport
	MayRemove // highlights of others
)

// Seal comes before an Update that is not on disk yet, and vouches for it: its bytes, all of them,
// are what the server accepted. It comes first, so that nobody ever has the words without it. A
// client keeps both until a later Seal has Settled at or above this one's Row, or a Head comes:
// then the update is on disk.
//
// If the server was killed before, it has forgotten what its clients know. Each conn's first act
// is then to give back what it keeps, as Sealed, ahead of its own changes: the seal is how the
// server knows its own word again, whoever brings it.
type Seal struct {
	Row     uint64 // of the update's last row, counted from when the room was opened
	Settled uint64 // of the last row that is on disk
	Seal    []byte
}

// Sealed gives an update and its seal back. It is not numbered and not acknowledged.
type Sealed struct{ Update, Seal []byte }

func (m SyncStep1) append(dst []byte) []byte {
	return lib0.AppendBytes(append(dst, typeSync, syncStep1), m.Vector)
}

func (m SyncStep2) append(dst []byte) []byte {
	return lib0.AppendBytes(append(dst, typeSync, syncStep2), m.Update)
}

func (m Update) append(dst []byte) []byte {
	return lib0.AppendBytes(append(dst, typeSync, syncUpdate), m.Update)
}

func (m Denied) append(dst []byte) []byte {
	return lib0.AppendString(append(dst, typeAuth, authDenied), m.Reason)
}

func (m QueryAwareness) append(dst []byte) []byte { return append(dst, typeQueryAwareness) }

func (m Saved) append(dst []byte) []byte {
	dst = lib0.AppendUint(append(dst, typeSaved), m.Generation)
	return lib0.AppendUint(lib0.AppendString(dst, m.Epoch), m.Frames)
}

func (m Head) append(dst []byte) []byte {
	dst = lib0.AppendUint(append(dst, typeHead), m.Generation)
	dst = lib0.AppendUint(lib0.AppendUint(dst, m.Seq), m.Hash)
	if m.Deletes == 0 {
		return dst
	}
	return lib0.AppendUint(dst, m.Deletes)
}

func (m Refused) append(dst []byte) []byte {
	dst = lib0.AppendUint(append(dst, typeRefused), m.Frame)
	return lib0.AppendString(lib0.AppendString(dst, m.Reason), m.Path)
}

func (m Reset) append(dst []byte) []byte {
	return lib0.AppendUint(append(dst, typeReset), m.Generation)
}

func (m Drain) append(dst []byte) []byte {
	return lib0.AppendUint(append(dst, typeDrain), m.Milliseconds)
}

func (m Rights) append(dst []byte) []byte {
	dst = lib0.AppendUint(lib0.AppendString(append(dst, typeRights), m.Role), uint64(m.May))
	frozen := uint64(0)
	if m.Frozen {
		frozen = 1
	}
	return lib0.AppendString(lib0.AppendUint(dst, frozen), m.Reason)
}

func (m Seal) append(dst []byte) []byte {
	return lib0.AppendBytes(lib0.AppendUint(lib0.AppendUint(append(dst, typeSeal), m.Row), m.Settled), m.Seal)
}

func (m Sealed) append(dst []byte) []byte {
	return lib0.AppendBytes(lib0.AppendBytes(append(dst, typeSealed), m.Update), m.Seal)
}

// IsEmpty reports whether an update holds neither structs nor deletions, in Yjs's own encoding:
// two zero bytes. It is what a client without news answers to a SyncStep1.
func IsEmpty(update []byte) bool {
	return len(update) == 2 && update[0] == 0 && update[1] == 0
}

// HashVector is the 32-bit FNV-1a hash of a state vector as Yjs encodes it (clients descending).
func HashVector(vector []byte) uint64 { return hash(vector) }

// HashDeletes is the same hash of what a Doc sends one that lacks no structs of it: an update of its whole delete
// set (clients descending, ranges ascending and joined). It is never 0, which says that it is not told.
func HashDeletes(update []byte) uint64 { return max(1, hash(update)) }

func hash(b []byte) uint64 {
	h := fnv.New32a()
	h.Write(b)
	return uint64(h.Sum32())
}

package crdt

import (
	"math/rand/v2"
	"slices"

	"grimoire/internal/crdt/lib0"
)

// Options says what a Doc is. The zero Options make a Doc like yjs's default.
type Options struct {
	// ClientID names this Doc among those it merges with; it must be its own
	// and at most 2^53-1. 0 takes a random one of 32 bits.
	ClientID uint64

	// NoGC keeps the content of deleted Items, which snapshots need.
	NoGC bool

	// GCFilter says whether the content of a deleted Item may be dropped; nil: all
	// may. What a deleted type holds goes with it, unasked. It has no effect with
	// NoGC.
	GCFilter func(Item) bool

	// GUID names the document. The engine only carries it.
	GUID string
}

// Doc is one copy of a shared document: the structs of all its clients, the
// types they form, and what arrived too early to be applied.
//
// A Doc is not safe for concurrent use.
type Doc struct {
	clientID uint64
	noGC     bool
	gcFilter func(Item) bool // nil: everything may be collected
	guid     string

	pages     []*itemPage // see item.go
	slots     int         // that were used so far
	freeItems []int32

	arena     []byte // see content.go
	garbage   int    // bytes of the arena that nothing refers to
	spans     []span
	freeSpans []uint32

	clients    []clientRuns
	clientOf   clientTable
	lastClient uint32   // see knownClient
	order      []uint32 // clients that have structs
	orderStale bool     // order is to be sorted again

	types     []typ
	freeTypes []int32

	keys  []key
	keyOf map[string]uint32

	pending pending
	redone  map[structID]structID // see redo.go

	transaction *Transaction   // the one that is running
	cleanups    []*Transaction // begun and not yet cleaned up
	spareTx     []*Transaction
	serial      uint64 // of the last transaction

	markerClock uint64

	stamps       []uint32 // see conflict.go
	stamp        uint32
	scanned      uint64 // Items that scans have looked at
	scanLimit    uint64 // scanned may not exceed it; 0: it may
	undoManagers []*UndoManager

	observers        []*func(update []byte, origin any) // of updates in v1
	observersV2      []*func(update []byte, origin any)
	afterTransaction []*func(*Transaction)
	subdocObservers  []*func(SubdocsEvent)
	watched          map[int32]*watchers // observers of types, see observe.go

	scratch applyScratch
	null    span // holds null, once it is needed
}

// New returns an empty Doc. It panics if the client ID is too large.
func New(o Options) *Doc {
	if o.ClientID > lib0.MaxInt {
		panic("crdt: client ID above 2^53-1")
	}
	d := &Doc{
		clientID: o.ClientID,
		noGC:     o.NoGC,
		gcFilter: o.GCFilter,
		guid:     o.GUID,
		keyOf:    map[string]uint32{},
	}
	if d.clientID == 0 {
		d.clientID = newClientID()
	}
	return d
}

func newClientID() uint64 { return uint64(rand.Uint32()) }

// ClientID returns the ID under which this Doc makes Items. It changes if an
// update shows that somebody else uses it.
func (d *Doc) ClientID() uint64 { return d.clientID }

// SetClientID makes the Doc use another ID from now on, which may be 0. The ID
// must not be in use elsewhere.
func (d *Doc) SetClientID(id uint64) { d.clientID = id }

// GUID returns the name given in Options.
func (d *Doc) GUID() string { return d.guid }

// StateVector returns how much of each client the Doc holds.
func (d *Doc) StateVector() StateVector {
	sv := make(StateVector, len(d.order))
	for _, c := range d.order {
		sv[d.clients[c].id] = d.clients[c].state
	}
	return sv
}

// State returns the clock behind the last unit of a client that the Doc holds,
// 0 if it holds none.
func (d *Doc) State(client uint64) uint64 {
	if c, ok := d.clientOf.find(d.clients, client); ok {
		return d.clients[c].state
	}
	return 0
}

// key is a string that Items share: the name of a root, of a format or of a node,
// or a key of a map.
type key struct {
	name string
	root int32 // the type that is the root of this name, or none
}

// intern returns the index of a key, adding it if needed.
func (d *Doc) intern(name []byte) uint32 {
	if k, ok := d.keyOf[string(name)]; ok {
		return k
	}
	k := uint32(len(d.keys))
	s := string(name)
	d.keys = append(doubled(d.keys), key{s, none})
	d.keyOf[s] = k
	return k
}

// doubled returns s with room for one more. It doubles where append grows by a
// quarter, so that a table filled one by one is copied twice at most.
func doubled[T any](s []T) []T {
	if len(s) == cap(s) {
		return slices.Grow(s, len(s)+1)
	}
	return s
}

// name returns the string of a key.
func (d *Doc) name(k uint32) string { return d.keys[k].name }

// Transact runs fn in a transaction with the given origin: its edits reach
// observers as one update. Inside another transaction fn joins that one, and
// origin is ignored.
func (d *Doc) Transact(origin any, fn func(*Transaction)) {
	t, outermost := d.begin(origin, true)
	defer func() {
		if outermost {
			d.end(t)
		}
	}()
	fn(t)
}

// OnUpdate calls fn after every transaction that changed the Doc, with the
// change as an update and the transaction's origin. fn owns the bytes. It may
// edit the Doc, in a transaction of its own. cancel ends the calls.
func (d *Doc) OnUpdate(fn func(update []byte, origin any)) (cancel func()) {
	return subscribe(&d.observers, fn)
}

// OnUpdateV2 is [Doc.OnUpdate] with updates in format v2.
func (d *Doc) OnUpdateV2(fn func(update []byte, origin any)) (cancel func()) {
	return subscribe(&d.observersV2, fn)
}

// Package crdt is Yjs in Go: documents that many edit at once, offline too, and
// that end the same for everybody. It speaks yjs 13.6's formats both ways, byte
// for byte, and needs the standard library only.
//
//	    browser                       server                      browser
//	┌─────────────┐   update     ┌─────────────┐   update     ┌─────────────┐
//	│ yjs: Y.Doc  │ ───────────> │  crdt.Doc   │ ───────────> │ yjs: Y.Doc  │
//	└─────────────┘ <─────────── └─────────────┘ <─────────── └─────────────┘
//
// # A Doc
//
// A [Doc] holds root types by name: [Text], [Map], [Array] and the XML types.
// They can hold others. Reading needs nothing; editing happens in a transaction
// ([Doc.Transact]) and reaches observers ([Doc.OnUpdate]) as one update.
// Positions and lengths of text count UTF-16 code units, as JavaScript does.
//
// Every type tells its observers what changed in it, as a delta and by keys, and
// where ([Text.Observe], [Map.ObserveDeep], [Event]).
//
// A Doc is not safe for concurrent use: somebody must own it.
//
// # Synchronising
//
// Every client numbers what it makes. A [StateVector] says how far a Doc knows
// each client, so two Docs need to exchange only that and what the other lacks:
//
//	ours.Encode(theirs.StateVector())  ──>  theirs.Apply(update, origin)
//
// Updates may arrive in any order and any number of times. What arrives before
// its surroundings waits inside of the Doc ([Doc.Pending]).
//
// [Merge], [Diff], [StateVectorOf] and [Validate] work on updates without a Doc.
// Names that end in V2 are those of update format v2, which is smaller and
// slower; everything can be mixed, and [ConvertV1ToV2] and [ConvertV2ToV1]
// translate.
//
// # Bytes from strangers
//
// Nothing here panics on bytes that were received, hangs on them, or allocates
// much more than they are long. [Doc.Apply] checks an update as a whole before
// it changes anything; its errors are [*DecodeError]s, which say where the fault
// is, and wrap [ErrMalformed] or [ErrLimit]. [Doc.Inspect] says what an update
// would do, for a server that must decide whether it may.
//
// Edits are different: an index outside of a text, a value of a type that cannot
// be shared or an edit outside of its transaction is a mistake of the program,
// and panics.
//
// # Reading the source
//
// INTERNALS.md explains the structures and algorithms with pictures. A good
// order is item.go, store.go, integrate.go, conflict.go; then transaction.go,
// deleteset.go, gc.go; then update.go, codec.go, apply.go, encode.go, merge.go.
// Functions name the function of yjs they follow, where there is one.
package crdt

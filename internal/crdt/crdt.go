// Package crdt is Yjs in Go: documents that many edit at once, offline too, and
// that end the same for everybody. It speaks yjs 13.6's formats both ways, byte
// for byte, and needs the standard library only.
//
//	    browser                       server                      browser
//	┌─────────────┐   update     ┌─────────────┐   update     ┌─────────────┐
//	│ yjs: Y.Doc  │ ───────────> │  crdt.Doc   │ ───────────> │ yjs: Y.Doc  │
//	└─────────────┘ <─────────── └─────────────┘ <─────────── └─────────────┘
//
// # What a Doc is
//
// A [Doc] is one copy of a shared document. It holds root types by name, and types
// hold values and other types:
//
//	Doc ── "text"      Text         characters, formats, embedded objects
//	    ── "comments"  Map          keys with values or types:
//	                     "c1" ── Map ── "body" ── Text
//	    ── "order"     Array        values or types, in a row
//	    ── "page"      XmlFragment  XmlElements, XmlTexts, XmlHooks
//
// Nothing in it is ever overwritten: every character and every value is a unit with
// an [ID], the client that made it and a number, and deleting it marks it so. That
// is why copies that were edited apart can always be put together, in any order,
// and end the same.
//
// Positions and lengths of text count UTF-16 code units, as JavaScript does. A Doc
// is not safe for concurrent use: somebody must own it.
//
// # Reading
//
// Ask for a root by name and kind, and read: [Text.String], [Text.Delta], [Map.Get],
// [Array.Values], [XmlFragment.String], or all at once with [ToJSON]. Values are
// Go's for JSON (numbers are float64), [lib0.Undefined], [lib0.BigInt], []byte,
// handles of types, and [Subdoc]s. See the example of [Map.Get].
//
// # Writing
//
// Edits happen in a transaction ([Doc.Transact]), which has an origin, and reach
// observers and others as one update. New types can be filled before they are put
// into the document, and those that are in one can be copied ([Clone]). See the
// examples of [Doc.Transact] and [Text.Format].
//
// # Synchronising
//
// Every client numbers what it makes. A [StateVector] says how far a Doc knows
// each client, so two Docs need to exchange only that and what the other lacks:
//
//	ours.Encode(theirs.StateVector())  ──>  theirs.Apply(update, origin)
//
// See the example of [Doc.Encode]; [Doc.OnUpdate] gives each change as it happens.
// Updates may arrive in any order and any number of times. What arrives before
// its surroundings waits inside of the Doc ([Doc.Pending]).
//
// [Merge], [Diff], [StateVectorOf], [Meta], [Validate] and [Obfuscate] work on updates
// without a Doc.
// Names that end in V2 are those of update format v2, which is smaller and
// slower; everything can be mixed, and [ConvertV1ToV2] and [ConvertV2ToV1]
// translate.
//
// # Around it
//
// Observers learn what changed and where ([Text.Observe], [Map.ObserveDeep], [Event]).
// An [UndoManager] takes edits back. A [RelativePosition] stays beside its character
// whatever others type. A [Snapshot] names a state of a Doc that keeps everything:
// [Doc.View] reads it, [Doc.At] makes it a Doc, [Transaction.Restore] goes back to
// it by a new edit. A [Subdoc] is a document by name in another one.
//
// For servers there are [Doc.Inspect], [Doc.Authors], [Doc.Memory] and [Doc.Check].
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
// INTERNALS.md explains the structures, algorithms and formats with pictures, says
// in which order to read the files, and where each part of yjs is. Functions name
// the function of yjs they follow, where there is one.
package crdt

package crdt

import (
	"slices"
	"time"
)

// UndoOptions says what an UndoManager tracks.
type UndoOptions struct {
	// Origins are those of the transactions that can be undone: values, which must
	// be comparable, or a [reflect.Type] for all origins of a type. Without any,
	// transactions with a nil origin can.
	Origins []any

	// CaptureTimeout is how soon after the last change another one joins it, to
	// be undone with it. 0 makes every transaction a step of its own.
	CaptureTimeout time.Duration

	// Now tells the time; nil is time.Now.
	Now func() time.Time

	// CaptureTransaction says of a transaction with a tracked origin whether it
	// can be undone; nil: each can.
	CaptureTransaction func(*Transaction) bool

	// DeleteFilter says whether undoing or redoing may delete an Item; nil: it
	// may delete each.
	DeleteFilter func(Item) bool

	// IgnoreRemoteMapChanges lets undo bring back the value of a key that
	// somebody else has set since.
	IgnoreRemoteMapChanges bool
}

// UndoManager takes back edits of some types, and brings them back. Undoing is
// an edit like any other: it makes new Items, and others see it as a change
// (yjs v13.6: UndoManager).
type UndoManager struct {
	doc     *Doc
	whole   bool // the scope is all of doc
	scope   []typeRef
	options UndoOptions
	undo    []*StackItem
	redo    []*StackItem
	undoing bool
	redoing bool
	last    time.Time // of the last captured change; zero: the next is a step of its own

	added, updated, popped []*func(StackEvent)
	cleared                []*func(StackCleared)
}

// StackItem is one step that can be undone or redone.
type StackItem struct {
	// Meta is for the application, such as where the cursor was. It is nil until
	// an observer sets it.
	Meta map[string]any

	insertions, deletions []delRange // what it made and what it deleted
}

// UndoStack names one of the two stacks of an UndoManager, as yjs does.
type UndoStack string

// The stacks: of what can be undone, and of what was undone and can be redone.
const (
	OfUndo UndoStack = "undo"
	OfRedo UndoStack = "redo"
)

// StackEvent says that a step was put onto a stack, got more to undo, or was taken
// from it and reverted.
type StackEvent struct {
	Item   *StackItem
	Stack  UndoStack
	Origin any // of the transaction; the UndoManager if it was undone or redone

	// ChangedParents are the types that the transaction changed, and all that hold
	// one of them (yjs: changedParentTypes).
	ChangedParents []Type
}

// StackCleared says which stacks were emptied.
type StackCleared struct{ Undo, Redo bool }

// NewUndoManager returns an UndoManager for types of d and all that they hold;
// without any, for all of d. It keeps deleted content from being collected as
// long as it may be needed.
func NewUndoManager(d *Doc, o UndoOptions, scope ...Type) *UndoManager {
	if len(o.Origins) == 0 {
		o.Origins = []any{nil}
	}
	o.Origins = slices.Clone(o.Origins)
	if o.Now == nil {
		o.Now = time.Now
	}
	u := &UndoManager{doc: d, options: o, whole: len(scope) == 0}
	u.AddToScope(scope...)
	if d.redone == nil {
		d.redone = map[structID]structID{}
	}
	d.undoManagers = append(d.undoManagers, u)
	return u
}

// AddToScope lets edits of more types be undone. It panics if one is not part of
// the Doc.
func (u *UndoManager) AddToScope(types ...Type) {
	for _, t := range types {
		ref := *t.reference()
		if ref.doc != u.doc {
			panic("crdt: only edits of the UndoManager's own Doc can be undone")
		}
		if !slices.Contains(u.scope, ref) {
			u.scope = append(u.scope, ref)
		}
	}
}

// AddTrackedOrigin lets transactions with an origin be undone from now on.
func (u *UndoManager) AddTrackedOrigin(origin any) {
	if !slices.Contains(u.options.Origins, origin) {
		u.options.Origins = append(u.options.Origins, origin)
	}
}

// RemoveTrackedOrigin ends what AddTrackedOrigin began.
func (u *UndoManager) RemoveTrackedOrigin(origin any) {
	u.options.Origins = slices.DeleteFunc(u.options.Origins, func(o any) bool { return o == origin })
}

// OnStackItemAdded calls fn when a step has been put onto a stack (yjs:
// stack-item-added). It is the time to set its Meta.
func (u *UndoManager) OnStackItemAdded(fn func(StackEvent)) (cancel func()) {
	return subscribe(&u.added, fn)
}

// OnStackItemUpdated calls fn when a transaction has joined the last step (yjs:
// stack-item-updated).
func (u *UndoManager) OnStackItemUpdated(fn func(StackEvent)) (cancel func()) {
	return subscribe(&u.updated, fn)
}

// OnStackItemPopped calls fn when a step has been undone or redone (yjs:
// stack-item-popped). It is the time to use its Meta.
func (u *UndoManager) OnStackItemPopped(fn func(StackEvent)) (cancel func()) {
	return subscribe(&u.popped, fn)
}

// OnStackCleared calls fn when stacks that were not both empty have been emptied
// (yjs: stack-cleared).
func (u *UndoManager) OnStackCleared(fn func(StackCleared)) (cancel func()) {
	return subscribe(&u.cleared, fn)
}

func tell[E any](observers []*func(E), event E) {
	for _, fn := range observers {
		(*fn)(event)
	}
}

// Close stops tracking. What it kept stays kept.
func (u *UndoManager) Close() {
	u.doc.undoManagers = slices.DeleteFunc(u.doc.undoManagers, func(x *UndoManager) bool { return x == u })
}

// Clear empties both stacks, so that the garbage collection of the Doc may take what
// they kept.
func (u *UndoManager) Clear() { u.clear(true, true) }

// ClearUndo is Clear of what could be undone.
func (u *UndoManager) ClearUndo() { u.clear(true, false) }

// ClearRedo is Clear of what could be redone.
func (u *UndoManager) ClearRedo() { u.clear(false, true) }

// CanUndo reports whether there is a step to undo; it may turn out to have nothing
// left to change.
func (u *UndoManager) CanUndo() bool { return len(u.undo) > 0 }

// CanRedo is CanUndo of redoing.
func (u *UndoManager) CanRedo() bool { return len(u.redo) > 0 }

// StopCapturing makes the next change a step of its own.
func (u *UndoManager) StopCapturing() { u.last = time.Time{} }

// Undo takes the last step back that can be, and reports whether there was one.
func (u *UndoManager) Undo() bool {
	u.undoing = true
	defer func() { u.undoing = false }()
	return u.pop(&u.undo, OfUndo)
}

// Redo brings the last step back that was undone, and reports whether there was
// one.
func (u *UndoManager) Redo() bool {
	u.redoing = true
	defer func() { u.redoing = false }()
	return u.pop(&u.redo, OfRedo)
}

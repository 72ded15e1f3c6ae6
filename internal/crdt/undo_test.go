package crdt_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"grimoire/internal/crdt"
)

func ExampleUndoManager() {
	d := crdt.New(crdt.Options{ClientID: 1})
	text := d.Text("text")
	undo := crdt.NewUndoManager(d, crdt.UndoOptions{Origins: []any{"me"}}, text)

	d.Transact("me", func(t *crdt.Transaction) { text.Insert(t, 0, "mine ") })
	d.Transact("they", func(t *crdt.Transaction) { text.Insert(t, 5, "theirs") })
	undo.Undo()
	fmt.Println(text)
	undo.Redo()
	fmt.Println(text)
	// Output:
	// theirs
	// mine theirs
}

func TestUndoManager_CapturesWhatIsClose(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 1})
	text := d.Text("text")
	now := time.Unix(1000, 0)
	undo := crdt.NewUndoManager(d, crdt.UndoOptions{CaptureTimeout: time.Second, Now: func() time.Time { return now }}, text)
	typeAfter := func(wait time.Duration, s string) {
		now = now.Add(wait)
		d.Transact(nil, func(tx *crdt.Transaction) { text.Insert(tx, text.Len(), s) })
	}
	typeAfter(0, "a")
	typeAfter(time.Millisecond, "b")
	typeAfter(2*time.Second, "c")
	undo.StopCapturing()
	typeAfter(time.Millisecond, "d")
	for _, want := range []string{"abc", "ab", ""} {
		if !undo.Undo() || text.String() != want {
			t.Errorf("text is %q, want %q", text, want)
		}
	}
	if undo.Undo() || undo.CanUndo() {
		t.Error("there is still something to undo")
	}
	for range 3 {
		undo.Redo()
	}
	if text.String() != "abcd" || undo.CanRedo() {
		t.Errorf("after all redos the text is %q", text)
	}
	undo.Undo()
	typeAfter(0, "x")
	if undo.CanRedo() {
		t.Error("a new edit leaves something to redo")
	}
	undo.Close()
	typeAfter(time.Hour, "y")
	undo.Undo()
	if text.String() != "abcy" {
		t.Errorf("after Close the text is %q: edits are tracked still", text)
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
}

func TestUndoManager_BringsDeletedTypesBack(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 1})
	comments := d.Map("comments")
	d.Transact(nil, func(tx *crdt.Transaction) {
		c := crdt.NewMap()
		c.Set(nil, "body", crdt.NewText("why?"))
		comments.Set(tx, "c1", c)
	})
	undo := crdt.NewUndoManager(d, crdt.UndoOptions{}, comments)
	d.Transact(nil, func(tx *crdt.Transaction) { comments.Delete(tx, "c1") })
	if _, ok := comments.Get("c1"); ok {
		t.Fatal("not deleted")
	}
	undo.Undo()
	c, ok := comments.Get("c1")
	if !ok {
		t.Fatal("not brought back")
	}
	if body, _ := c.(*crdt.Map).Get("body"); body.(*crdt.Text).String() != "why?" {
		t.Errorf("body is %v", body)
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
}

// The origins and the scope may change, and a filter sees what is about to go.
func TestUndoManager_ScopeOriginsAndFilter(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 1})
	text, m := d.Text("text"), d.Map("map")
	var asked []string
	undo := crdt.NewUndoManager(d, crdt.UndoOptions{
		Origins: []any{"a"},
		DeleteFilter: func(it crdt.Item) bool {
			asked = append(asked, fmt.Sprintf("%d %v %T", it.Length, it.Kind, it.Values()[0]))
			return it.Kind != crdt.KindType
		},
	}, text)
	do := func(origin string, f func(*crdt.Transaction)) { d.Transact(origin, f) }
	do("a", func(tx *crdt.Transaction) { m.Set(tx, "k", 1) })
	if undo.CanUndo() {
		t.Error("an edit outside of the scope is tracked")
	}
	undo.AddToScope(m, m)
	do("b", func(tx *crdt.Transaction) { m.Set(tx, "k", 2) })
	if undo.CanUndo() {
		t.Error("an edit of another origin is tracked")
	}
	undo.AddTrackedOrigin("b")
	undo.RemoveTrackedOrigin("a")
	do("a", func(tx *crdt.Transaction) { m.Set(tx, "k", 3) })
	do("b", func(tx *crdt.Transaction) {
		text.Insert(tx, 0, "gone")
		m.Set(tx, "type", crdt.NewMap())
	})
	if !undo.Undo() || undo.Undo() {
		t.Error("not just one step was undone")
	}
	_, stays := m.Get("type")
	if k, _ := m.Get("k"); text.String() != "" || !stays || k != 3.0 {
		t.Errorf("text %q, type %v, k %v", text, stays, k)
	}
	if want := []string{"1 Type *crdt.Map", "4 String string"}; !slices.Equal(asked, want) {
		t.Errorf("the filter was asked of %q, want %q", asked, want)
	}
	defer func() {
		if recover() == nil {
			t.Error("a type that is in no Doc is in the scope")
		}
	}()
	undo.AddToScope(crdt.NewText("x"))
}

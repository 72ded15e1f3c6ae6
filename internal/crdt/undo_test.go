package crdt_test

import (
	"fmt"
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

package crdt_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"grimoire/internal/crdt"
)

// Inside of a transaction a keystroke is part of it.
func TestApply_KeystrokeJoinsTheTransaction(t *testing.T) {
	writer := crdt.New(crdt.Options{ClientID: 1})
	var updates [][]byte
	writer.OnUpdate(func(update []byte, _ any) { updates = append(updates, update) })
	for _, s := range []string{"a", "b"} {
		writer.Transact(nil, func(tx *crdt.Transaction) { writer.Text("t").Insert(tx, writer.Text("t").Len(), s) })
	}
	d := crdt.New(crdt.Options{ClientID: 2})
	if err := d.Apply(updates[0], nil); err != nil {
		t.Fatal(err)
	}
	var emitted []byte
	d.Transact(nil, func(*crdt.Transaction) {
		if err := d.Apply(updates[1], nil); err != nil {
			t.Fatal(err)
		}
		d.OnUpdate(func(update []byte, _ any) { emitted = update })
	})
	if !bytes.Equal(emitted, updates[1]) {
		t.Errorf("observers got %x, want %x", emitted, updates[1])
	}
}

func TestApply_TellsObserversOfKeystrokes(t *testing.T) {
	var updates [][]byte
	writer := crdt.New(crdt.Options{ClientID: 1})
	writer.OnUpdate(func(update []byte, _ any) { updates = append(updates, update) })
	text := writer.Text("t")
	for _, edit := range []func(*crdt.Transaction){
		func(tx *crdt.Transaction) { text.Insert(tx, 0, "abcdef") },
		func(tx *crdt.Transaction) { text.Insert(tx, 6, "g") },
		func(tx *crdt.Transaction) { text.Delete(tx, 6, 1) },
		func(tx *crdt.Transaction) { text.Delete(tx, 5, 1) },
	} {
		writer.Transact(nil, edit)
	}
	for name, observe := range map[string]func(d *crdt.Doc, told func()){
		"OnUpdate":      func(d *crdt.Doc, told func()) { d.OnUpdate(func([]byte, any) { told() }) },
		"OnUpdateV2":    func(d *crdt.Doc, told func()) { d.OnUpdateV2(func([]byte, any) { told() }) },
		"OnTransaction": func(d *crdt.Doc, told func()) { d.OnTransaction(func(*crdt.Transaction) { told() }) },
		"Observe":       func(d *crdt.Doc, told func()) { d.Text("t").Observe(func(*crdt.Event) { told() }) },
		"UndoManager": func(d *crdt.Doc, told func()) {
			crdt.NewUndoManager(d, crdt.UndoOptions{
				Origins: []any{"writer"},
				CaptureTransaction: func(*crdt.Transaction) bool {
					told()
					return true
				},
			})
		},
	} {
		d := crdt.New(crdt.Options{ClientID: 2})
		told := 0
		observe(d, func() { told++ })
		for _, update := range updates {
			if err := d.Apply(update, "writer"); err != nil {
				t.Fatal(err)
			}
		}
		if told != len(updates) {
			t.Errorf("%s: told of %d of %d updates", name, told, len(updates))
		}
	}
}

// What an observer edits comes behind what it was told, for all observers.
func TestApply_ObserversMayEditAtAKeystroke(t *testing.T) {
	const str, deleted, origin = 4, 1, 1 << 7
	d := crdt.New(crdt.Options{ClientID: 9})
	var heard []any
	d.OnUpdate(func(_ []byte, origin any) {
		if origin != "answer" {
			log := d.Text("log")
			d.Transact("answer", func(tx *crdt.Transaction) { log.Insert(tx, log.Len(), "!") })
		}
	})
	d.OnUpdate(func(_ []byte, origin any) { heard = append(heard, origin) })
	for i, update := range [][]byte{
		uints(1, 2, 1, 0, str, 1, "t", "abcd", byte(deleted|origin), 1, 3, 1, 0),
		uints(0, 1, 1, 1, 3, 1),
		uints(1, 1, 2, 0, str, 1, "t", "x", 0),
		uints(1, 1, 2, 1, byte(str|origin), 2, 0, "y", 0),
	} {
		if err := errors.Join(d.Apply(update, i), d.Check()); err != nil {
			t.Fatal(err)
		}
	}
	if want := []any{0, "answer", 1, "answer", 2, "answer", 3, "answer"}; !slices.Equal(heard, want) {
		t.Errorf("an observer heard of %v, want %v", heard, want)
	}
	if got := d.Text("log").String(); got != "!!!!" {
		t.Errorf("the log is %q", got)
	}
}

// A keystroke costs what the observer gets and may keep.
func TestApply_TellsOfAKeystrokeWithOneAllocation(t *testing.T) {
	const str, origin = 4, 1 << 7
	d := crdt.New(crdt.Options{ClientID: 9})
	told := 0
	d.OnUpdate(func([]byte, any) { told++ })
	if err := d.Apply(uints(1, 1, 1, 0, str, 1, "t", "x", 0), nil); err != nil {
		t.Fatal(err)
	}
	const n = 500
	var updates [][]byte
	for i := range n + 1 {
		updates = append(updates, uints(1, 1, 1, i+1, byte(str|origin), 1, i, "x", 0))
	}
	told = 0
	i := 0
	got := testing.AllocsPerRun(n, func() {
		if err := d.Apply(updates[i], nil); err != nil {
			t.Fatal(err)
		}
		i++
	})
	if got > 1 || told != n+1 {
		t.Errorf("%v allocations for a keystroke, %d of %d told", got, told, n+1)
	}
}

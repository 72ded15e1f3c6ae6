package crdt_test

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"grimoire/internal/crdt"
)

func TestDoc_AuthorsOfText(t *testing.T) {
	d := commented(t)
	if err := d.Apply(editOf(t, d, func(d *crdt.Doc, tx *crdt.Transaction) {
		d.Text("text").Insert(tx, 5, ", dear")
		d.Text("text").Delete(tx, 0, 1)
	}), nil); err != nil {
		t.Fatal(err)
	}
	got := d.Authors(d.Text("text"))
	if want := []crdt.Run{{Client: 1, Length: 4}, {Client: 2, Length: 6}, {Client: 1, Length: 6}}; !slices.Equal(got, want) {
		t.Errorf("authors of %q are %v, want %v", d.Text("text"), got, want)
	}
}

// The account of a loaded Doc must come near to what the heap says.
func TestDoc_MemoryIsWhatTheHeapHolds(t *testing.T) {
	source := crdt.New(crdt.Options{ClientID: 1, NoGC: true})
	source.Transact(nil, func(tx *crdt.Transaction) {
		for i := range 20_000 {
			source.Text("text").Insert(tx, i/2, strings.Repeat("x", 1+i%9))
			source.Map("map").Set(tx, strings.Repeat("k", 1+i%50), i)
		}
	})
	state := source.Encode(nil)
	var d *crdt.Doc
	heap := allocatedLive(func() {
		d = crdt.New(crdt.Options{ClientID: 2, NoGC: true})
		if err := d.Apply(state, nil); err != nil {
			t.Fatal(err)
		}
	})
	runtime.KeepAlive(state) // it is there before and after
	if got := uint64(d.Memory().Total()); got < heap*8/10 || got > heap*12/10 {
		t.Errorf("the account says %d bytes, the heap %d: %+v", got, heap, d.Memory())
	}
}

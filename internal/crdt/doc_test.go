package crdt_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"grimoire/internal/crdt"
)

func applyAll(d *crdt.Doc, updates [][]byte) error {
	for _, u := range updates {
		if err := d.Apply(u, nil); err != nil {
			return err
		}
	}
	return nil
}

func TestApply_TypingAllocatesNothing(t *testing.T) {
	writer := crdt.New(crdt.Options{ClientID: 1})
	var updates, updatesV2 [][]byte
	writer.OnUpdate(func(u []byte, _ any) { updates = append(updates, u) })
	writer.OnUpdateV2(func(u []byte, _ any) { updatesV2 = append(updatesV2, u) })
	text := writer.Text("text")
	for range 3000 {
		writer.Transact(nil, func(tx *crdt.Transaction) { text.Insert(tx, text.Len(), "x") })
	}
	for name, in := range map[string]struct {
		updates [][]byte
		apply   func(d *crdt.Doc, update []byte) error
	}{
		"v1": {updates, func(d *crdt.Doc, update []byte) error { return d.Apply(update, nil) }},
		"v2": {updatesV2, func(d *crdt.Doc, update []byte) error { return d.ApplyV2(update, nil) }},
	} {
		reader := crdt.New(crdt.Options{ClientID: 2})
		if err := applyAll(reader, updates[:1000]); err != nil {
			t.Fatal(err)
		}
		next := 1000
		// The arena doubles now and then: less than one allocation in ten runs.
		if allocs := testing.AllocsPerRun(1500, func() {
			if err := in.apply(reader, in.updates[next]); err != nil {
				t.Fatal(err)
			}
			next++
		}); allocs != 0 {
			t.Errorf("%s: %v allocations for each applied update", name, allocs)
		}
	}
}

// A room that lives long must not hold much more than one that was loaded from
// the same state just now.
func TestDoc_DoesNotGrow(t *testing.T) {
	const seed = 3
	rng := rand.New(rand.NewPCG(seed, seed))
	var d, fresh *crdt.Doc
	var want string
	lived := allocatedLive(func() {
		d = crdt.New(crdt.Options{ClientID: 1})
		text, m := d.Text("text"), d.Map("presence")
		want = strings.Repeat("base ", 2000)
		d.Transact(nil, func(tx *crdt.Transaction) { text.Insert(tx, 0, want) })
		for i := range 30_000 {
			at := rng.IntN(text.Len() - 20)
			more := strings.Repeat("word ", 1+rng.IntN(8))
			d.Transact(nil, func(tx *crdt.Transaction) {
				text.Insert(tx, at, more)
				m.Set(tx, "cursor", []any{i, "somewhere"})
			})
			// What goes is as long as what came, and not the same.
			d.Transact(nil, func(tx *crdt.Transaction) { text.Delete(tx, at/2, len(more)) })
			want = want[:at] + more + want[at:]
			want = want[:at/2] + want[at/2+len(more):]
		}
	})
	state := d.Encode(nil)
	loaded := allocatedLive(func() {
		fresh = crdt.New(crdt.Options{ClientID: 2})
		if err := fresh.Apply(state, nil); err != nil {
			t.Fatal(err)
		}
	})
	runtime.KeepAlive(state) // it is there before and after
	if d.Text("text").String() != want || fresh.Text("text").String() != want {
		t.Error("the text is not what was written")
	}
	if lived > loaded*13/10 {
		t.Errorf("after 60,000 edits the Doc takes %d bytes, loaded anew %d", lived, loaded)
	}
	if err := errors.Join(d.Check(), fresh.Check()); err != nil {
		t.Error(err)
	}
}

func TestReach(t *testing.T) {
	one, two := crdt.New(crdt.Options{ClientID: 1}), crdt.New(crdt.Options{ClientID: 2})
	insert := func(d *crdt.Doc, s string) {
		d.Transact(nil, func(tx *crdt.Transaction) { d.Text("t").Insert(tx, 0, s) })
	}
	insert(one, "abc")
	first := one.StateVector()
	insert(one, "de")
	insert(two, "xyz")
	merged, err := crdt.Merge(one.Encode(first), two.Encode(nil))
	if err != nil {
		t.Fatal(err)
	}
	ends, err := crdt.Reach(merged)
	if err != nil {
		t.Fatal(err)
	}
	if want := []crdt.ID{{Client: 2, Clock: 3}, {Client: 1, Clock: 5}}; !slices.Equal(ends, want) {
		t.Errorf("got %v, want %v", ends, want)
	}
	if _, err := crdt.Reach([]byte{1, 9}); !errors.Is(err, crdt.ErrMalformed) {
		t.Errorf("bytes that are no update: %v", err)
	}
	if one.State(1) != 5 || one.State(2) != 0 {
		t.Errorf("states %d, %d, want 5, 0", one.State(1), one.State(2))
	}
}

func TestWithout_CutsClientsOut(t *testing.T) {
	mine, theirs := crdt.New(crdt.Options{ClientID: 1}), crdt.New(crdt.Options{ClientID: 2})
	insert := func(d *crdt.Doc, s string) {
		d.Transact(nil, func(tx *crdt.Transaction) { d.Text("t").Insert(tx, d.Text("t").Len(), s) })
	}
	insert(theirs, "known ")
	known := theirs.Encode(nil)
	insert(theirs, "unknown")
	if err := mine.Apply(theirs.Encode(nil), nil); err != nil {
		t.Fatal(err)
	}
	mine.Transact(nil, func(tx *crdt.Transaction) {
		mine.Text("t").Insert(tx, 0, "mine ")
		mine.Text("t").Delete(tx, 10, 4) // a known and three unknown units
	})
	cut, deleted, err := crdt.Without(mine.Encode(nil), crdt.StateVector{2: 6})
	if err != nil || !deleted {
		t.Fatalf("deletes were cut: %v, %v", deleted, err)
	}
	if _, deleted, err = crdt.Without(cut, crdt.StateVector{2: 6}); err != nil || deleted {
		t.Errorf("deletes were left to cut: %v, %v", deleted, err)
	}
	server := crdt.New(crdt.Options{})
	for _, update := range [][]byte{known, cut} {
		if err := server.Apply(update, nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := server.Text("t").String(); got != "mine known" {
		t.Errorf("text %q", got)
	}
	if p := server.Pending(); p.Structs || p.Deletes {
		t.Errorf("something waits: %+v", p)
	}
	if _, _, err := crdt.Without([]byte{1, 9}, nil); !errors.Is(err, crdt.ErrMalformed) {
		t.Errorf("bytes that are no update: %v", err)
	}
}

func TestEdit_OutsideOfATypePanics(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 1})
	x, a := d.Text("text"), d.Array("array")
	d.Transact(nil, func(tx *crdt.Transaction) {
		x.Insert(tx, 0, "abc")
		a.Push(tx, 1, 2, 3)
		for name, edit := range map[string]func(){
			"a place behind the end":      func() { x.Insert(tx, 4, "x") },
			"a place before the start":    func() { a.Insert(tx, -1, "x") },
			"a range beyond the end":      func() { x.Delete(tx, 2, 2) },
			"a range beyond all integers": func() { x.Delete(tx, 1, math.MaxInt) },
			"the same in an array":        func() { a.Delete(tx, 2, math.MaxInt) },
			"fewer than none":             func() { a.Delete(tx, 2, -1) },
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: no panic", name)
					}
				}()
				edit()
			}()
		}
	})
	if x.String() != "abc" || a.Len() != 3 {
		t.Errorf("something was edited: %q, %v", x, a.Values())
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
}

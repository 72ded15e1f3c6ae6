package crdt_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"grimoire/internal/crdt"
)

// A text must do what a slice of UTF-16 units does.
func TestText_EqualsPlainString(t *testing.T) {
	const seed = 7
	rng := rand.New(rand.NewPCG(seed, seed))
	pieces := []string{"a", "hello", "ü", "日本", "x\ny", "0123456789"}
	for range 40 {
		d := crdt.New(crdt.Options{ClientID: 1})
		mirror := crdt.New(crdt.Options{ClientID: 2})
		d.OnUpdate(func(u []byte, _ any) {
			if err := mirror.Apply(u, nil); err != nil {
				t.Fatal(err)
			}
		})
		text := d.Text("text")
		var want []uint16
		for range 200 {
			i := rng.IntN(len(want) + 1)
			if rng.IntN(3) > 0 || len(want) == 0 {
				s := pieces[rng.IntN(len(pieces))]
				d.Transact(nil, func(tx *crdt.Transaction) { text.Insert(tx, i, s) })
				want = append(want[:i:i], append(utf16.Encode([]rune(s)), want[i:]...)...)
			} else {
				n := rng.IntN(min(len(want)-i, 6) + 1)
				d.Transact(nil, func(tx *crdt.Transaction) { text.Delete(tx, i, n) })
				want = append(want[:i:i], want[i+n:]...)
			}
			if got := text.String(); got != string(utf16.Decode(want)) || text.Len() != len(want) {
				t.Fatalf("seed %d: text is %q, want %q", seed, got, string(utf16.Decode(want)))
			}
			if err := errors.Join(d.Check(), mirror.Check()); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		if got := mirror.Text("text").String(); got != text.String() {
			t.Fatalf("seed %d: the mirror has %q, want %q", seed, got, text)
		}
		if !bytes.Equal(mirror.Encode(nil), d.Encode(nil)) {
			t.Fatalf("seed %d: the mirror's state differs", seed)
		}
	}
}

// Docs that edit apart and then exchange everything, in any order and in any
// way, end the same.
func TestDoc_Converges(t *testing.T) {
	const seed = 11
	rng := rand.New(rand.NewPCG(seed, seed))
	for round := range 60 {
		var docs []*crdt.Doc
		var updates [][]byte
		for i := range 3 {
			d := crdt.New(crdt.Options{ClientID: uint64(10 + i)})
			d.Text("text")
			d.OnUpdate(func(u []byte, origin any) {
				if origin == "edit" {
					updates = append(updates, u)
				}
			})
			docs = append(docs, d)
		}
		for range 40 {
			d := docs[rng.IntN(3)]
			if rng.IntN(4) == 0 {
				from := docs[rng.IntN(3)]
				if err := d.Apply(from.Encode(d.StateVector()), "sync"); err != nil {
					t.Fatal(err)
				}
				continue
			}
			d.Transact("edit", func(tx *crdt.Transaction) { randomEdit(rng, d, tx) })
		}
		ways := map[string]func(*crdt.Doc) error{
			"in order": func(d *crdt.Doc) error { return applyAll(d, updates) },
			"backwards, twice": func(d *crdt.Doc) error {
				for i := range updates {
					if err := applyAll(d, [][]byte{updates[len(updates)-1-i], updates[rng.IntN(len(updates))]}); err != nil {
						return err
					}
				}
				return nil
			},
			"merged": func(d *crdt.Doc) error { return d.Apply(must(crdt.Merge(updates...)), nil) },
			"merged in v2": func(d *crdt.Doc) error {
				return d.ApplyV2(must(crdt.ConvertV1ToV2(must(crdt.Merge(updates...)))), nil)
			},
		}
		var want string
		for name, apply := range ways {
			d := crdt.New(crdt.Options{ClientID: 99})
			if err := apply(d); err != nil {
				t.Fatal(err)
			}
			if err := d.Check(); err != nil {
				t.Fatalf("seed %d round %d, %s: %v", seed, round, name, err)
			}
			if p := d.Pending(); p.Structs || p.Deletes {
				t.Fatalf("seed %d round %d, %s: something is pending", seed, round, name)
			}
			got := read(d)
			if want == "" {
				want = got
			}
			if got != want {
				t.Fatalf("seed %d round %d, %s:\n got %s\nwant %s", seed, round, name, got, want)
			}
		}
	}
}

func applyAll(d *crdt.Doc, updates [][]byte) error {
	for _, u := range updates {
		if err := d.Apply(u, nil); err != nil {
			return err
		}
	}
	return nil
}

func randomEdit(rng *rand.Rand, d *crdt.Doc, tx *crdt.Transaction) {
	text, list, m := d.Text("text"), d.Array("list"), d.Map("map")
	switch rng.IntN(6) {
	case 0, 1:
		text.Insert(tx, rng.IntN(text.Len()+1), string(rune('a'+rng.IntN(26))))
	case 2:
		if n := text.Len(); n > 0 {
			text.Delete(tx, rng.IntN(n), 1)
		}
	case 3:
		list.Insert(tx, rng.IntN(list.Len()+1), rng.IntN(100), "s")
	case 4:
		if n := list.Len(); n > 0 {
			list.Delete(tx, rng.IntN(n), 1)
		}
	case 5:
		m.Set(tx, string(rune('a'+rng.IntN(3))), crdt.NewArray(rng.IntN(100)))
	}
}

// read returns what randomEdit edits, as text.
func read(d *crdt.Doc) string {
	m := d.Map("map")
	values := map[string]any{}
	for _, key := range m.Keys() {
		v, _ := m.Get(key)
		values[key] = v.(*crdt.Array).Values()
	}
	b, err := json.Marshal([]any{d.Text("text").String(), d.Array("list").Values(), values})
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestApply_TypingAllocatesNothing(t *testing.T) {
	writer := crdt.New(crdt.Options{ClientID: 1})
	var updates [][]byte
	writer.OnUpdate(func(u []byte, _ any) { updates = append(updates, u) })
	text := writer.Text("text")
	for range 3000 {
		writer.Transact(nil, func(tx *crdt.Transaction) { text.Insert(tx, text.Len(), "x") })
	}
	reader := crdt.New(crdt.Options{ClientID: 2})
	if err := applyAll(reader, updates[:1000]); err != nil {
		t.Fatal(err)
	}
	next := 1000
	// The arena doubles now and then: less than one allocation in ten runs.
	if allocs := testing.AllocsPerRun(1500, func() {
		if err := reader.Apply(updates[next], nil); err != nil {
			t.Fatal(err)
		}
		next++
	}); allocs != 0 {
		t.Errorf("%v allocations for each applied update", allocs)
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
	cut, err := crdt.Without(mine.Encode(nil), crdt.StateVector{2: 6})
	if err != nil {
		t.Fatal(err)
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
	if _, err := crdt.Without([]byte{1, 9}, nil); !errors.Is(err, crdt.ErrMalformed) {
		t.Errorf("bytes that are no update: %v", err)
	}
}

package crdttest

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/lib0"
	"grimoire/internal/crdt/protocol"
)

// The lines of edge-cases.md that are about how the engine is used, or about size.

func newDoc(client uint64) *crdt.Doc { return crdt.New(crdt.Options{ClientID: client}) }

func apply(t *testing.T, d *crdt.Doc, updates ...[]byte) {
	t.Helper()
	for _, u := range updates {
		if err := d.Apply(u, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
}

// typed returns an update of a new text of a client.
func typed(client uint64, s string) []byte {
	d := newDoc(client)
	d.Transact(nil, func(t *crdt.Transaction) { d.Text("text").Insert(t, 0, s) })
	return d.Encode(nil)
}

func lonelyHalf(t *testing.T) {
	d := newDoc(1)
	d.Transact(nil, func(tx *crdt.Transaction) { d.Text("text").Insert(tx, 0, "a\xed\xa0\xbd") })
	if got := d.Text("text").String(); got != "a\ufffd" {
		t.Errorf("half a pair was typed as %q", got)
	}
}

func otherKindPanics(t *testing.T) {
	d := newDoc(2)
	apply(t, d, typed(1, "x"))
	d.Text("text")
	defer func() {
		if recover() == nil {
			t.Error("a text was given as a map")
		}
	}()
	d.Map("text")
}

// Yjs applies a damaged update up to the damage; the engine refuses it whole.
func allOrNothing(t *testing.T) {
	update := typed(1, "text")
	d := newDoc(2)
	if err := d.Apply(update[:len(update)-1], nil); !errors.Is(err, crdt.ErrMalformed) {
		t.Errorf("got %v", err)
	}
	if len(d.StateVector()) != 0 {
		t.Error("a damaged update left something behind")
	}
}

func ownIDTaken(t *testing.T) {
	d := newDoc(7)
	apply(t, d, typed(7, "not mine"))
	if d.ClientID() == 7 {
		t.Error("the Doc goes on with an ID that somebody else uses")
	}
}

func mergeOfNothing(t *testing.T) {
	if merged, err := crdt.Merge(); err != nil || !bytes.Equal(merged, []byte{0, 0}) {
		t.Errorf("got %x, %v", merged, err)
	}
}

func pastNeedsAll(t *testing.T) {
	d := newDoc(1)
	if _, err := d.At(d.Snapshot(), crdt.Options{}); err == nil {
		t.Error("a Doc that collects went back")
	}
}

// A state counts if its clock is higher, or equal and it says goodbye.
func awarenessClocks(t *testing.T) {
	var s protocol.States
	for _, c := range []struct {
		clock uint64
		state []byte
		news  bool
	}{{1, []byte("{}"), true}, {1, []byte(`{"a":1}`), false}, {1, nil, true}, {1, nil, false}, {2, []byte("{}"), true}} {
		if got := s.Apply(protocol.Client{ID: 5, Clock: c.clock, State: c.state}); got != c.news {
			t.Errorf("clock %d state %q: news %v, want %v", c.clock, c.state, got, c.news)
		}
	}
}

// A hundred thousand updates of as many clients. Merging them takes well under a
// second; what takes time with the square of their number does not end in a test's.
func mergeManyClients(t *testing.T) {
	const n = 100_000
	updates := make([][]byte, n)
	for i := range updates {
		b := lib0.AppendUint([]byte{1, 1}, uint64(1+i))
		updates[i] = append(b, 0, 4, 1, 1, 'r', 1, 'x', 0)
	}
	merged, err := crdt.Merge(updates...)
	if err != nil {
		t.Fatal(err)
	}
	d := newDoc(n + 1)
	apply(t, d, merged)
	if got := d.Text("r").Len(); got != n {
		t.Errorf("%d units, want %d", got, n)
	}
}

// Of values set at once that of the highest client counts, a later one beats what it
// saw, and deleting it brings none back.
func mapWinners(t *testing.T) {
	set := func(d *crdt.Doc, value string) []byte {
		d.Transact(nil, func(tx *crdt.Transaction) { d.Map("m").Set(tx, "k", value) })
		return d.Encode(nil)
	}
	low, high, latest := newDoc(1), newDoc(9), newDoc(5)
	updates := [][]byte{set(low, "low"), set(high, "high")}
	apply(t, latest, updates...)
	if v, _ := latest.Map("m").Get("k"); v != "high" {
		t.Errorf("of two at once %v counts", v)
	}
	updates = append(updates, set(latest, "latest"))
	permute(updates, func(order [][]byte) {
		d := newDoc(7)
		apply(t, d, order...)
		if v, _ := d.Map("m").Get("k"); v != "latest" {
			t.Errorf("%v beats what had seen it", v)
		}
		d.Transact(nil, func(tx *crdt.Transaction) { d.Map("m").Delete(tx, "k") })
		if v, ok := d.Map("m").Get("k"); ok {
			t.Errorf("%v came back", v)
		}
		apply(t, d, order...)
		if d.Map("m").Len() != 0 {
			t.Error("a value came back with a repeated update")
		}
	})
}

// Values of a key that were set and deleted one after the other are one Item. Who saw
// only the first of them splits it; the second half is then the key's last Item.
func splitKey(t *testing.T) {
	for _, noGC := range []bool{false, true} {
		a, b := newDoc(2), newDoc(1)
		set := func(d *crdt.Doc, value any) {
			d.Transact(nil, func(tx *crdt.Transaction) { d.Map("m").Set(tx, "k", value) })
		}
		set(a, "first")
		apply(t, b, a.Encode(nil))
		set(b, "lower client")
		for i := range 3 {
			set(a, i)
		}
		a.Transact(nil, func(tx *crdt.Transaction) { a.Map("m").Delete(tx, "k") })
		permute([][]byte{a.Encode(nil), b.Encode(nil)}, func(order [][]byte) {
			d := crdt.New(crdt.Options{ClientID: 3, NoGC: noGC})
			apply(t, d, order...)
			if v, ok := d.Map("m").Get("k"); ok {
				t.Errorf("the key has %v again", v)
			}
			set(d, "latest")
			apply(t, d, order...)
			if v, _ := d.Map("m").Get("k"); v != "latest" {
				t.Errorf("the key has %v", v)
			}
		})
	}
}

// Yjs logs what is wrong with an answer and goes on. Here whoever applies it is told.
func damagedStep2(t *testing.T) {
	m, err := protocol.Decode(protocol.Append(nil, protocol.SyncStep2{Update: []byte{1, 1, 1}}))
	if err != nil {
		t.Fatal(err)
	}
	if err := newDoc(1).Apply(m.(protocol.SyncStep2).Update, nil); !errors.Is(err, crdt.ErrMalformed) {
		t.Errorf("got %v", err)
	}
}

// A million deleted Items of one client that were never collected.
func loadMuchDeleted(t *testing.T) {
	const n = 1_000_000
	b := lib0.AppendUint(lib0.AppendUint(nil, 1), n)
	b = append(b, 1, 0)
	for range n {
		b = append(b, 1, 1, 1, 'r', 1)
	}
	d := newDoc(2)
	apply(t, d, append(b, 0))
	if got := d.StateVector()[1]; got != n {
		t.Errorf("%d units, want %d", got, n)
	}
}

// Merged in any order a small set of updates is what it is one by one.
func mergePermutations(t *testing.T) {
	a, b := newDoc(1), newDoc(2)
	var updates [][]byte
	for _, d := range []*crdt.Doc{a, b} {
		d.OnUpdate(func(u []byte, origin any) {
			if origin == "edit" {
				updates = append(updates, u)
			}
		})
	}
	edit := func(d *crdt.Doc, f func(*crdt.Transaction, *crdt.Text)) {
		d.Transact("edit", func(t *crdt.Transaction) { f(t, d.Text("text")) })
	}
	edit(a, func(t *crdt.Transaction, x *crdt.Text) { x.Insert(t, 0, "hello") })
	apply(t, b, updates[0])
	edit(a, func(t *crdt.Transaction, x *crdt.Text) { x.Insert(t, 2, "A") })
	edit(b, func(t *crdt.Transaction, x *crdt.Text) { x.Delete(t, 1, 3) })
	edit(b, func(t *crdt.Transaction, x *crdt.Text) { x.Insert(t, 1, "B") })
	edit(a, func(t *crdt.Transaction, x *crdt.Text) { x.Delete(t, 5, 1) })
	whole := newDoc(9)
	apply(t, whole, updates...)
	want := whole.Encode(nil)
	permute(updates, func(order [][]byte) {
		merged, err := crdt.Merge(order...)
		if err != nil {
			t.Fatal(err)
		}
		atOnce, oneByOne := newDoc(9), newDoc(9)
		apply(t, atOnce, merged)
		apply(t, oneByOne, order...)
		if !bytes.Equal(atOnce.Encode(nil), want) || !bytes.Equal(oneByOne.Encode(nil), want) {
			t.Fatalf("order %x ends otherwise", order)
		}
	})
}

func permute(list [][]byte, f func([][]byte)) {
	var rest func(n int)
	rest = func(n int) {
		if n == len(list) {
			f(list)
			return
		}
		for i := n; i < len(list); i++ {
			list[n], list[i] = list[i], list[n]
			rest(n + 1)
			list[n], list[i] = list[i], list[n]
		}
	}
	rest(0)
}

// Updates merged around a gap wait for it, and it ends the waiting.
func gapArrives(t *testing.T) {
	from := newDoc(1)
	var updates [][]byte
	from.OnUpdate(func(u []byte, _ any) { updates = append(updates, u) })
	for i, s := range []string{"one ", "two ", "three"} {
		from.Transact(nil, func(t *crdt.Transaction) { from.Text("text").Insert(t, 4*i, s) })
	}
	gap, err := crdt.Merge(updates[0], updates[2])
	if err != nil {
		t.Fatal(err)
	}
	d := newDoc(2)
	apply(t, d, gap)
	if p := d.Pending(); !p.Structs || p.Missing[1] != 7 { // the last unit of the gap, as in yjs
		t.Errorf("what waits is told as %+v", p)
	}
	if err := crdt.Validate(d.Encode(nil)); err != nil {
		t.Error(err)
	}
	other := newDoc(3)
	apply(t, other, d.Encode(nil), updates[1])
	apply(t, d, updates[1])
	for _, d := range []*crdt.Doc{d, other} {
		if got := d.Text("text").String(); got != "one two three" || d.Pending().Structs {
			t.Errorf("text is %q, pending %v", got, d.Pending().Structs)
		}
	}
}

// Large IDs in origin, parent, delete set and state vector, in both formats.
func largeClients(t *testing.T) {
	for _, id := range []uint64{1<<32 - 1, 1 << 32, 1<<53 - 1} {
		t.Run(fmt.Sprint(id), func(t *testing.T) {
			a, b := newDoc(id), newDoc(id-7)
			a.Transact(nil, func(tx *crdt.Transaction) {
				a.Text("text").Insert(tx, 0, "abc")
				a.Map("map").Set(tx, "inner", crdt.NewText("in"))
			})
			apply(t, b, a.Encode(nil))
			b.Transact(nil, func(tx *crdt.Transaction) {
				b.Text("text").Delete(tx, 1, 1)
				b.Text("text").Insert(tx, 1, "-")
				inner, _ := b.Map("map").Get("inner")
				inner.(*crdt.Text).Insert(tx, 2, "side")
			})
			c := newDoc(1)
			if err := c.ApplyV2(b.EncodeV2(nil), nil); err != nil {
				t.Fatal(err)
			}
			apply(t, a, b.Encode(a.StateVector()))
			inner, _ := c.Map("map").Get("inner")
			if got := c.Text("text").String() + inner.(*crdt.Text).String(); got != "a-cinside" {
				t.Errorf("got %q", got)
			}
			if !bytes.Equal(a.Encode(nil), c.Encode(nil)) || !bytes.Equal(a.StateVector().Encode(), c.StateVector().Encode()) {
				t.Error("v1 and v2 end differently")
			}
		})
	}
}

// Every value of a format and of an embed survives both formats, and an update cut
// at any clock is what the state for that clock is.
func formatValues(t *testing.T) {
	from := newDoc(1)
	x := from.Text("text")
	for i, v := range []any{true, false, nil, 1, -1.5, 1e21, 0.1, "s", "<&>\u2028\"\\", []any{1, nil}, map[string]any{"b": map[string]any{}, "1": "😀"}} {
		from.Transact(nil, func(t *crdt.Transaction) {
			x.InsertWith(t, x.Len(), fmt.Sprint("text", i), crdt.Attributes{{Key: "f", Value: v}})
			x.InsertEmbed(t, x.Len(), map[string]any{"v": v}, nil)
		})
	}
	state := from.Encode(nil)
	v2, err := crdt.ConvertV1ToV2(state)
	if err != nil || !bytes.Equal(v2, from.EncodeV2(nil)) {
		t.Errorf("v1 to v2: %v, %x", err, v2)
	}
	if v1, err := crdt.ConvertV2ToV1(v2); err != nil || !bytes.Equal(v1, state) {
		t.Errorf("v2 to v1: %v, %x", err, v1)
	}
	for clock := range from.StateVector()[1] {
		sv := crdt.StateVector{1: clock}
		diff, err := crdt.Diff(state, sv.Encode())
		if err != nil || !bytes.Equal(diff, from.Encode(sv)) {
			t.Errorf("diff at %d: %v\n got %x\nwant %x", clock, err, diff, from.Encode(sv))
		}
	}
}

func garbage(t *testing.T) {
	d := newDoc(1)
	for n := range 64 {
		b := bytes.Repeat([]byte{byte(37 * n), 0xff, byte(n)}, n)
		var where *crdt.DecodeError
		if err := d.Apply(b, nil); err != nil && !errors.As(err, &where) {
			t.Errorf("%x: %v says not where", b, err)
		}
	}
	if len(d.StateVector()) != 0 {
		t.Error("garbage was applied")
	}
}

// The engine's part: updates that are there before the state wait for it. That
// nobody is answered meanwhile, the rooms test.
func updatesBeforeState(t *testing.T) {
	from := newDoc(1)
	from.Transact(nil, func(t *crdt.Transaction) { from.Text("text").Insert(t, 0, "stored") })
	state := from.Encode(nil)
	var live [][]byte
	from.OnUpdate(func(u []byte, _ any) { live = append(live, u) })
	from.Transact(nil, func(t *crdt.Transaction) { from.Text("text").Insert(t, 6, ", live") })
	from.Transact(nil, func(t *crdt.Transaction) { from.Text("text").Delete(t, 0, 2) })
	d := newDoc(2)
	apply(t, d, live...)
	apply(t, d, state)
	if !bytes.Equal(d.Encode(nil), from.Encode(nil)) {
		t.Errorf("text is %q, want %q", d.Text("text"), from.Text("text"))
	}
}

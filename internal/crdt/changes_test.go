package crdt_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"grimoire/internal/crdt"
)

// A filter keeps what is deleted in one type, and lets everything else go.
func ExampleOptions_gcFilter() {
	var d *crdt.Doc
	d = crdt.New(crdt.Options{ClientID: 1, GCFilter: func(it crdt.Item) bool {
		return !it.In(d.Text("kept"))
	}})
	d.OnTransaction(func(t *crdt.Transaction) { fmt.Println("deleted", t.DeleteSet().Ranges()) })
	for _, name := range []string{"kept", "not kept"} {
		d.Transact(nil, func(t *crdt.Transaction) { d.Text(name).Insert(t, 0, "text") })
		d.Transact(nil, func(t *crdt.Transaction) { d.Text(name).Delete(t, 0, 4) })
	}
	state, err := crdt.New(crdt.Options{}).Inspect(d.Encode(nil))
	if err != nil {
		fmt.Println(err)
	}
	for _, it := range state.Items {
		fmt.Println(it.Clock, it.Kind, it.Values())
	}
	// Output:
	// deleted []
	// deleted [{{1 0} 4}]
	// deleted []
	// deleted [{{1 4} 4}]
	// 0 String [text]
	// 4 Deleted []
}

// What an Item holds is shown as long as it holds it.
func TestItem_ShowsWhatItHolds(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 1})
	list, text := d.Array("list"), d.Text("text")
	inner := crdt.NewMap()
	var got []string
	list.Observe(func(e *crdt.Event) {
		for _, it := range e.Added() {
			got = append(got, fmt.Sprintf("+%d %v in list %v, in text %v, in inner %v", it.Length, it.Kind, it.In(list), it.In(text), it.In(inner)))
			if it.Kind != crdt.KindType {
				got = append(got, fmt.Sprint(it.Values()))
			}
			if !e.Adds(it.ID) || e.Deletes(it.ID) {
				t.Error("an event contradicts itself")
			}
		}
		for _, it := range e.Deleted() {
			got = append(got, fmt.Sprintf("-%d %v %v", it.Length, it.Kind, it.Values()))
			if e.Adds(it.ID) || !e.Deletes(it.ID) {
				t.Error("an event contradicts itself")
			}
		}
	})
	inner.Observe(func(e *crdt.Event) {
		slot, _ := inner.Get("k")
		got = append(got, fmt.Sprint(e.KeysChanged(), e.ListChanged(), slot, e.CurrentTarget().Parent() == nil))
	})
	d.Transact(nil, func(tx *crdt.Transaction) { list.Push(tx, 1, "two", inner, []byte{3}) })
	d.Transact(nil, func(tx *crdt.Transaction) {
		list.Delete(tx, 0, 1)
		list.Push(tx, "gone at once")
		list.Delete(tx, 3, 1)
		inner.Set(tx, "k", 5)
	})
	want := []string{
		"+2 Any in list true, in text false, in inner false", "[1 two]",
		"+1 Type in list true, in text false, in inner false",
		"+1 Binary in list true, in text false, in inner false", "[[3]]",
		"-1 Any [1]", "[k] false 5 false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// A transaction says what it did; what observers do meanwhile is not part of it.
func TestTransaction_SaysWhatItDid(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 1})
	body := crdt.NewText("abc")
	d.Transact(nil, func(tx *crdt.Transaction) { d.Map("m").Set(tx, "body", body) })
	d.Text("log").Observe(func(*crdt.Event) {})
	body.Observe(func(*crdt.Event) {
		d.Transact("observer", func(tx *crdt.Transaction) { d.Text("log").Insert(tx, 0, "seen") })
	})
	var got []string
	d.OnTransaction(func(tx *crdt.Transaction) {
		var kinds []string
		for _, x := range append(tx.Changed(), tx.ChangedParents()...) {
			kinds = append(kinds, fmt.Sprintf("%T", x))
		}
		got = append(got, fmt.Sprint(tx.Origin(), " ", tx.BeforeState(), tx.AfterState(), tx.DeleteSet().Ranges(), kinds))
	})
	d.Transact("edit", func(tx *crdt.Transaction) {
		body.Insert(tx, 3, "d")
		body.Delete(tx, 0, 2)
		if sv := tx.AfterState(); sv[1] != 5 {
			t.Errorf("a transaction that goes on ends at %v", sv)
		}
	})
	want := []string{
		"edit map[1:4] map[1:5] [{{1 1} 2}] [*crdt.Text *crdt.Text *crdt.Map]",
		"observer map[1:5] map[1:9] [] [*crdt.Text *crdt.Text]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestDeleteSet(t *testing.T) {
	id := func(client, clock uint64) crdt.ID { return crdt.ID{Client: client, Clock: clock} }
	s := crdt.NewDeleteSet(
		crdt.IDRange{ID: id(1, 5), Length: 3}, crdt.IDRange{ID: id(9, 0), Length: 1},
		crdt.IDRange{ID: id(1, 2), Length: 3}, crdt.IDRange{ID: id(1, 20), Length: 1}, crdt.IDRange{ID: id(1, 9)},
	)
	want := []crdt.IDRange{{ID: id(9, 0), Length: 1}, {ID: id(1, 2), Length: 6}, {ID: id(1, 20), Length: 1}}
	if got := s.Ranges(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, c := range []struct {
		id crdt.ID
		in bool
	}{{id(1, 1), false}, {id(1, 2), true}, {id(1, 7), true}, {id(1, 8), false}, {id(1, 20), true}, {id(9, 0), true}, {id(9, 1), false}, {id(3, 0), false}} {
		if s.Contains(c.id) != c.in {
			t.Errorf("contains %v: %v", c.id, !c.in)
		}
	}
	for _, decoded := range []struct {
		s   crdt.DeleteSet
		err error
	}{both(crdt.DecodeDeleteSet(s.Encode())), both(crdt.DecodeDeleteSetV2(s.EncodeV2()))} {
		if decoded.err != nil || !decoded.s.Equal(s) {
			t.Errorf("decoded: %v, %v", decoded.s, decoded.err)
		}
	}
	if u := (crdt.DeleteSet{}).Union(s, crdt.NewDeleteSet(crdt.IDRange{ID: id(1, 8), Length: 12})); len(u.Ranges()) != 2 || u.Equal(s) {
		t.Errorf("union %v", u.Ranges())
	}
	defer func() {
		if recover() == nil {
			t.Error("a range beyond all clocks is taken")
		}
	}()
	crdt.NewDeleteSet(crdt.IDRange{ID: id(1, 1<<53-1), Length: 1})
}

func both(s crdt.DeleteSet, err error) struct {
	s   crdt.DeleteSet
	err error
} {
	return struct {
		s   crdt.DeleteSet
		err error
	}{s, err}
}

// The origins of an UndoManager may be named by their type.
func TestUndoManager_TracksOriginsOfAType(t *testing.T) {
	type editor struct{ name string }
	d := crdt.New(crdt.Options{ClientID: 1})
	text := d.Text("text")
	undo := crdt.NewUndoManager(d, crdt.UndoOptions{Origins: []any{reflect.TypeFor[*editor]()}}, text)
	for _, origin := range []any{&editor{"one"}, "somebody", nil, &editor{"two"}} {
		d.Transact(origin, func(tx *crdt.Transaction) { text.Insert(tx, text.Len(), fmt.Sprintf("%T ", origin)) })
	}
	for undo.Undo() {
	}
	if got := text.String(); got != "string <nil> " {
		t.Errorf("what is left is %q", got)
	}
}

// Whoever undid a deletion finds a position in what came back; everybody else, and
// who asks for their answer, beside where the unit was.
func TestResolveForAll_DoesNotFollowUndo(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 1})
	text := d.Text("text")
	d.Transact(nil, func(tx *crdt.Transaction) { text.Insert(tx, 0, "abcdef") })
	p := d.RelativePosition(text, 3, 0)
	undo := crdt.NewUndoManager(d, crdt.UndoOptions{Origins: []any{"me"}}, text)
	d.Transact("me", func(tx *crdt.Transaction) { text.Delete(tx, 1, 4) })
	undo.Undo()
	other := crdt.New(crdt.Options{ClientID: 2})
	if err := other.Apply(d.Encode(nil), nil); err != nil {
		t.Fatal(err)
	}
	here, _ := d.Resolve(p)
	forAll, _ := d.ResolveForAll(p)
	there, _ := other.Resolve(p)
	if here.Index != 3 || forAll.Index != there.Index || forAll.Index == here.Index {
		t.Errorf("at %d here, %d for all, %d there", here.Index, forAll.Index, there.Index)
	}
	if q := d.RelativePosition(text, 3, 0); q.Equal(p) || !p.Equal(p) {
		t.Error("positions in different units are equal, or one is not equal to itself")
	}
	if q, err := crdt.DecodeRelativePosition(p.Encode()); err != nil || q.Equal(p) {
		t.Error("the bytes do not carry the root beside the unit, so these differ")
	}
}

func TestMeta_OfEveryClient(t *testing.T) {
	one, two := crdt.New(crdt.Options{ClientID: 1}), crdt.New(crdt.Options{ClientID: 2})
	for _, d := range []*crdt.Doc{one, two} {
		d.Transact(nil, func(tx *crdt.Transaction) { d.Text("t").Insert(tx, 0, "abc") })
	}
	merged, err := crdt.Merge(one.Encode(crdt.StateVector{1: 2}), two.Encode(nil))
	if err != nil {
		t.Fatal(err)
	}
	v2, err := crdt.ConvertV1ToV2(merged)
	if err != nil {
		t.Fatal(err)
	}
	for _, meta := range []func() (from, to crdt.StateVector, err error){
		func() (from, to crdt.StateVector, err error) { return crdt.Meta(merged) },
		func() (from, to crdt.StateVector, err error) { return crdt.MetaV2(v2) },
	} {
		from, to, err := meta()
		if err != nil || !reflect.DeepEqual(from, crdt.StateVector{1: 2, 2: 0}) || !reflect.DeepEqual(to, crdt.StateVector{1: 3, 2: 3}) {
			t.Errorf("from %v to %v, %v", from, to, err)
		}
	}
}

package crdt_test

import (
	"fmt"
	"testing"

	"grimoire/internal/crdt"
)

// A Doc that keeps everything can be read as it was, and say what has changed.
func ExampleDoc_View() {
	d := crdt.New(crdt.Options{ClientID: 1, NoGC: true})
	text := d.Text("text")
	d.Transact(nil, func(t *crdt.Transaction) { text.Insert(t, 0, "a plan") })
	before := d.Snapshot()
	d.Transact(nil, func(t *crdt.Transaction) {
		text.Insert(t, 2, "better ")
		text.Delete(t, 9, 4)
		text.Insert(t, 9, "idea")
	})

	past, err := d.View(before)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(past.String(text))

	now, err := d.View(d.Snapshot())
	if err != nil {
		fmt.Println(err)
	}
	for _, op := range now.DeltaSince(before, text, nil) {
		fmt.Println(op.Insert, op.Attributes)
	}
	// Output:
	// a plan
	// a  []
	// better  [{ychange map[type:added]}]
	// plan [{ychange map[type:removed]}]
	// idea [{ychange map[type:added]}]
}

// A type that was deleted since is read by the handle that the View gives.
func TestView_ReadsDeletedTypes(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 1, NoGC: true})
	m, list, p := d.Map("m"), d.Array("list"), crdt.NewXmlElement("P", crdt.NewXmlText("in"))
	d.Transact(nil, func(tx *crdt.Transaction) {
		inner := crdt.NewMap()
		inner.Set(nil, "k", "v")
		m.Set(tx, "inner", inner)
		list.Push(tx, 1, 2, 3)
		d.XmlFragment("xml").Push(tx, p)
		p.SetAttribute(tx, "id", 7)
	})
	s := d.Snapshot()
	d.Transact(nil, func(tx *crdt.Transaction) {
		m.Set(tx, "inner", "other")
		m.Set(tx, "new", true)
		list.Delete(tx, 1, 1)
		list.Insert(tx, 1, "x")
		d.XmlFragment("xml").Delete(tx, 0, 1)
	})
	before := d.Encode(nil)
	past, err := d.View(s)
	if err != nil {
		t.Fatal(err)
	}
	inner, _ := past.Get(m, "inner")
	value, ok := past.Get(inner.(*crdt.Map), "k")
	got := fmt.Sprintln(past.Keys(m), value, ok, past.Values(list), past.String(d.XmlFragment("xml")), past.Values(p)[0].(*crdt.XmlText).Len())
	if want := "[inner] v true [1 2 3] <p id=\"7\">in</p> 0\n"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if _, ok := past.Get(m, "new"); ok {
		t.Error("a key of later is there")
	}
	if string(d.Encode(nil)) != string(before) {
		t.Error("reading changed the Doc")
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
}

// A snapshot may begin inside of what is one Item now, even of a pair.
func TestView_CutsItems(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 1, NoGC: true})
	text := d.Text("text")
	d.Transact(nil, func(tx *crdt.Transaction) { text.Insert(tx, 0, "ab😀cd") })
	for clock, want := range []string{"", "a", "ab", "ab\ufffd", "ab😀", "ab😀c", "ab😀cd"} {
		sv := crdt.StateVector{1: uint64(clock)}
		s, err := crdt.DecodeSnapshot(append([]byte{0}, sv.Encode()...))
		if err != nil {
			t.Fatal(err)
		}
		view, err := d.View(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := view.String(text); got != want {
			t.Errorf("at clock %d: %q, want %q", clock, got, want)
		}
	}
	if text.String() != "ab😀cd" {
		t.Errorf("reading the past made %q of the text", text)
	}
}

func TestView_RefusesWhatItCannot(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 1})
	if _, err := d.View(d.Snapshot()); err == nil {
		t.Error("a Doc that collects garbage shows its past")
	}
	keeps := crdt.New(crdt.Options{ClientID: 2, NoGC: true})
	d.Transact(nil, func(tx *crdt.Transaction) { d.Text("text").Insert(tx, 0, "x") })
	if _, err := keeps.View(d.Snapshot()); err == nil {
		t.Error("a Doc shows what it has not")
	}
	view, err := keeps.View(keeps.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a View reads a type of another Doc")
		}
	}()
	view.Delta(d.Text("text"))
}

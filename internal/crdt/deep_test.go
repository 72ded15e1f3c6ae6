package crdt_test

import (
	"runtime/debug"
	"strings"
	"testing"

	"grimoire/internal/crdt"
)

// What others write may nest so deep that a stack of 4 MiB does not hold one call
// for each level. Go ends a program whose stack overflows: so would these tests.
const (
	deep       = 100_000
	smallStack = 4 << 20
)

// listsAndMaps puts an Array with a Map in it with an Array in it, and so on, into
// the root array, and returns the innermost.
func listsAndMaps(d *crdt.Doc) (innermost *crdt.Array) {
	list := d.Array("root")
	d.Transact(nil, func(t *crdt.Transaction) {
		for range deep / 2 {
			m, inner := crdt.NewMap(), crdt.NewArray()
			list.Push(t, m)
			m.Set(t, "key", inner)
			list = inner
		}
	})
	return list
}

// levels counts the arrays and maps of a JSON value that nest.
func levels(json any) (n int) {
	for ; ; n++ {
		switch v := json.(type) {
		case []any:
			if len(v) == 0 {
				return n + 1
			}
			json = v[0]
		case map[string]any:
			json = v["key"]
		default:
			return n
		}
	}
}

func TestToJSON_TypesNestDeeperThanCalls(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 1})
	innermost := listsAndMaps(d)
	d.Transact(nil, func(tx *crdt.Transaction) { innermost.Push(tx, "end") })
	defer debug.SetMaxStack(debug.SetMaxStack(smallStack))
	if n := levels(d.ToJSON()["root"]); n != deep+1 {
		t.Errorf("%d levels, want %d", n, deep+1)
	}
}

func TestClone_TypesNestDeeperThanCalls(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 1})
	listsAndMaps(d)
	defer debug.SetMaxStack(debug.SetMaxStack(smallStack))
	n := 0
	for at := crdt.Clone(d.Array("root")); at.Len() > 0; n += 2 {
		inner, _ := at.Get(0).(*crdt.Map).Get("key")
		at = inner.(*crdt.Array)
	}
	if n != deep {
		t.Errorf("%d levels, want %d", n, deep)
	}
}

// Types of each sort are put into the Doc when all is in them that they will hold. What
// comes behind a new type is made behind all that it holds.
func TestEdit_NewTypesNestDeeperThanCalls(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(smallStack))
	for _, c := range []struct {
		name  string
		units int // of a level
		hold  func(inner crdt.Type) (outer crdt.Type)
	}{
		{"array", 2, func(inner crdt.Type) crdt.Type { return crdt.NewArray(inner, "z") }},
		{"map", 2, func(inner crdt.Type) crdt.Type {
			m := crdt.NewMap()
			m.Set(nil, "key", inner)
			m.Set(nil, "z", "z")
			return m
		}},
		{"text", 4, func(inner crdt.Type) crdt.Type {
			x := crdt.NewText("z")
			x.InsertEmbed(nil, 0, inner, crdt.Attributes{{Key: "bold", Value: true}})
			return x
		}},
		{"delta", 4, func(inner crdt.Type) crdt.Type {
			x := crdt.NewXmlText("")
			x.ApplyDelta(nil, []crdt.Delta{{Insert: inner, Attributes: crdt.Attributes{{Key: "bold", Value: true}}}, {Insert: "z"}}, true)
			return x
		}},
		{"attribute of a text", 2, func(inner crdt.Type) crdt.Type {
			x := crdt.NewText("")
			x.SetAttribute(nil, "key", inner)
			x.Insert(nil, 0, "z")
			return x
		}},
		{"element", 2, func(inner crdt.Type) crdt.Type {
			x := crdt.NewXmlElement("a", inner)
			x.SetAttribute(nil, "key", "z")
			return x
		}},
		{"attribute of an element", 2, func(inner crdt.Type) crdt.Type {
			x := crdt.NewXmlElement("a", crdt.NewXmlText(""))
			x.SetAttribute(nil, "key", inner)
			return x
		}},
	} {
		const levels = deep / 5 // they are many types
		top := crdt.Type(crdt.NewArray())
		for range levels {
			top = c.hold(top)
		}
		d := crdt.New(crdt.Options{ClientID: 1})
		d.Transact(nil, func(tx *crdt.Transaction) { d.Array("root").Push(tx, top) })
		if err := d.Check(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got, want := d.StateVector()[1], uint64(c.units*levels+1); got != want {
			t.Errorf("%s: %d units were made, want %d", c.name, got, want)
		}
	}
}

func TestString_TypesNestDeeperThanCalls(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 1, NoGC: true})
	d.Transact(nil, func(tx *crdt.Transaction) {
		at := crdt.NewXmlElement("a")
		d.XmlFragment("root").Push(tx, at)
		for i := range deep {
			inner, text := crdt.NewXmlElement("a"), crdt.NewXmlText("")
			switch i % 3 {
			case 0:
				at.Push(tx, inner)
			case 1:
				at.SetAttribute(tx, "key", inner)
			case 2:
				at.Push(tx, text)
				text.InsertEmbed(tx, 0, inner, nil)
			}
			at = inner
		}
	})
	defer debug.SetMaxStack(debug.SetMaxStack(smallStack))
	view, err := d.View(d.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	for when, s := range map[string]string{"now": d.XmlFragment("root").String(), "at a snapshot": view.String(d.XmlFragment("root"))} {
		if n := strings.Count(s, "<a"); n != deep+1 || strings.Count(s, "</a>") != n {
			t.Errorf("%s: %d levels, want %d", when, n, deep+1)
		}
	}
}

func TestRestore_TypesNestDeeperThanCalls(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 1, NoGC: true})
	innermost := listsAndMaps(d)
	before := d.Snapshot()
	defer debug.SetMaxStack(debug.SetMaxStack(smallStack))
	for _, c := range []struct {
		name string
		edit func(*crdt.Transaction)
	}{
		{"an insertion at the bottom", func(tx *crdt.Transaction) { innermost.Push(tx, "later") }},
		{"a deletion at the top", func(tx *crdt.Transaction) { d.Array("root").Delete(tx, 0, 1) }},
	} {
		d.Transact(nil, c.edit)
		d.Transact(nil, func(tx *crdt.Transaction) {
			if err := tx.Restore(before, d.Array("root")); err != nil {
				t.Fatal(err)
			}
		})
		if n := levels(d.ToJSON()["root"]); n != deep+1 {
			t.Errorf("%s: %d levels are back, want %d", c.name, n, deep+1)
		}
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
}

// The step that is undone names the outermost and the innermost type first, which
// are of one client: what is between them has to be made again before the innermost.
func TestUndo_TypesNestDeeperThanCalls(t *testing.T) {
	d, other := crdt.New(crdt.Options{ClientID: 1}), crdt.New(crdt.Options{ClientID: 2})
	d.Transact("first", func(tx *crdt.Transaction) { d.Array("root").Push(tx, crdt.NewArray()) })
	if err := other.Apply(d.Encode(nil), nil); err != nil {
		t.Fatal(err)
	}
	innermost := other.Array("root").Get(0).(*crdt.Array)
	other.Transact(nil, func(tx *crdt.Transaction) {
		for range deep {
			inner := crdt.NewArray()
			innermost.Push(tx, inner)
			innermost = inner
		}
	})
	if err := d.Apply(other.Encode(nil), nil); err != nil {
		t.Fatal(err)
	}
	at := d.Array("root")
	for at.Len() > 0 {
		at = at.Get(0).(*crdt.Array)
	}
	d.Transact("last", func(tx *crdt.Transaction) { at.Push(tx, "end") })
	undo := crdt.NewUndoManager(d, crdt.UndoOptions{}, d.Array("root"))
	defer debug.SetMaxStack(debug.SetMaxStack(smallStack))
	d.Transact(nil, func(tx *crdt.Transaction) { d.Array("root").Delete(tx, 0, 1) })
	if !undo.Undo() {
		t.Fatal("nothing was undone")
	}
	if n := levels(d.ToJSON()["root"]); n != deep+2 {
		t.Errorf("%d levels are back, want %d", n, deep+2)
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
}

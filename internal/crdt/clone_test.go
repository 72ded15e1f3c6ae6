package crdt_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/lib0"
)

// A type is copied with all that it holds; here, into another document.
func ExampleClone() {
	template, essay := crdt.New(crdt.Options{ClientID: 1}), crdt.New(crdt.Options{ClientID: 2})
	template.Transact(nil, func(t *crdt.Transaction) {
		template.Map("parts").Set(t, "title", crdt.NewText("Title"))
		template.Map("parts").Set(t, "sources", crdt.NewArray("one", "two"))
	})
	essay.Transact(nil, func(t *crdt.Transaction) {
		essay.Map("essays").Set(t, "first", crdt.Clone(template.Map("parts")))
	})
	reader := crdt.New(crdt.Options{ClientID: 3})
	if err := reader.Apply(essay.Encode(nil), nil); err != nil {
		fmt.Println(err)
	}
	fmt.Println(reader.Roots(), reader.ToJSON()) // nobody has said what the root is
	fmt.Println(essay.ToJSON())
	// Output:
	// [essays] map[]
	// map[essays:map[first:map[sources:[one two] title:Title]]]
}

func TestClone_CopiesEveryType(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 1})
	all := d.Array("all")
	d.Transact(nil, func(tx *crdt.Transaction) {
		text := crdt.NewText("plain ")
		text.InsertWith(nil, 6, "bold", crdt.Attributes{{Key: "bold", Value: map[string]any{"b": 1, "a": 2}}})
		text.InsertEmbed(nil, 0, crdt.NewText("inside"), nil)
		m := crdt.NewMap()
		for i, v := range []any{nil, lib0.Undefined{}, lib0.BigInt(7), -0.5, []byte{1}, map[string]any{"10": 1, "9": []any{"x"}}, crdt.Subdoc{GUID: "g", Options: map[string]any{"meta": 1}}} {
			m.Set(nil, fmt.Sprint("k", i), v)
		}
		hook := crdt.NewXmlHook("h")
		hook.Set(nil, "x", crdt.NewArray(1))
		p := crdt.NewXmlElement("p", crdt.NewXmlText("words"), hook, crdt.NewXmlFragment(crdt.NewXmlText("deep")))
		p.SetAttribute(nil, "2", "two")
		p.SetAttribute(nil, "1", "one")
		all.Push(tx, 1, "two", text, m, p, true)
		all.PushLegacyJSON(tx, "old", nil)
	})
	other := crdt.New(crdt.Options{ClientID: 2})
	copied := crdt.Clone(all)
	d.Transact(nil, func(tx *crdt.Transaction) { all.Delete(tx, 0, all.Len()) }) // too late
	other.Transact(nil, func(tx *crdt.Transaction) { other.Array("list").Push(tx, copied) })
	again := crdt.New(crdt.Options{ClientID: 3})
	again.Transact(nil, func(tx *crdt.Transaction) { again.Array("list").Push(tx, crdt.Clone(copied)) })
	for _, d := range []*crdt.Doc{other, again} {
		if err := d.Check(); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := shapeOf(other), shapeOf(again); a != b || strings.Count(a, "crdt.") < 10 {
		t.Errorf("a copy of the copy is\n%s, it is\n%s", b, a)
	}
	element := other.Array("list").Get(0).(*crdt.Array).Get(4).(*crdt.XmlElement)
	if keys := element.Attributes(); !slices.Equal(keys, []string{"1", "2"}) {
		t.Errorf("attributes are copied in the order %v, JavaScript lists them as 1, 2", keys)
	}
	if n := crdt.Clone(crdt.NewText("not in a Doc yet")).Len(); n != 0 {
		t.Errorf("a copy of nothing has length %d", n)
	}
}

// shapeOf prints all that an array of a Doc holds.
func shapeOf(d *crdt.Doc) string {
	var b strings.Builder
	var print func(v any)
	print = func(v any) {
		fmt.Fprintf(&b, "%T(", v)
		switch v := v.(type) {
		case *crdt.Text:
			for _, op := range v.Delta() {
				print(op.Insert)
				fmt.Fprint(&b, op.Attributes)
			}
		case *crdt.Map:
			for key, v := range v.All() {
				b.WriteString(key)
				print(v)
			}
		case *crdt.XmlHook:
			print(&v.Map)
		case *crdt.XmlElement:
			fmt.Fprint(&b, v.Name(), v.Attributes())
			print(&v.XmlFragment)
		case interface{ Values() []any }:
			for _, v := range v.Values() {
				print(v)
			}
		case crdt.Subdoc:
			fmt.Fprint(&b, v.GUID, v.Options)
		default:
			fmt.Fprint(&b, v)
		}
		b.WriteString(")\n")
	}
	print(d.Array("list"))
	return b.String()
}

func TestArray_SliceAndAll(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 1})
	list := d.Array("list")
	for i := range 30 {
		d.Transact(nil, func(tx *crdt.Transaction) { list.Insert(tx, i/2, float64(i), []byte{byte(i)}) })
	}
	d.Transact(nil, func(tx *crdt.Transaction) { list.Delete(tx, 7, 11) })
	values := list.Values()
	for _, a := range []*crdt.Array{list, crdt.NewArray(values...)} {
		var seen []any
		for i, v := range a.All() {
			if i != len(seen) {
				t.Fatalf("element %d came as %d", len(seen), i)
			}
			seen = append(seen, v)
		}
		if !reflect.DeepEqual(seen, values) {
			t.Errorf("all are %v, want %v", seen, values)
		}
		for from := range len(values) + 1 {
			for to := from; to <= len(values); to++ {
				if got := a.Slice(from, to); !reflect.DeepEqual(got, append([]any{}, values[from:to]...)) {
					t.Fatalf("%d to %d are %v, want %v", from, to, got, values[from:to])
				}
			}
		}
		for range a.All() {
			break // whoever has enough stops
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("elements that are not there")
		}
	}()
	list.Slice(0, len(values)+1)
}

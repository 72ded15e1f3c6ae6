package crdt_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"grimoire/internal/crdt"
)

// A text, an array and a map that change only by the events of others must equal
// those, whether the edits are local, remote or undone.
func TestObserve_EventsRebuildTheContent(t *testing.T) {
	const seed = 23
	rng := rand.New(rand.NewPCG(seed, seed))
	for round := range 40 {
		a, b := crdt.New(crdt.Options{ClientID: 1}), crdt.New(crdt.Options{ClientID: 2})
		mirror := mirrorOf(a)
		a.OnUpdate(func(u []byte, origin any) {
			if origin != "remote" {
				if err := b.Apply(u, "remote"); err != nil {
					t.Fatal(err)
				}
			}
		})
		var later [][]byte
		b.OnUpdate(func(u []byte, origin any) {
			if origin != "remote" {
				later = append(later, u)
			}
		})
		undo := crdt.NewUndoManager(a, crdt.UndoOptions{}, a.Text("text"), a.Map("map"), a.Array("array"))
		for step := range 60 {
			switch rng.IntN(5) {
			case 0:
				editAtRandom(rng, b)
			case 1:
				for _, u := range later {
					if err := a.Apply(u, "remote"); err != nil {
						t.Fatal(err)
					}
				}
				later = nil
			case 2:
				if rng.IntN(2) == 0 {
					undo.Undo()
				} else {
					undo.Redo()
				}
			default:
				editAtRandom(rng, a)
			}
			if err := a.Check(); err != nil {
				t.Fatal(err)
			}
			for _, c := range []struct {
				what      string
				got, want any
			}{
				{"text", runes(mirror.text), runes(a.Text("text"))},
				{"array", mirror.array, a.Array("array").Values()},
				{"map", mirror.entries, entries(a.Map("map"))},
			} {
				if !reflect.DeepEqual(c.got, c.want) {
					t.Fatalf("seed %d round %d step %d: %s by events %v, is %v", seed, round, step, c.what, c.got, c.want)
				}
			}
		}
	}
}

// mirrored is built from nothing but events.
type mirrored struct {
	text    *crdt.Text
	array   []any
	entries map[string]any
}

func mirrorOf(d *crdt.Doc) *mirrored {
	own := crdt.New(crdt.Options{ClientID: 3})
	m := &mirrored{text: own.Text("text"), array: []any{}, entries: map[string]any{}}
	d.Text("text").Observe(func(e *crdt.Event) {
		own.Transact(nil, func(t *crdt.Transaction) { m.text.ApplyDelta(t, e.Delta(), true) })
	})
	d.Array("array").Observe(func(e *crdt.Event) {
		i := 0
		for _, op := range e.Delta() {
			values, _ := op.Insert.([]any)
			m.array = slices.Insert(slices.Delete(m.array, i, i+op.Delete), i+op.Retain, values...)
			i += op.Retain + len(values)
		}
	})
	d.Map("map").Observe(func(e *crdt.Event) {
		for key, change := range e.Keys() {
			if old := m.entries[key]; !reflect.DeepEqual(old, change.Old) {
				panic(fmt.Sprintf("key %q: old value %v, was %v", key, change.Old, old))
			}
			if change.Action == crdt.KeyDeleted {
				delete(m.entries, key)
			} else {
				m.entries[key], _ = d.Map("map").Get(key)
			}
		}
	})
	return m
}

// runes lists the characters of a text with their formats.
func runes(x *crdt.Text) []string {
	var all []string
	for _, op := range x.Delta() {
		formats := slices.SortedFunc(slices.Values(op.Attributes), func(a, b crdt.Attribute) int { return strings.Compare(a.Key, b.Key) })
		for _, r := range op.Insert.(string) {
			all = append(all, fmt.Sprintf("%c%v", r, formats))
		}
	}
	return all
}

func entries(m *crdt.Map) map[string]any {
	all := map[string]any{}
	for _, key := range m.Keys() {
		all[key], _ = m.Get(key)
	}
	return all
}

func editAtRandom(rng *rand.Rand, d *crdt.Doc) {
	x, list, m := d.Text("text"), d.Array("array"), d.Map("map")
	d.Transact(nil, func(t *crdt.Transaction) {
		for range 1 + rng.IntN(3) {
			switch i := rng.IntN(x.Len() + 1); rng.IntN(7) {
			case 0:
				x.Insert(t, i, "ab")
			case 1:
				x.InsertWith(t, i, "ü", crdt.Attributes{{Key: "bold", Value: true}})
			case 2:
				x.Delete(t, i, rng.IntN(min(4, x.Len()-i+1)))
			case 3:
				x.Format(t, i, rng.IntN(x.Len()-i+1), crdt.Attributes{{Key: "em", Value: []any{nil, true, "x"}[rng.IntN(3)]}})
			case 4:
				list.Insert(t, rng.IntN(list.Len()+1), float64(rng.IntN(99)), "s")
			case 5:
				if n := list.Len(); n > 0 {
					list.Delete(t, rng.IntN(n), 1)
				}
				m.Delete(t, string(rune('a'+rng.IntN(4))))
			default:
				m.Set(t, string(rune('a'+rng.IntN(4))), float64(rng.IntN(99)))
			}
		}
	})
}

func TestObserveDeep_SaysWhere(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 1})
	comments := d.Map("comments")
	body := crdt.NewText("why")
	d.Transact(nil, func(t *crdt.Transaction) {
		comment := crdt.NewMap()
		comment.Set(nil, "log", crdt.NewArray("first", body))
		comments.Set(t, "c1", comment)
	})
	var got []string
	comments.ObserveDeep(func(events []*crdt.Event) {
		for _, e := range events {
			got = append(got, fmt.Sprintf("%T %v %v %d keys, by %v", e.Target, e.Path(), e.Delta(), len(e.Keys()), e.Transaction().Origin()))
		}
	})
	cancel := comments.Observe(func(*crdt.Event) { got = append(got, "own") })
	d.Transact("ada", func(t *crdt.Transaction) {
		body.Insert(t, 3, "?")
		comments.Set(t, "c2", 1)
	})
	cancel()
	d.Transact("bob", func(t *crdt.Transaction) { comments.Delete(t, "c1") })
	want := []string{
		"own",
		"*crdt.Map [] [] 1 keys, by ada",
		"*crdt.Text [c1 log 1] [{<nil> 3 0 []} {? 0 0 []}] 0 keys, by ada",
		"*crdt.Map [] [] 1 keys, by bob",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// What observers do comes behind, as a transaction of its own, and ends in the
// same state everywhere.
func TestObserve_MayEdit(t *testing.T) {
	d, mirror := crdt.New(crdt.Options{ClientID: 1}), crdt.New(crdt.Options{ClientID: 2})
	var origins []any
	d.OnUpdate(func(u []byte, origin any) {
		origins = append(origins, origin)
		if err := mirror.Apply(u, origin); err != nil {
			t.Fatal(err)
		}
	})
	text, count := d.Text("text"), d.Map("count")
	text.Observe(func(e *crdt.Event) {
		d.Transact("counter", func(t *crdt.Transaction) { count.Set(t, "units", text.Len()) })
	})
	d.OnTransaction(func(t *crdt.Transaction) { origins = append(origins, fmt.Sprint("after ", t.Origin())) })
	d.Transact("typing", func(t *crdt.Transaction) { text.Insert(t, 0, "four") })
	if want := []any{"after typing", "typing", "after counter", "counter"}; !slices.Equal(origins, want) {
		t.Errorf("got %v, want %v", origins, want)
	}
	if n, _ := mirror.Map("count").Get("units"); n != 4.0 {
		t.Errorf("the mirror counts %v", n)
	}
	if !bytes.Equal(d.Encode(nil), mirror.Encode(nil)) {
		t.Error("the mirror's state differs")
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
}

// A type is observed from when it is made, told of nothing that made it, and no
// longer once it is gone.
func TestObserve_BeforeItIsPartOfADoc(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 1})
	m, body := crdt.NewMap(), crdt.NewText("why")
	var got []string
	cancel := body.Observe(func(e *crdt.Event) { got = append(got, fmt.Sprint("text ", e.Delta())) })
	m.ObserveDeep(func(es []*crdt.Event) { got = append(got, fmt.Sprint("map ", es[0].Path())) })
	m.Set(nil, "body", body)
	d.Transact(nil, func(t *crdt.Transaction) { d.Array("list").Push(t, m) })
	if len(got) > 0 {
		t.Errorf("told of its own making: %q", got)
	}
	d.Transact(nil, func(t *crdt.Transaction) { body.Insert(t, 3, "?") })
	cancel()
	d.Transact(nil, func(t *crdt.Transaction) { body.Delete(t, 3, 1) })
	d.Transact(nil, func(t *crdt.Transaction) { d.Array("list").Delete(t, 0, 1) })
	if want := []string{"text [{<nil> 3 0 []} {? 0 0 []}]", "map [body]", "map [body]"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	m.Observe(func(*crdt.Event) { t.Error("a type that is gone tells something") })
	d.Transact(nil, func(t *crdt.Transaction) { d.Array("list").Push(t, crdt.NewMap()) })
	if err := d.Check(); err != nil {
		t.Error(err)
	}
}

func TestObserve_MisusePanics(t *testing.T) {
	panics := func(name string, f func()) {
		t.Helper()
		defer func() {
			if recover() == nil {
				t.Errorf("%s does not panic", name)
			}
		}()
		f()
	}
	d := crdt.New(crdt.Options{ClientID: 1})
	var kept *crdt.Event
	d.Text("text").Observe(func(e *crdt.Event) { kept = e })
	d.Transact(nil, func(t *crdt.Transaction) { d.Text("text").Insert(t, 0, "x") })
	panics("asking an event later", func() { kept.Path() })
}

package crdt_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"grimoire/internal/crdt"
)

// editNested is editAtRandom, with types in types.
func editNested(rng *rand.Rand, d *crdt.Doc) {
	editAtRandom(rng, d)
	d.Transact(nil, func(t *crdt.Transaction) {
		m := d.Map("nested")
		key := string(rune('a' + rng.IntN(3)))
		value, _ := m.Get(key)
		switch inner, _ := value.(*crdt.Map); {
		case inner == nil || rng.IntN(6) == 0:
			inner = crdt.NewMap()
			inner.Set(nil, "body", crdt.NewText("new"))
			inner.Set(nil, "list", crdt.NewArray(1.5, crdt.NewMap()))
			m.Set(t, key, inner)
		case rng.IntN(6) == 0:
			m.Delete(t, key)
		default:
			body, _ := inner.Get("body")
			body.(*crdt.Text).Insert(t, 0, fmt.Sprint(rng.IntN(100)))
			list, _ := inner.Get("list")
			list.(*crdt.Array).Delete(t, 0, rng.IntN(list.(*crdt.Array).Len()+1))
			list.(*crdt.Array).Push(t, crdt.NewText("x"), true)
		}
	})
}

// plain returns a value without shared types.
func plain(value any) any {
	switch v := value.(type) {
	case *crdt.Text:
		return runes(v)
	case *crdt.Map:
		all := map[string]any{}
		for _, key := range v.Keys() {
			e, _ := v.Get(key)
			all[key] = plain(e)
		}
		return all
	case *crdt.Array:
		all := []any{}
		for _, e := range v.Values() {
			all = append(all, plain(e))
		}
		return all
	}
	return value
}

func rootsOf(d *crdt.Doc) []crdt.Type {
	return []crdt.Type{d.Text("text"), d.Array("array"), d.Map("map"), d.Map("nested")}
}

func contents(d *crdt.Doc) []any {
	var all []any
	for _, root := range rootsOf(d) {
		all = append(all, plain(root))
	}
	return all
}

// Going back to any snapshot gives what was there, for others too; and undoing
// that gives what was there before.
func TestRestore_BringsBackWhatWasThere(t *testing.T) {
	const seed = 31
	rng := rand.New(rand.NewPCG(seed, seed))
	for round := range 40 {
		d := crdt.New(crdt.Options{ClientID: 1, NoGC: true})
		other := crdt.New(crdt.Options{ClientID: 2})
		d.OnUpdate(func(u []byte, origin any) {
			if origin != "other" {
				if err := other.Apply(u, nil); err != nil {
					t.Fatal(err)
				}
			}
		})
		undo := crdt.NewUndoManager(d, crdt.UndoOptions{Origins: []any{"restore"}}, rootsOf(d)...)
		var snapshots []crdt.Snapshot
		var then [][]any
		for step := range 40 {
			if editNested(rng, d); rng.IntN(4) == 0 {
				editNested(rng, other)
				if err := d.Apply(other.Encode(d.StateVector()), "other"); err != nil {
					t.Fatal(err)
				}
			}
			snapshots, then = append(snapshots, d.Snapshot()), append(then, contents(d))
			if rng.IntN(4) > 0 {
				continue
			}
			i := rng.IntN(len(snapshots))
			before := contents(d)
			d.Transact("restore", func(tx *crdt.Transaction) {
				if err := tx.Restore(snapshots[i], rootsOf(d)...); err != nil {
					t.Fatal(err)
				}
			})
			if got := contents(d); !reflect.DeepEqual(got, then[i]) {
				t.Fatalf("seed %d round %d step %d: restored\n%v, was\n%v", seed, round, step, got, then[i])
			}
			if err := d.Check(); err != nil {
				t.Fatal(err)
			}
			if got := contents(other); !reflect.DeepEqual(got, then[i]) {
				t.Fatalf("seed %d round %d step %d: others have\n%v, want\n%v", seed, round, step, got, then[i])
			}
			if rng.IntN(2) == 0 && !reflect.DeepEqual(before, then[i]) {
				if undo.Undo(); !reflect.DeepEqual(contents(d), before) {
					t.Fatalf("seed %d round %d step %d: undone\n%v, was\n%v", seed, round, step, contents(d), before)
				}
			}
		}
	}
}

func TestRestore_RefusesWhatItCannot(t *testing.T) {
	from := crdt.New(crdt.Options{ClientID: 1, NoGC: true})
	from.Transact(nil, func(tx *crdt.Transaction) { from.Text("text").Insert(tx, 0, "x") })
	for _, o := range []crdt.Options{{ClientID: 2}, {ClientID: 2, NoGC: true}} {
		d := crdt.New(o)
		d.Transact(nil, func(tx *crdt.Transaction) {
			d.Text("text").Insert(tx, 0, "y")
			if err := tx.Restore(from.Snapshot(), d.Text("text")); err == nil {
				t.Errorf("%+v went back to what it does not have", o)
			}
		})
		if got := d.Text("text").String(); got != "y" {
			t.Errorf("text is %q", got)
		}
	}
}

// What Inspect says of an update is what Apply then does: the units it adds, and
// those of the Doc it deletes. Only of a key that is set by two at once it may name
// the value that then wins.
func TestInspect_NamesWhatApplyDoes(t *testing.T) {
	const seed = 37
	rng := rand.New(rand.NewPCG(seed, seed))
	for round := range 60 {
		docs := []*crdt.Doc{crdt.New(crdt.Options{ClientID: 1}), crdt.New(crdt.Options{ClientID: 2}), crdt.New(crdt.Options{ClientID: 3})}
		for step := range 30 {
			d, from := docs[rng.IntN(3)], docs[rng.IntN(3)]
			if editNested(rng, from); d == from {
				continue
			}
			update, updateV2 := from.Encode(d.StateVector()), from.EncodeV2(d.StateVector())
			in, err := d.Inspect(update)
			if err != nil {
				t.Fatal(err)
			}
			if in2, err := d.InspectV2(updateV2); err != nil || fmt.Sprint(inspected(in2.Items), inspected(in2.Deletes)) != fmt.Sprint(inspected(in.Items), inspected(in.Deletes)) {
				t.Fatalf("v2 is inspected otherwise: %v", err)
			}
			sv, gone := d.StateVector(), deletedUnits(t, d)
			before := d.Encode(nil)
			if err := d.Apply(update, nil); err != nil {
				t.Fatal(err)
			}
			at := fmt.Sprintf("seed %d round %d step %d", seed, round, step)
			if len(in.Missing) > 0 || d.Pending().Structs || d.Pending().Deletes {
				t.Fatalf("%s: %v is missing", at, in.Missing)
			}
			added := map[crdt.ID]bool{}
			each(in.Items, func(id crdt.ID, _ crdt.Change) { added[id] = true })
			want := 0
			for client, clock := range d.StateVector() {
				want += int(clock - sv[client])
				for ; sv[client] < clock; sv[client]++ {
					if id := (crdt.ID{Client: client, Clock: sv[client]}); !added[id] {
						t.Fatalf("%s: %v was added without notice", at, id)
					}
				}
			}
			if want != len(added) {
				t.Fatalf("%s: %d units were announced, %d came", at, len(added), want)
			}
			deleted := map[crdt.ID]bool{}
			now := deletedUnits(t, d)
			each(in.Deletes, func(id crdt.ID, c crdt.Change) {
				deleted[id] = true
				if !now[id] && !underKey(c.Place) {
					t.Fatalf("%s: %v should go and did not", at, id)
				}
			})
			for id := range now {
				if !gone[id] && !deleted[id] && !added[id] && !isFormat(t, before, id) {
					t.Fatalf("%s: %v went without notice", at, id)
				}
			}
		}
	}
}

func each(changes []crdt.Change, f func(crdt.ID, crdt.Change)) {
	for _, c := range changes {
		for i := range c.Length {
			f(crdt.ID{Client: c.Client, Clock: c.Clock + i}, c)
		}
	}
}

// underKey reports whether a place is under a key on the way from its root.
func underKey(p *crdt.Place) bool {
	for _, step := range p.Path() {
		if !step.InList {
			return true
		}
	}
	return false
}

// deletedUnits lists the units that a Doc has deleted: the second part of its
// state, which an empty Doc is asked about.
func deletedUnits(t *testing.T, d *crdt.Doc) map[crdt.ID]bool {
	t.Helper()
	in, err := crdt.New(crdt.Options{ClientID: 9}).Inspect(d.Encode(nil))
	if err != nil {
		t.Fatal(err)
	}
	units := map[crdt.ID]bool{}
	note := func(id crdt.ID, c crdt.Change) { units[id] = true }
	each(in.Deletes, note)
	for _, c := range in.Items {
		if c.Kind == crdt.KindGC || c.Kind == crdt.KindDeleted {
			each([]crdt.Change{c}, note)
		}
	}
	return units
}

// isFormat reports whether a unit of a state is a format: those that lose their
// effect are tidied up behind an update.
func isFormat(t *testing.T, state []byte, id crdt.ID) bool {
	t.Helper()
	in, err := crdt.New(crdt.Options{ClientID: 9}).Inspect(state)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	each(in.Items, func(unit crdt.ID, c crdt.Change) { found = found || unit == id && c.Kind == crdt.KindFormat })
	return found
}

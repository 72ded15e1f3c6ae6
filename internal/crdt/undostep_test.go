package crdt

import "testing"

// What is in scope is asked for every Item of a step, each in a type of its own if they
// nest: nobody may go all the way up for each.
func TestScoped_GoesUpFromATypeOnce(t *testing.T) {
	const levels = 100
	d := New(Options{ClientID: 1})
	in, out := arraysIn(d, "in", levels), arraysIn(d, "out", levels)
	u := NewUndoManager(d, UndoOptions{}, d.Array("in"))
	s := u.scoped()
	if !s.hasType(in[levels-1]) || s.hasType(out[levels-1]) {
		t.Fatal("the innermost of the scope is not in it, or the other one is")
	}
	for i := range levels {
		if has, known := s.known[in[i]]; !has || !known {
			t.Errorf("level %d of the scope: %t, known: %t", i, has, known)
		}
		if has, known := s.known[out[i]]; has || !known {
			t.Errorf("level %d of the other root: %t, known: %t", i, has, known)
		}
	}
	const half = levels / 2
	s = &scoped{u, map[int32]bool{out[half]: true}} // which is not so
	if !s.hasType(out[levels-1]) || s.hasType(out[half-1]) {
		t.Error("what is known of a type was not used for those in it, or for those that hold it")
	}
}

// arraysIn puts arrays into a root array, each into the last, and returns all of them.
func arraysIn(d *Doc, root string, levels int) (ids []int32) {
	list := d.Array(root)
	d.Transact(nil, func(t *Transaction) {
		for range levels {
			inner := NewArray()
			list.Push(t, inner)
			list = inner
			ids = append(ids, inner.id)
		}
	})
	return ids
}

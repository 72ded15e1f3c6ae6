package crdt_test

import (
	"math/rand/v2"
	"testing"

	"grimoire/internal/crdt"
)

// Of every unit that ever was, Units says the same as Resolve says of each alone.
func TestText_UnitsStandWhereResolveSays(t *testing.T) {
	const seed = 7
	rng := rand.New(rand.NewPCG(seed, seed))
	for round := range 6 {
		d := crdt.New(crdt.Options{ClientID: 1, NoGC: round%2 == 0})
		text := d.Text("text")
		for range 30 {
			editAtRandom(rng, d)
		}
		var ids []crdt.ID
		for clock := range d.StateVector()[1] + 2 {
			ids = append(ids, crdt.ID{Client: 1, Clock: clock}, crdt.ID{Client: 2, Clock: clock})
		}
		alive := 0
		for i, unit := range text.Units(ids) {
			at, ok := d.Resolve(crdt.RelativePosition{Item: &ids[i]})
			ok = ok && at.Root == "text"
			switch {
			case !ok && unit != crdt.TextUnit{Index: -1}:
				t.Fatalf("seed %d round %d: %v is at %+v, Resolve finds it nowhere in the text", seed, round, ids[i], unit)
			case ok && unit.Index != at.Index:
				t.Fatalf("seed %d round %d: %v is at %+v, Resolve says %d", seed, round, ids[i], unit, at.Index)
			case unit.Alive:
				alive++
			}
		}
		if alive != text.Len() {
			t.Fatalf("seed %d round %d: %d units are alive in a text of %d", seed, round, alive, text.Len())
		}
	}
	if units := crdt.NewText("not in a Doc yet").Units([]crdt.ID{{Client: 1}}); units[0].Index != -1 {
		t.Errorf("a text of no Doc has a unit at %+v", units[0])
	}
}

package crdttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"grimoire/internal/crdt"
)

// refusedOnPurpose is what the engine refuses and yjs takes, or takes until it is to
// be integrated; INTERNALS.md says why.
var refusedOnPurpose = []string{
	"struct refers to its own client's future",
	"deleted range is empty or ends above 2^53-1",
	"clock above 2^53-1",
	"integer above 2^53-1",
	"column of differences leaves its range",
}

// refusedInV2 is where a column ends early; yjs reads zeros and less text from there.
var refusedInV2 = []string{"unexpected end", "unexpected end in an integer", "string beyond the end of its column"}

// TestDamage_IsRefusedWhereYjsRefuses changes bytes of updates at random. The engine
// must take what yjs takes, and then know and hold the same; and refuse the rest.
func TestDamage_IsRefusedWhereYjsRefuses(t *testing.T) {
	y := startYjs(t)
	e := newEditor(uint64(*seed))
	e.formats = true
	seen := map[verdict]int{}
	for round := 0; seen[bothTake]+seen[bothRefuse] < 2000; round++ {
		for _, m := range e.written(2) {
			if len(m.update) > 150 {
				continue
			}
			if round%3 == 0 {
				b, err := crdt.ConvertV1ToV2(m.update)
				if err != nil {
					t.Fatal(err)
				}
				m = message{b, true}
			}
			m.update = bytes.Clone(m.update)
			for range 1 + e.rng.IntN(2) {
				m.update[e.rng.IntN(len(m.update))] = byte(e.rng.IntN(256))
			}
			seen[y.damaged(m)]++
		}
	}
	t.Logf("seed %d: %v", *seed, seen)
	if min(seen[bothTake], seen[bothRefuse]) < 200 {
		t.Error("the damage is too light or too heavy to tell anything")
	}
}

// verdict is what becomes of a damaged update.
type verdict string

const (
	bothTake   verdict = "taken by both"
	bothRefuse verdict = "refused by both"
	onPurpose  verdict = "refused by the engine, on purpose"
)

// damaged brings an update to both.
func (y *yjs) damaged(m message) verdict {
	y.t.Helper()
	d := crdt.New(crdt.Options{ClientID: receiver})
	declare(d, randomRoots)
	apply, v := d.Apply, 1
	if m.v2 {
		apply, v = d.ApplyV2, 2
	}
	err := apply(m.update, nil)
	if err := d.Check(); err != nil {
		y.t.Errorf("after %x: %v", m.update, err)
	}
	y.ask("new", map[string]any{"doc": "d", "clientID": receiver, "roots": randomRoots}, nil)
	var state struct{ SV []byte }
	theirs := y.try("apply", map[string]any{"doc": "d", "v": v, "updates": [][]byte{m.update}}, &state)
	var where *crdt.DecodeError
	switch {
	case errors.As(err, &where) && (slices.Contains(refusedOnPurpose, where.What) || m.v2 && slices.Contains(refusedInV2, where.What)):
		return onPurpose
	case (err != nil) != (theirs != ""):
		y.t.Errorf("v%d %x: got %v, yjs says %q", v, m.update, err, theirs)
	case err == nil:
		var deep struct{ Content json.RawMessage }
		y.ask("deep", map[string]any{"doc": "d", "roots": randomRoots}, &deep)
		if got := d.StateVector().Encode(); !bytes.Equal(got, state.SV) || contentOf(d) != canonicalText(deep.Content) {
			y.t.Errorf("after v%d %x: state %x and content\n%s, yjs has %x and\n%s", v, m.update, got, contentOf(d), state.SV, deep.Content)
		}
	}
	if err != nil {
		return bothRefuse
	}
	return bothTake
}

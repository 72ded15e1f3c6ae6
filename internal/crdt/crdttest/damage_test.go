package crdttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
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
			seen[y.damaged(m, randomRoots)]++
		}
	}
	t.Logf("seed %d: %v", *seed, seen)
	if min(seen[bothTake], seen[bothRefuse]) < 200 {
		t.Error("the damage is too light or too heavy to tell anything")
	}
}

// TestDamage_OfWholeDocuments flips bits of the states of stored cases, takes bytes out and
// puts others in, some of another state.
func TestDamage_OfWholeDocuments(t *testing.T) {
	var states []message
	var roots []map[string]string
	if err := readCorpus(func(c *Case) error {
		states = append(states, message{c.Want.V1, false}, message{c.Want.V2, true})
		roots = append(roots, c.Roots, c.Roots)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	y := startYjs(t)
	rng := rand.New(rand.NewPCG(uint64(*seed), 7))
	seen := map[verdict]int{}
	for seen[bothTake]+seen[bothRefuse] < 1000 {
		n := rng.IntN(len(states))
		m := states[n]
		m.update = bytes.Clone(m.update)
		for range 1 + rng.IntN(2) {
			m.update = damage(rng, m.update, states[rng.IntN(len(states))].update)
		}
		seen[y.damaged(m, roots[n])]++
	}
	t.Logf("seed %d: %v", *seed, seen)
	if min(seen[bothTake], seen[bothRefuse]) < 100 {
		t.Error("the damage is too light or too heavy to tell anything")
	}
}

// damage changes b at a random place, perhaps by bytes of other.
func damage(rng *rand.Rand, b, other []byte) []byte {
	piece := func(b []byte) (from, to int) {
		from = rng.IntN(len(b))
		return from, from + rng.IntN(min(len(b)-from, 12)+1)
	}
	from, to := piece(b)
	switch rng.IntN(5) {
	case 0:
		b[from] ^= 1 << rng.IntN(8)
	case 1:
		b[from] += byte(rng.IntN(3)) - 1
	case 2:
		return slices.Concat(b[:from], b[to:], []byte{0})
	case 3:
		return slices.Insert(b, rng.IntN(len(b)), bytes.Clone(b[from:to])...)
	case 4:
		start, end := piece(other)
		return slices.Concat(b[:from], other[start:end], b[to:], []byte{0})
	}
	return b
}

// verdict is what becomes of a damaged update.
type verdict string

const (
	bothTake   verdict = "taken by both"
	bothRefuse verdict = "refused by both"
	onPurpose  verdict = "refused by the engine, on purpose"
	noUnits    verdict = "has structs of length 0, which yjs takes apart"
)

// damaged brings an update to a new Doc, to one that is in a transaction and so cannot
// load it, and to yjs.
func (y *yjs) damaged(m message, roots map[string]string) verdict {
	y.t.Helper()
	apply, v := (*crdt.Doc).Apply, 1
	if m.v2 {
		apply, v = (*crdt.Doc).ApplyV2, 2
	}
	d, slow := crdt.New(crdt.Options{ClientID: receiver}), crdt.New(crdt.Options{ClientID: receiver})
	declare(d, roots)
	declare(slow, roots)
	err, slowErr := apply(d, m.update, nil), error(nil)
	slow.Transact(nil, func(*crdt.Transaction) { slowErr = apply(slow, m.update, nil) })
	if !reflect.DeepEqual(err, slowErr) || !bytes.Equal(d.Encode(nil), slow.Encode(nil)) {
		y.t.Errorf("v%d %x: loaded it is\n%x %v, applied\n%x %v", v, m.update, d.Encode(nil), err, slow.Encode(nil), slowErr)
	}
	if err := d.Check(); err != nil {
		y.t.Errorf("after %x: %v", m.update, err)
	}
	var where *crdt.DecodeError
	if errors.As(err, &where) && (slices.Contains(refusedOnPurpose, where.What) || m.v2 && slices.Contains(refusedInV2, where.What)) {
		return onPurpose // some of these would keep yjs busy until its memory is full
	}
	y.ask("new", map[string]any{"doc": "d", "clientID": receiver, "roots": roots}, nil)
	var state struct{ SV []byte }
	theirs := y.try("apply", map[string]any{"doc": "d", "v": v, "updates": [][]byte{m.update}}, &state)
	var empty struct{ Some bool }
	if err == nil { // what it can apply it cannot always list
		y.try("empty", map[string]any{"v": v, "update": m.update}, &empty)
	}
	switch {
	case empty.Some:
		return noUnits
	case (err != nil) != (theirs != ""):
		y.t.Errorf("v%d %x: got %v, yjs says %q", v, m.update, err, theirs)
	case err == nil:
		var deep struct{ Content json.RawMessage }
		y.ask("deep", map[string]any{"doc": "d", "roots": roots}, &deep)
		halves := bytes.Contains(deep.Content, []byte(`\ud`)) // of text in an Array, see INTERNALS.md
		if got := d.StateVector().Encode(); !bytes.Equal(got, state.SV) || !halves && contentIn(d, roots) != canonicalText(deep.Content) {
			y.t.Errorf("after v%d %x: state %x and content\n%s, yjs has %x and\n%s", v, m.update, got, contentIn(d, roots), state.SV, deep.Content)
		}
		var whole struct{ Update []byte }
		cannot := y.try("state", map[string]any{"doc": "d"}, &whole) // if formats are bigints or undefined
		backwards := d.Pending().Deletes                             // of which yjs writes nonsense
		if got := d.Encode(nil); cannot == "" && !backwards && !bytes.Equal(got, whole.Update) {
			y.t.Errorf("after v%d %x: the state is\n%x, yjs has\n%x", v, m.update, got, whole.Update)
		}
	}
	if err != nil {
		return bothRefuse
	}
	return bothTake
}

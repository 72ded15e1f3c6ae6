package crdttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

// The messages of y-protocols and ours must be the same bytes, and lead to the same:
// those of a sync in both directions, and random awareness updates.
func TestProtocol_IsThatOfYProtocols(t *testing.T) {
	y := startYjs(t)
	t.Run("sync", y.sync)
	t.Run("awareness", y.awareness)
}

// sync lets yjs ask and answer a Doc of the engine.
func (y *yjs) sync(t *testing.T) {
	const syncFrame = 0 // a provider's first byte
	type reply struct{ Message, Reply, SV []byte }
	ours, theirs := newDoc(1), newDoc(2)
	for i, d := range []*crdt.Doc{ours, theirs} {
		e := newEditor(uint64(*seed) + uint64(i))
		declare(d, randomRoots)
		for range 20 {
			e.edit(d, nil)
		}
	}
	y.ask("new", map[string]any{"doc": "theirs", "clientID": 2, "roots": randomRoots}, nil)
	y.ask("apply", map[string]any{"doc": "theirs", "updates": [][]byte{theirs.Encode(nil)}}, nil)
	send := func(m protocol.Message) reply {
		var r reply
		y.ask("syncRead", map[string]any{"doc": "theirs", "message": protocol.Append(nil, m)[1:]}, &r)
		return r
	}
	read := func(message []byte) protocol.Message {
		m, err := protocol.Decode(append([]byte{syncFrame}, message...))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	var asked reply
	y.ask("syncStep1", map[string]any{"doc": "theirs"}, &asked)
	step1 := read(asked.Message).(protocol.SyncStep1)
	if !bytes.Equal(step1.Vector, theirs.StateVector().Encode()) {
		t.Errorf("yjs asks with %x", step1.Vector)
	}
	sv, err := crdt.DecodeStateVector(step1.Vector)
	if err != nil {
		t.Fatal(err)
	}
	answer := send(protocol.SyncStep1{Vector: ours.StateVector().Encode()})
	apply(t, ours, read(answer.Reply).(protocol.SyncStep2).Update)
	got := send(protocol.SyncStep2{Update: ours.Encode(sv)})
	if !bytes.Equal(got.SV, ours.StateVector().Encode()) {
		t.Errorf("yjs has %x, we have %x", got.SV, ours.StateVector().Encode())
	}
	var live []byte
	ours.OnUpdate(func(u []byte, _ any) { live = u })
	for e := newEditor(99); live == nil; {
		e.edit(ours, nil)
	}
	got = send(protocol.Update{Update: live})
	var deep struct{ Content json.RawMessage }
	y.ask("deep", map[string]any{"doc": "theirs", "roots": randomRoots}, &deep)
	if !bytes.Equal(got.SV, ours.StateVector().Encode()) || contentOf(ours) != canonicalText(deep.Content) {
		t.Errorf("yjs ends with %s, we have %s", deep.Content, contentOf(ours))
	}
}

// awareness gives the same random updates to y-protocols and to States.
func (y *yjs) awareness(t *testing.T) {
	rng := rand.New(rand.NewPCG(uint64(*seed), 7))
	y.ask("awNew", map[string]any{"aw": "a", "clientID": receiver}, nil)
	var states protocol.States
	for step := range 400 {
		m := protocol.Awareness{}
		for range 1 + rng.IntN(3) {
			c := protocol.Client{ID: uint64(rng.IntN(5)), Clock: uint64(rng.IntN(8) + step/40)}
			if rng.IntN(3) > 0 {
				c.State = fmt.Appendf(nil, `{"at":%d}`, rng.IntN(9))
			}
			m.Clients = append(m.Clients, c)
		}
		frame := protocol.Append(nil, m)
		decoded, err := protocol.Decode(frame)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range decoded.(protocol.Awareness).Clients {
			states.Apply(c)
		}
		var theirs struct {
			States map[uint64]json.RawMessage
			Clocks map[uint64]uint64
		}
		inner := frame[2:] // behind the type and a length below 128
		y.ask("awApply", map[string]any{"aw": "a", "update": inner}, &theirs)
		delete(theirs.States, receiver)
		delete(theirs.Clocks, receiver)
		got := map[uint64]string{}
		for _, c := range states.Present() {
			got[c.ID] = canonicalText(c.State)
		}
		want := map[uint64]string{}
		for id, state := range theirs.States {
			want[id] = canonicalText(state)
		}
		clocks := map[uint64]uint64{}
		for _, c := range states.Get(slices.Collect(maps.Keys(theirs.Clocks))) {
			clocks[c.ID] = c.Clock
		}
		if !maps.Equal(got, want) || !maps.Equal(clocks, theirs.Clocks) {
			t.Fatalf("seed %d step %d, after %s: states %v at %v, y-protocols has %v at %v", *seed, step, frame, got, clocks, want, theirs.Clocks)
		}
	}
}

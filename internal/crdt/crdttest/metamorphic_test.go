package crdttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"grimoire/internal/crdt"
)

// way is a list of updates that all say the same in the end.
type way struct {
	name    string
	updates []message
}

// TestDoc_EndsTheSameEveryWay brings what clients of the engine wrote to a Doc in
// every way there is. The Doc must be sound after every update, and end in the
// state, to the byte, in which yjs ends that got the same: so yjs also accepts
// what the engine writes. Where yjs does not depend on the way, all ways must end
// in the same content.
func TestDoc_EndsTheSameEveryWay(t *testing.T) {
	y := startYjs(t)
	const rounds = 40
	for round := range rounds {
		e := newEditor(uint64(*seed)<<32 | uint64(round))
		e.formats, e.pairs = round%2 == 1, round%4 > 1
		updates := e.written(2 + round%3)
		var content string
		for _, w := range e.ways(t, updates) {
			where := fmt.Sprintf("seed %d round %d, %s", *seed, round, w.name)
			d := receive(t, where, w.updates)
			y.compare(where, d, w.updates)
			got := contentOf(d)
			if content == "" {
				content = got
			}
			if !e.formats && !e.pairs && got != content {
				t.Errorf("%s: got %s\nwant %s", where, got, content)
			}
			if t.Failed() {
				return
			}
		}
		if e.pairs {
			continue // an edit that splits one changes the past
		}
		if err := throughSnapshot(e, updates); err != nil {
			t.Fatalf("seed %d round %d, through a snapshot: %v", *seed, round, err)
		}
	}
}

// written returns the updates of some clients that edit and now and then sync.
func (e *editor) written(clients int) (updates []message) {
	docs := make([]*crdt.Doc, clients)
	for i := range docs {
		d := crdt.New(crdt.Options{ClientID: uint64(1 + 7*i)})
		declare(d, randomRoots)
		d.OnUpdate(func(u []byte, origin any) {
			if origin == "edit" {
				updates = append(updates, message{u, false})
			}
		})
		docs[i] = d
	}
	for range 30 {
		d := docs[e.rng.IntN(clients)]
		if e.rng.IntN(4) > 0 {
			e.edit(d, "edit")
			continue
		}
		if err := d.Apply(docs[e.rng.IntN(clients)].Encode(d.StateVector()), "sync"); err != nil {
			panic(err)
		}
	}
	return updates
}

func (e *editor) ways(t *testing.T, updates []message) []way {
	all := make([][]byte, len(updates))
	for i, m := range updates {
		all[i] = m.update
	}
	must := func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	v1 := func(updates ...[]byte) (list []message) {
		for _, u := range updates {
			list = append(list, message{u, false})
		}
		return list
	}
	v2 := func(updates ...[]byte) (list []message) {
		for _, u := range updates {
			list = append(list, message{must(crdt.ConvertV1ToV2(u)), true})
		}
		return list
	}
	shuffled := func() [][]byte {
		var list [][]byte
		for _, i := range e.rng.Perm(len(all)) {
			list = append(list, all[i])
		}
		return list
	}
	state := receive(t, "the state", v1(all...))
	merged := must(crdt.Merge(all...))
	sv := crdt.StateVector{}
	for client, clock := range state.StateVector() {
		sv[client] = uint64(e.rng.IntN(int(clock) + 1))
	}
	ways := []way{
		{"one by one", v1(all...)},
		{"one by one in v2", v2(all...)},
		{"merged", v1(merged)},
		{"merged in v2", v2(merged)},
		{"the state", v1(state.Encode(nil))},
		{"the state in v2", []message{{state.EncodeV2(nil), true}}},
		{"backwards", v1(reversed(all)...)},
		{"in any order, twice", append(v1(shuffled()...), v2(shuffled()...)...)},
		{"a diff of the merged, then all that", v1(must(crdt.Diff(merged, sv.Encode())), merged)},
		{"a diff of the state, then some, then all", append(v1(state.Encode(sv)), v1(append(shuffled()[:len(all)/2], merged)...)...)},
	}
	var pairs [][]byte
	for list := shuffled(); len(list) > 0; {
		n := min(len(list), 1+e.rng.IntN(4))
		pairs = append(pairs, must(crdt.Merge(list[:n]...)))
		list = list[n:]
	}
	return append(ways, way{"merged in any groups", v1(pairs...)})
}

func reversed(list [][]byte) [][]byte {
	out := make([][]byte, len(list))
	for i, u := range list {
		out[len(list)-1-i] = u
	}
	return out
}

// receive applies updates to a new Doc, which must be sound after each.
func receive(t *testing.T, where string, updates []message) *crdt.Doc {
	t.Helper()
	d := crdt.New(crdt.Options{ClientID: receiver})
	declare(d, randomRoots)
	for i, m := range updates {
		apply := d.Apply
		if m.v2 {
			apply = d.ApplyV2
		}
		if err := apply(m.update, nil); err != nil {
			t.Fatalf("%s, update %d: %v", where, i, err)
		}
		if err := d.Check(); err != nil {
			t.Fatalf("%s, after update %d: %v", where, i, err)
		}
	}
	return d
}

// compare lets yjs apply the same updates and compares state and content.
func (y *yjs) compare(where string, d *crdt.Doc, updates []message) {
	y.t.Helper()
	y.ask("new", map[string]any{"doc": "d", "clientID": receiver, "roots": randomRoots}, nil)
	for _, m := range updates {
		v := 1
		if m.v2 {
			v = 2
		}
		y.ask("apply", map[string]any{"doc": "d", "v": v, "updates": [][]byte{m.update}}, nil)
	}
	var state, stateV2 struct{ Update []byte }
	y.ask("state", map[string]any{"doc": "d"}, &state)
	y.ask("state", map[string]any{"doc": "d", "v": 2}, &stateV2)
	var deep struct{ Content json.RawMessage }
	y.ask("deep", map[string]any{"doc": "d", "roots": randomRoots}, &deep)
	y.ask("free", map[string]any{"doc": "d"}, nil)
	if got := d.Encode(nil); !bytes.Equal(got, state.Update) {
		y.t.Errorf("%s: the state is\n%x, yjs has\n%x", where, got, state.Update)
	}
	if got := d.EncodeV2(nil); !bytes.Equal(got, stateV2.Update) {
		y.t.Errorf("%s: the state in v2 is\n%x, yjs has\n%x", where, got, stateV2.Update)
	}
	if got, want := contentOf(d), canonicalText(deep.Content); got != want {
		y.t.Errorf("%s: content is\n%s, yjs has\n%s", where, got, want)
	}
}

func contentOf(d *crdt.Doc) string { return contentIn(d, randomRoots) }

func contentIn(d *crdt.Doc, roots map[string]string) string {
	content := map[string]any{}
	for name, kind := range roots {
		content[name] = Tagged(root(d, name, kind))
	}
	return canonical(content)
}

// throughSnapshot takes a snapshot, edits on, and looks back in every way.
func throughSnapshot(e *editor, updates []message) error {
	d := crdt.New(crdt.Options{ClientID: receiver, NoGC: true})
	declare(d, randomRoots)
	for _, m := range updates {
		if err := d.Apply(m.update, nil); err != nil {
			return err
		}
	}
	want, s := contentOf(d), d.Snapshot()
	for range 20 {
		e.edit(d, nil)
		if err := d.Check(); err != nil {
			return err
		}
	}
	view, err := d.View(s)
	if err != nil {
		return err
	}
	seen := map[string]any{}
	for name, kind := range randomRoots {
		seen[name] = taggedAt(view, root(d, name, kind))
	}
	if got := canonical(seen); got != want {
		return fmt.Errorf("seen is\n%s, it was\n%s", got, want)
	}
	past, err := d.At(s, crdt.Options{ClientID: receiver, NoGC: true})
	if err != nil {
		return err
	}
	if got := contentOf(past); got != want {
		return fmt.Errorf("the past Doc has\n%s, it was\n%s", got, want)
	}
	if err := past.Check(); err != nil {
		return err
	}
	d.Transact(nil, func(t *crdt.Transaction) {
		var types []crdt.Type
		for name, kind := range randomRoots {
			types = append(types, root(d, name, kind))
		}
		err = t.Restore(s, types...)
	})
	if err != nil {
		return err
	}
	if got := contentOf(d); got != want {
		return fmt.Errorf("restored is\n%s, it was\n%s", got, want)
	}
	return d.Check()
}

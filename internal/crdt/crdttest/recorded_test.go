package crdttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"testing"

	"grimoire/internal/crdt"
)

// recorded is what yjs makes of bytes that no client writes:
// testdata/edgecases.json, printed by oracle/edgecases.mjs.
type recorded struct {
	Entries   []recordedUpdates
	Positions []struct {
		Name       string
		Rel, Again []byte
		JSON       string
	}
}

type recordedUpdates struct {
	Name     string
	Roots    map[string]string
	Declared bool // before the first update
	Updates  [][]byte
	Throws   string // "" if yjs takes them; then what it has in the end
	Pending  struct {
		Structs bool
		Deletes bool `json:"ds"`
	}
	V1, V2, Merged []byte
	Deep           map[string]json.RawMessage
}

func readRecorded(t *testing.T) *recorded {
	t.Helper()
	b, err := os.ReadFile("testdata/edgecases.json")
	if err != nil {
		t.Fatal(err)
	}
	r := new(recorded)
	if err := json.Unmarshal(b, r); err != nil {
		t.Fatal(err)
	}
	return r
}

// refused is what yjs takes and the engine does not, on purpose.
var refused = []string{
	"delete of length 0", // yjs itself throws unless the clock is known
}

// bytesOf returns a check that the engine does with recorded bytes what yjs did.
func bytesOf(names ...string) func(*testing.T) {
	return func(t *testing.T) {
		r := readRecorded(t)
		for _, name := range names {
			t.Run(name, func(t *testing.T) { r.entry(t, name) })
		}
	}
}

func (r *recorded) entry(t *testing.T, name string) {
	i := slices.IndexFunc(r.Entries, func(e recordedUpdates) bool { return e.Name == name })
	if i < 0 {
		t.Fatal("yjs's result was not recorded")
	}
	e := r.Entries[i]
	d := crdt.New(crdt.Options{ClientID: receiver})
	if e.Declared {
		declare(d, e.Roots)
	}
	var err error
	for _, u := range e.Updates {
		err = errors.Join(err, d.Apply(u, nil))
	}
	if wrong := err != nil; wrong != (e.Throws != "" || slices.Contains(refused, name)) {
		t.Fatalf("got error %v, yjs throws %q", err, e.Throws)
	} else if wrong {
		return
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
	merged, err := crdt.Merge(e.Updates...)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what      string
		got, want []byte
	}{{"state", d.Encode(nil), e.V1}, {"state in v2", d.EncodeV2(nil), e.V2}, {"merged", merged, e.Merged}} {
		if !bytes.Equal(c.got, c.want) {
			t.Errorf("%s:\n got %x\nwant %x", c.what, c.got, c.want)
		}
	}
	if p := d.Pending(); p.Structs != e.Pending.Structs || p.Deletes != e.Pending.Deletes {
		t.Errorf("pending %v %v, want %+v", p.Structs, p.Deletes, e.Pending)
	}
	for name, kind := range e.Roots {
		if got, want := canonical(Tagged(root(d, name, kind))), canonicalText(e.Deep[name]); got != want {
			t.Errorf("root %s is %s, want %s", name, got, want)
		}
	}
}

// recordedPositions compares relative positions, in bytes and as JSON.
func recordedPositions(t *testing.T) {
	for _, p := range readRecorded(t).Positions {
		got, err := crdt.DecodeRelativePosition(p.Rel)
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		if again := got.Encode(); !bytes.Equal(again, p.Again) {
			t.Errorf("%s: got %x, want %x", p.Name, again, p.Again)
		}
		if text := canonicalText([]byte(canonical(got))); text != canonicalText(json.RawMessage(p.JSON)) {
			t.Errorf("%s: got %s, want %s", p.Name, text, p.JSON)
		}
	}
}

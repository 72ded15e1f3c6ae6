package crdt_test

import (
	"errors"
	"testing"

	"grimoire/internal/crdt"
)

// The index counts clocks in 32 bits from the start of a chunk. A run may be
// longer, and be cut anywhere.
func TestApply_CutsRunsBeyond32Bits(t *testing.T) {
	const deleted, str, origin, right = 1, 4, 1 << 7, 1 << 6
	d := crdt.New(crdt.Options{ClientID: 9})
	run := uints(1, 2, 1, 0, deleted, 1, "text", 1<<50, byte(str|origin), 1, 1<<50-1, "end", 0)
	err := d.Apply(run, nil)
	for i, at := range []int{1 << 34, 1 << 33, 1<<32 + 7, 1<<32 - 1, 1 << 40, 1<<40 + 1, 5} {
		err = errors.Join(err, d.Apply(uints(1, 1, 2, i, byte(str|origin|right), 1, at, 1, at+1, string(rune('a'+i)), 0), nil), d.Check())
	}
	if err != nil {
		t.Fatal(err)
	}
	if got, want := d.Text("text").String(), "gdcbaefend"; got != want {
		t.Errorf("text is %q, want %q", got, want)
	}
	copied := crdt.New(crdt.Options{ClientID: 8})
	if err := errors.Join(copied.Apply(d.Encode(nil), nil), copied.Check()); err != nil {
		t.Fatal(err)
	}
	if got, want := copied.Text("text").String(), d.Text("text").String(); got != want {
		t.Errorf("a copy has %q, want %q", got, want)
	}
}

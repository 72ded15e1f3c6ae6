package crdt_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/lib0"
	"grimoire/internal/crdt/protocol"
)

// hostile is an input made to cost more than its size. Inputs of updates are in v1;
// their v2 form is the conversion, or what v2 says in fewer bytes.
type hostile struct {
	name string
	v1   []byte
	v2   []byte // nil: the conversion of v1, if v1 is well-formed

	large bool // it takes long: for the decoders only that a server gives it to
}

// repeat returns an update of one section with n structs of client 1, each made by
// f, and no deletes.
func repeat(n int, f func(i int) []byte) []byte {
	b := uints(1, n, 1, 0)
	for i := range n {
		b = append(b, f(i)...)
	}
	return append(b, 0)
}

func hostileUpdates() []hostile {
	const n, str = 20_000, 4
	item := func(parts ...any) func(int) []byte { return func(int) []byte { return uints(parts...) } }
	clients, waiting, deletes, alternate := uints(n), uints(n), uints(0, 1, 5, n), uints(0, n)
	for i := range n {
		clients = append(clients, uints(1, n-i, 0, 0, 1)...)
		waiting = append(waiting, uints(1, n+1-i, 0, byte(str|128), 1_000_000, i, "x")...)
		deletes = append(deletes, uints(2*i, 1)...)
		alternate = append(alternate, uints(n-i, 1, 5, 1)...)
	}
	var million []byte
	million = uints(1_000_000)
	for i := range 1_000_000 {
		million = append(million, uints(1, 1_000_000-i, 0, 0, 1)...)
	}
	return []hostile{
		{name: "structs that are not there", v1: uints(1, 1<<50, 1, 0), v2: columns(column{}, uints(1, 1<<50, 0))},
		{name: "sections that are not there", v1: uints(1 << 52), v2: columns(column{}, uints(1<<52))},
		{name: "values that are not there", v1: uints(1, 1, 1, 0, 8, 1, "r", 1<<50)},
		{name: "an array that is not there", v1: uints(1, 1, 1, 0, 8, 1, "r", 1, 117, 1<<50)},
		{name: "an object that is not there", v1: uints(1, 1, 1, 0, 8, 1, "r", 1, 118, 1<<50)},
		{name: "text that is not there", v1: uints(1, 1, 1, 0, str, 1, "r", 1<<52)},
		{name: "deletes that are not there", v1: uints(0, 1<<50, 1, 1<<50)},
		{name: "bytes that are not there", v1: uints(1, 1, 1, 0, 3, 1, "r", 1<<52)},
		{name: "GCs", v1: repeat(n, item(0, 1))},
		{name: "clients", v1: append(clients, 0)},
		{name: "a million clients", v1: append(million, 0), large: true},
		{name: "unknown origins", v1: repeat(n, func(i int) []byte { return uints(byte(str|128), 100+i, 0, "x") })},
		{name: "clients that wait for one", v1: append(waiting, 0)},
		{name: "roots", v1: repeat(n, func(i int) []byte { return uints(str, 1, fmt.Sprint(i), "x") })},
		{name: "keys", v1: repeat(n, func(i int) []byte { return uints(byte(8|32), 1, "r", fmt.Sprint(i), 1, 126) })},
		{name: "formats", v1: repeat(n, item(6, 1, "r", "b", "[]"))},
		{name: "embeds", v1: repeat(n, item(5, 1, "r", "{}"))},
		{name: "deleted units", v1: repeat(n, func(i int) []byte { return uints(byte(1|128), 1, max(i-1, 0), 1)[:] })},
		{name: "types", v1: repeat(n, item(7, 1, "r", 1))},
		{name: "types within types", v1: append(append(uints(1, n, 1, 0, 7, 1, "r", 0), bytesOf(n-1, func(i int) []byte { return uints(7, 0, 1, i, 0) })...), 0)},
		{name: "nested arrays", v1: append(append(uints(1, 1, 1, 0, 8, 1, "r", 1), bytes.Repeat([]byte{117, 1}, 100_000)...), 126, 0)},
		{name: "nested JSON", v1: uints(1, 1, 1, 0, 5, 1, "r", strings.Repeat("[", 100_000), 0)},
		{name: "nested JSON objects", v1: uints(1, 1, 1, 0, 5, 1, "r", strings.Repeat(`{"a":`, 9_000)+"1"+strings.Repeat("}", 9_000), 0)},
		{name: "nested JSON objects to be put in order", v1: uints(1, 1, 1, 0, 5, 1, "r", strings.Repeat(`{"1":`, 9_000)+"1"+strings.Repeat(`,"0":0}`, 9_000), 0)},
		{name: "nested objects to be put in order", v1: append(append(uints(1, 1, 1, 0, 8, 1, "r", 1), bytes.Repeat([]byte{118, 2, 1, '1', 126, 1, '0'}, 9_000)...), 126, 0)},
		{name: "an object of many keys", v1: uints(1, 1, 1, 0, 8, 1, "r", 1, byte(118), n, bytesOf(n, func(i int) []byte { return uints(fmt.Sprint(n-i), byte(126)) }), 0)},
		{name: "subdocuments", v1: repeat(n, item(9, 1, "r", "g", 118, 0))},
		{name: "clocks near 2^32", v1: uints(2, 2, 7, 1<<32-3, 0, 1, byte(str|128), 8, 1<<32, "xyz", 1, 6, 1<<32, 0, 9, 1, 7, 1, 1<<32-2, 4)},
		{name: "clocks near 2^53", v1: uints(2, 1, 1<<53-1, 1<<53-4, 0, 2, 1, 6, 1<<53-5, byte(str|128), 1<<53-1, 1<<53-3, "x", 1, 1<<53-1, 1, 1<<53-5, 3)},
		{name: "a GC of all clocks", v1: uints(1, 1, 1, 0, 0, 1<<53-1, 0)},
		{name: "deletes of nothing", v1: deletes},
		{name: "clients with a delete each", v1: alternate},
	}
}

func bytesOf(n int, f func(int) []byte) []byte {
	var b []byte
	for i := range n {
		b = append(b, f(i)...)
	}
	return b
}

// column holds columns of format v2 by hand; columns puts them in front of the rest.
type column struct {
	keyClock, client, left, right, info, str, parent, typeRef, length []byte
}

func columns(c column, rest []byte) []byte {
	b := []byte{0}
	if c.str == nil {
		c.str = uints(0) // an empty string, and no lengths
	}
	for _, x := range [][]byte{c.keyClock, c.client, c.left, c.right, c.info, c.str, c.parent, c.typeRef, c.length} {
		b = lib0.AppendBytes(b, x)
	}
	return append(b, rest...)
}

// run is a value of a UintOptRle column that is repeated: its sign says so, and the
// count follows, less 2.
func run(value int64, n uint64) []byte {
	return lib0.AppendUint(lib0.AppendInt(nil, -value, value == 0), n-2)
}

// hostileV2 are updates of a few bytes that say "very many of these".
func hostileV2() []hostile {
	const many = 1 << 19
	gc := column{client: uints(byte(1)), info: []byte{0}, length: run(1, many)}
	return []hostile{
		{name: "half a million GCs in a few bytes", v2: columns(gc, uints(1, many, 0, 0))},
		{name: "2^50 GCs in a few bytes", v2: columns(column{client: uints(byte(1)), info: []byte{0}, length: run(1, 1<<50)}, uints(1, 1<<50, 0, 0))},
		{name: "half a million deleted units in a few bytes", v2: columns(column{
			client: run(1, 1<<30), info: []byte{1 | 128}, length: run(1, many), left: lib0.AppendUint(lib0.AppendInt(nil, 1, false), many),
		}, uints(1, many, 5, 0))},
		{name: "a delete set of a few bytes", v2: columns(column{}, uints(0, 1<<40, 1, 1<<40))},
	}
}

// allocated returns the bytes that f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// bound is what a decoder may allocate for an input.
func bound(n int) uint64 { return uint64(64*n + 64<<10) }

func TestDecoders_AllocateInProportion(t *testing.T) {
	for _, c := range hostileUpdates() {
		t.Run(c.name, func(t *testing.T) {
			within(t, bound(len(c.v1)), map[string]func() error{
				"Apply":   func() error { return crdt.New(crdt.Options{ClientID: 9}).Apply(c.v1, nil) },
				"Inspect": func() error { return second(crdt.New(crdt.Options{ClientID: 9}).Inspect(c.v1)) },
			})
			if c.large {
				return
			}
			within(t, bound(len(c.v1)), map[string]func() error{
				"Merge":         func() error { return second(crdt.Merge(c.v1, []byte{0, 0})) },
				"Diff":          func() error { return second(crdt.Diff(c.v1, []byte{0})) },
				"StateVectorOf": func() error { return second(crdt.StateVectorOf(c.v1)) },
				"Validate":      func() error { return crdt.Validate(c.v1) },
				"ConvertV1ToV2": func() error { return second(crdt.ConvertV1ToV2(c.v1)) },
				"Reach":         func() error { return second(crdt.Reach(c.v1)) },
				"Obfuscate":     func() error { return second(crdt.Obfuscate(c.v1, crdt.ObfuscateOptions{})) },
				"Meta":          func() error { _, _, err := crdt.Meta(c.v1); return err },
				"Without":       func() error { _, _, err := crdt.Without(c.v1, crdt.StateVector{1: 1}); return err },
				"Contains":      func() error { return second(crdt.Snapshot{}.Contains(c.v1)) },
			})
			v2 := c.v2
			if v2 == nil {
				if v2, _ = crdt.ConvertV1ToV2(c.v1); v2 == nil {
					return
				}
			}
			decodersV2(t, v2, len(c.v1))
		})
	}
}

// Format v2 may say in a few bytes what takes many in v1, and yjs does say so. What
// is built of an update is therefore bound by its size in v1, of which a reader
// takes 2^20 structs more than there are bytes; what builds nothing is bound by
// the bytes.
func TestDecodersV2_AllocateInProportion(t *testing.T) {
	for _, c := range hostileV2() {
		t.Run(c.name, func(t *testing.T) {
			size := 2 << 20 // what is read before it is refused
			if v1, err := crdt.ConvertV2ToV1(c.v2); err == nil {
				size = len(v1)
			}
			decodersV2(t, c.v2, size)
		})
	}
}

func decodersV2(t *testing.T, v2 []byte, sizeInV1 int) {
	t.Helper()
	within(t, bound(len(v2)), map[string]func() error{
		"ValidateV2":      func() error { return crdt.ValidateV2(v2) },
		"StateVectorOfV2": func() error { return second(crdt.StateVectorOfV2(v2)) },
		"MetaV2":          func() error { _, _, err := crdt.MetaV2(v2); return err },
		"ContainsV2":      func() error { return second(crdt.Snapshot{}.ContainsV2(v2)) },
	})
	within(t, bound(max(len(v2), sizeInV1)), map[string]func() error{
		"ApplyV2":       func() error { return crdt.New(crdt.Options{ClientID: 9}).ApplyV2(v2, nil) },
		"InspectV2":     func() error { return second(crdt.New(crdt.Options{ClientID: 9}).InspectV2(v2)) },
		"MergeV2":       func() error { return second(crdt.MergeV2(v2, crdt.New(crdt.Options{}).EncodeV2(nil))) },
		"DiffV2":        func() error { return second(crdt.DiffV2(v2, []byte{0})) },
		"ConvertV2ToV1": func() error { return second(crdt.ConvertV2ToV1(v2)) },
		"ObfuscateV2":   func() error { return second(crdt.ObfuscateV2(v2, crdt.ObfuscateOptions{})) },
	})
}

func TestSmallDecoders_AllocateInProportion(t *testing.T) {
	const n = 50_000
	sv, ranges, states := uints(n), uints(1, 7, n), uints(n)
	for i := range n {
		sv = append(sv, uints(n-i, 1)...)
		ranges = append(ranges, uints(1, 0)...)
		states = append(states, uints(i, 1, "{}")...)
	}
	deep := strings.Repeat("[", 100_000)
	for _, c := range []struct {
		name  string
		input []byte
	}{
		{"entries that are not there", uints(1 << 52)},
		{"ranges that are not there", uints(1, 1, 1<<52)},
		{"many clients", sv},
		{"many ranges", append(ranges, 0)},
		{"many clients behind ranges", append(uints(0), sv...)},
		{"a name that is not there", uints(1, 1<<52)},
		{"clocks near 2^53", uints(1, 1<<53-1, 1<<53-1)},
		{"JSON without end", []byte(deep)},
		{"many states", append(uints(1), lib0.AppendBytes(nil, states)...)},
		{"states that are not there", append(uints(1), lib0.AppendBytes(nil, uints(1<<52))...)},
		{"an update that is not there", uints(0, 2, 1<<52)},
		{"an array without end", bytes.Repeat([]byte{117, 1}, 100_000)},
		{"an array that is not there", uints(117, 1<<50)},
	} {
		t.Run(c.name, func(t *testing.T) {
			within(t, bound(len(c.input)), map[string]func() error{
				"DecodeStateVector":      func() error { return second(crdt.DecodeStateVector(c.input)) },
				"DecodeDeleteSet":        func() error { return second(crdt.DecodeDeleteSet(c.input)) },
				"DecodeDeleteSetV2":      func() error { return second(crdt.DecodeDeleteSetV2(c.input)) },
				"DecodeSnapshot":         func() error { return second(crdt.DecodeSnapshot(c.input)) },
				"DecodeSnapshotV2":       func() error { return second(crdt.DecodeSnapshotV2(c.input)) },
				"DecodeRelativePosition": func() error { return second(crdt.DecodeRelativePosition(c.input)) },
				"RelativePosition, JSON": func() error { return new(crdt.RelativePosition).UnmarshalJSON(c.input) },
				"AnyFromJSON":            func() error { return second(lib0.AnyFromJSON(nil, c.input, 0)) },
				"Any":                    func() error { r := lib0.NewReader(c.input); r.Any(); return r.Err() },
				"Value":                  func() error { r := lib0.NewReader(c.input); r.Value(); return r.Err() },
			})
			if used := allocated(func() { protocol.Decode(c.input) }); used > bound(len(c.input)) {
				t.Errorf("a frame of %d bytes allocates %d", len(c.input), used)
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

// within runs decoders, which must stay within a bound, and whose errors must say
// where.
func within(t *testing.T, limit uint64, decoders map[string]func() error) {
	t.Helper()
	for name, f := range decoders {
		var err error
		if got := allocated(func() { err = f() }); got > limit {
			t.Errorf("%s allocates %d bytes, %d are allowed", name, got, limit)
		}
		mustBeTyped(t, err)
	}
}

package crdt_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/lib0"
)

// sample returns an update with every kind of content.
func sample() []byte {
	d := crdt.New(crdt.Options{ClientID: 1 << 40, NoGC: true})
	d.Transact(nil, func(t *crdt.Transaction) {
		x := d.Text("text")
		x.Insert(t, 0, "plain 😀 text")
		x.InsertWith(t, 5, "bold", crdt.Attributes{{Key: "bold", Value: true}, {Key: "o", Value: map[string]any{"a": []any{1, "x"}}}})
		x.InsertEmbed(t, 3, map[string]any{"image": "x"}, nil)
		m := d.Map("map")
		m.Set(t, "any", []any{nil, true, 1, -1.5, 1e300, "s", []byte{1}, lib0.BigInt(-7), lib0.Undefined{}, map[string]any{"k": 0.1}})
		m.Set(t, "bytes", []byte("bytes"))
		m.Set(t, "doc", crdt.Subdoc{GUID: "g", Options: map[string]any{"autoLoad": true, "meta": 1}})
		m.Set(t, "type", crdt.NewArray(1, crdt.NewText("in"), crdt.NewMap()))
		m.Set(t, "xml", crdt.NewXmlElement("p", crdt.NewXmlText("t"), crdt.NewXmlHook("h")))
	})
	d.Transact(nil, func(t *crdt.Transaction) {
		d.Text("text").Delete(t, 2, 9)
		d.Map("map").Delete(t, "type")
	})
	return d.Encode(nil)
}

// mustBeTyped fails unless err is nil or says where and why.
func mustBeTyped(t *testing.T, err error) {
	t.Helper()
	var de *crdt.DecodeError
	if err != nil && (!errors.As(err, &de) || !errors.Is(err, crdt.ErrMalformed) && !errors.Is(err, crdt.ErrLimit)) {
		t.Errorf("error without a place or a kind: %v", err)
	}
}

func TestApply_RefusesEveryTruncation(t *testing.T) {
	update := sample()
	for n := range update {
		d := crdt.New(crdt.Options{ClientID: 1})
		if err := d.Apply(update[:n], nil); !errors.Is(err, crdt.ErrMalformed) {
			t.Errorf("first %d of %d bytes: %v", n, len(update), err)
		}
		if len(d.StateVector()) > 0 {
			t.Fatalf("first %d bytes changed the Doc", n)
		}
	}
}

func TestDecoders_SurviveFlippedBytes(t *testing.T) {
	update := sample()
	rng := rand.New(rand.NewPCG(1, 2))
	d := crdt.New(crdt.Options{ClientID: 1})
	for range 3000 {
		b := bytes.Clone(update)
		for range 1 + rng.IntN(3) {
			b[rng.IntN(len(b))] = byte(rng.Uint32())
		}
		decodeAll(t, d, b)
		if len(d.Encode(nil)) > 1<<16 {
			d = crdt.New(crdt.Options{ClientID: 1})
		}
	}
}

// uints returns an update written number by number; a byte is an info.
func uints(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			b = lib0.AppendUint(b, uint64(p))
		case byte:
			b = append(b, p)
		case string:
			b = lib0.AppendString(b, p)
		case []byte:
			b = append(b, p...)
		}
	}
	return b
}

func TestApply_SaysWhatIsWrong(t *testing.T) {
	const str = 4
	for _, c := range []struct {
		name   string
		update []byte
		want   string // "" if it is accepted
	}{
		{"nothing at all", nil, "byte 0: unexpected end"},
		{"no structs, no deletes", uints(0, 0), ""},
		{"bytes after the end", uints(0, 0, 9, 9), ""},
		{"more sections than bytes", uints(1<<40, 0), "unexpected end"},
		{"more structs than bytes", uints(1, 1<<50, 1, 0), "unexpected end"},
		{"more values than bytes", uints(1, 1, 1, 0, 8, 1, "r", 1<<50), "unexpected end"},
		{"more deletes than bytes", uints(0, 1<<30, 1, 1<<40), "unexpected end"},
		{"string longer than the input", uints(1, 1, 1, 0, str, 1, "r", 1<<40), "length beyond the end"},
		{"string that is not UTF-8", uints(1, 1, 1, 0, str, 1, "r", "\xff"), "not UTF-8"},
		{"unknown content", uints(1, 1, 1, 0, 11, 1, "r"), "unknown content 11"},
		{"unknown type", uints(1, 1, 1, 0, 7, 1, "r", 9), "unknown type 9"},
		{"unknown value", uints(1, 1, 1, 0, 8, 1, "r", 1, 3), "unknown Any type 3"},
		{"format without JSON", uints(1, 1, 1, 0, 6, 1, "r", "b", "tru"), "JSON value expected"},
		{"embed with text behind its JSON", uints(1, 1, 1, 0, 5, 1, "r", "1 2"), "text after the JSON value"},
		{"integer beyond 2^53-1", []byte{1, 1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0}, "above 2^53-1"},
		{"clocks that pass 2^53-1", uints(1, 2, 1, 1<<53-2, 0, 1, 0, 9, 0), "clock above 2^53-1"},
		{"empty delete", uints(0, 1, 1, 1, 5, 0), "deleted range is empty"},
		{"origin in its own future", uints(1, 1, 1, 0, byte(str|128), 1, 3, "x", 0), "own client's future"},
		{"parent in its own future", uints(1, 1, 1, 0, str, 0, 1, 0, "x", 0), "own client's future"},
		{"empty string", uints(1, 1, 1, 0, str, 1, "r", "", 0), ""},
		{"empty GC", uints(1, 1, 1, 0, 0, 0, 0), ""},
		{"clock near 2^53", uints(1, 1, 1<<53-1, 0, 0, 1<<53-2, 0), ""},
		{"subdocument without options", uints(1, 1, 1, 0, 9, 1, "r", "g", 126, 0), "subdocument without options"},
		{"parent that is a string", uints(1, 2, 1, 0, str, 1, "r", "ab", str, 0, 1, 0, "x", 0), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := crdt.New(crdt.Options{ClientID: 9})
			err := d.Apply(c.update, nil)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			mustBeTyped(t, err)
			if err := d.Check(); err != nil {
				t.Error(err)
			}
		})
	}
}

// collectAll frees what nothing refers to. What pools keep is let go of only by the second collection.
func collectAll() {
	runtime.GC()
	runtime.GC()
}

// allocatedLive returns by how much the live heap grows in f.
func allocatedLive(f func()) uint64 {
	var before, after runtime.MemStats
	collectAll()
	runtime.ReadMemStats(&before)
	f()
	collectAll()
	runtime.ReadMemStats(&after)
	if after.HeapAlloc < before.HeapAlloc {
		return 0
	}
	return after.HeapAlloc - before.HeapAlloc
}

func TestApply_BoundsNesting(t *testing.T) {
	deep := func(n int) []byte {
		b := uints(1, 1, 1, 0, 8, 1, "r", 1)
		b = append(b, bytes.Repeat([]byte{117, 1}, n)...)
		return append(b, 126, 0)
	}
	if err := crdt.New(crdt.Options{}).Apply(deep(1000), nil); err != nil {
		t.Errorf("1,000 levels: %v", err)
	}
	if err := crdt.New(crdt.Options{}).Apply(deep(100_000), nil); !errors.Is(err, crdt.ErrLimit) {
		t.Errorf("100,000 levels: %v", err)
	}
	json := uints(1, 1, 1, 0, 5, 1, "r", strings.Repeat("[", 100_000), 0)
	if err := crdt.New(crdt.Options{}).Apply(json, nil); !errors.Is(err, crdt.ErrLimit) {
		t.Errorf("100,000 levels of JSON: %v", err)
	}
}

// A chain of 100,000 types, each in the one before, is legal; deleting it all
// at once, collecting it and inspecting its end must work.
func TestApply_TypesNestDeep(t *testing.T) {
	const n = 100_000
	b := uints(1, n, 1, 0, 7, 1, "r", 0)
	for i := 1; i < n; i++ {
		b = append(b, uints(7, 0, 1, i-1, 0)...)
	}
	d := crdt.New(crdt.Options{ClientID: 9})
	if err := d.Apply(append(b, 0), nil); err != nil {
		t.Fatal(err)
	}
	in, err := d.Inspect(uints(1, 1, 2, 0, 8, 0, 1, n-1, 1, 126, 0))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(in.Items[0].Place.Path()); got != n+1 {
		t.Errorf("path of %d steps, want %d", got, n+1)
	}
	if err := d.Apply(uints(0, 1, 1, 1, 0, 1), nil); err != nil {
		t.Fatal(err)
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
}

// 50,000 clients that all wait for something must not take quadratic time, and
// all must be there once it arrives.
func TestApply_PendingFlood(t *testing.T) {
	const n = 50_000
	b := uints(n)
	for i := range n {
		b = append(b, uints(1, n+1-i, 0, byte(4|128), 1_000_000, 0, "x")...)
	}
	d := crdt.New(crdt.Options{ClientID: 9_999_999})
	if err := d.Apply(append(b, 0), nil); err != nil {
		t.Fatal(err)
	}
	if p := d.Pending(); !p.Structs || len(p.Missing) != 1 || len(d.StateVector()) != 0 {
		t.Fatalf("pending %v, %d clients", p.Structs, len(d.StateVector()))
	}
	if err := d.Apply(uints(1, 1, 1_000_000, 0, 4, 1, "r", "o", 0), nil); err != nil {
		t.Fatal(err)
	}
	if got := d.Text("r").Len(); got != n+1 || d.Pending().Structs {
		t.Errorf("%d units, want %d", got, n+1)
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
}

// Of a struct that is known in part the rest goes on where the known part is, whatever
// the update says; else a list would hold Items of another type.
func TestApply_RestOfAKnownStructStaysBesideIt(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 9})
	for _, update := range [][]byte{
		uints(1, 1, 1, 0, 4, 1, "r", "ab", 0),
		uints(1, 1, 1, 1, 4, 1, "other", "xyz", 0),            // another root
		uints(1, 1, 1, 3, byte(4|32), 1, "r", "key", "uv", 0), // under a key
	} {
		if err := d.Apply(update, nil); err != nil {
			t.Fatal(err)
		}
		if err := d.Check(); err != nil {
			t.Error(err)
		}
	}
	if got := d.Text("r").String(); got != "abyzv" || d.Text("other").Len() != 0 {
		t.Errorf("the text is %q, the other %q", got, d.Text("other"))
	}
	again := crdt.New(crdt.Options{ClientID: 8})
	if err := again.Apply(d.Encode(nil), nil); err != nil || again.Text("r").String() != "abyzv" {
		t.Errorf("loaded it is %q, %v", again.Text("r"), err)
	}
}

// Client IDs and clocks have up to 53 bits, in every place and both formats.
func TestUpdate_CarriesLargeNumbers(t *testing.T) {
	for _, big := range []int{1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1<<53 - 2} {
		update := uints(2,
			1, big+1, 0, byte(4|64|128), big, big-5, big, big-3, "x",
			1, big, big-1, 4, 0, big-1, big-7, "y",
			1, big+1, 1, big-2, 2)
		if err := crdt.Validate(update); err != nil {
			t.Errorf("%d: %v", big, err)
			continue
		}
		v2 := must(crdt.ConvertV1ToV2(update))
		if again := must(crdt.ConvertV2ToV1(v2)); !bytes.Equal(again, update) {
			t.Errorf("%d: v1 to v2 and back\n got %x\nwant %x", big, again, update)
		}
		d := crdt.New(crdt.Options{ClientID: 5})
		if err := d.ApplyV2(v2, nil); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(d.Encode(nil), update) {
			t.Errorf("%d: what waits is not given back as it came", big)
		}
		sv := crdt.StateVector{uint64(big): uint64(big)}
		if again, err := crdt.DecodeStateVector(sv.Encode()); err != nil || again[uint64(big)] != uint64(big) {
			t.Errorf("%d: state vector became %v, %v", big, again, err)
		}
	}
}

// Old documents hold long runs of structs that were deleted one by one.
func TestApply_LongDeletedRuns(t *testing.T) {
	const n = 300_000
	b := uints(1, n, 1, 0)
	for range n {
		b = append(b, uints(1, 1, "r", 1)...)
	}
	d := crdt.New(crdt.Options{ClientID: 2})
	if err := d.Apply(append(b, 0), nil); err != nil {
		t.Fatal(err)
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
}

// The order in which readers are kept must not make a merge quadratic.
func TestMerge_TenThousandUpdates(t *testing.T) {
	var updates [][]byte
	for i := range 10_000 {
		updates = append(updates, uints(1, 1, i, 0, 4, 1, "r", "x", 0))
	}
	merged, err := crdt.Merge(updates...)
	if err != nil {
		t.Fatal(err)
	}
	d := crdt.New(crdt.Options{})
	if err := d.Apply(merged, nil); err != nil {
		t.Fatal(err)
	}
	if got := len(d.StateVector()); got != 10_000 {
		t.Errorf("%d clients, want 10,000", got)
	}
}

// Types nest as deep as an update says. Nothing that an update sets off calls itself
// once for each level: a stack that overflows would end the program.
func TestApply_TypesNestDeeperThanCalls(t *testing.T) {
	const depth = 100_000
	defer debug.SetMaxStack(debug.SetMaxStack(4 << 20))
	inside := func(i int) []byte { // a Map in the one before, by turns in its list and under a key
		if i%2 == 0 {
			return uints(byte(7), 0, 1, i, 1)
		}
		return uints(byte(7|32), 0, 1, i, "key", 1)
	}
	d := crdt.New(crdt.Options{ClientID: 9})
	told := 0
	d.Array("root").ObserveDeep(func(events []*crdt.Event) { told += len(events[0].Path()) })
	for _, c := range []struct {
		name           string
		update         []byte
		items, deletes int // that Inspect tells
	}{
		{"types", append(append(uints(1, depth, 1, 0, byte(7), 1, "root", 1), bytesOf(depth-1, inside)...), 0), depth, 0},
		{"a value in the innermost", uints(1, 1, 2, 0, byte(8), 0, 1, depth-1, 1, byte(126), 0), 1, 0},
		{"the innermost but one deleted", uints(0, 1, 1, 1, depth-2, 1), 0, 3},
		{"the outermost deleted", uints(0, 1, 1, 1, 0, 1), 0, depth - 2},
	} {
		in, err := d.Inspect(c.update)
		if err != nil || len(in.Items) != c.items || len(in.Deletes) != c.deletes {
			t.Fatalf("%s: %d items and %d deletes, %v", c.name, len(in.Items), len(in.Deletes), err)
		}
		if err := d.Apply(c.update, nil); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
	if told != depth+depth-2 {
		t.Errorf("observers were told of %d levels", told)
	}
}

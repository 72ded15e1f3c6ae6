package crdt_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"grimoire/internal/crdt"
)

// together lets clients edit text, a map and nested types at the same time, with
// few looks at what the others do, and returns what all of them made.
func together(rng *rand.Rand, clients, edits int) []byte {
	docs, cursor := make([]*crdt.Doc, clients), make([]int, clients)
	for i := range docs {
		docs[i] = crdt.New(crdt.Options{ClientID: uint64(10 + 7*i)})
	}
	for range edits {
		i := rng.IntN(clients)
		d := docs[i]
		d.Transact(nil, func(t *crdt.Transaction) {
			x, m := d.Text("text"), d.Map("map")
			switch n := x.Len(); rng.IntN(12) {
			case 0:
				at := rng.IntN(n + 1)
				x.Delete(t, at, min(n-at, rng.IntN(5)))
			case 1:
				at := rng.IntN(n + 1)
				x.Format(t, at, min(n-at, 4), crdt.Attributes{{Key: "bold", Value: true}})
			case 2:
				m.Set(t, fmt.Sprint(rng.IntN(3)), crdt.NewArray(1, crdt.NewText("in")))
			case 3:
				m.Delete(t, fmt.Sprint(rng.IntN(3)))
			case 4:
				cursor[i] = rng.IntN(n + 1)
				x.Insert(t, cursor[i], []string{"größer", "😀"}[rng.IntN(2)])
			default: // more text behind the last, which becomes one Item with it
				x.Insert(t, min(n, cursor[i]), "ab")
				cursor[i] = min(n, cursor[i]) + 2
			}
		})
		if rng.IntN(6) == 0 {
			from, to := docs[rng.IntN(clients)], docs[rng.IntN(clients)]
			must(nil, to.Apply(from.Encode(to.StateVector()), nil))
		}
	}
	for _, d := range docs[1:] {
		must(nil, docs[0].Apply(d.Encode(nil), nil))
	}
	return docs[0].Encode(nil)
}

// note is an update that has nothing to do with any other.
func note() []byte { return uints(1, 1, 1_000_000, 0, 4, 1, "note", "x", 0) }

// A Doc that holds nothing takes an update by another way than one that holds a note,
// and in format v1 has a way of its own to read text; all must end in the same, also if the
// update is only a part that has to wait.
func TestLoad_EqualsApplying(t *testing.T) {
	const seed = 11
	rng := rand.New(rand.NewPCG(seed, seed))
	for i := range 300 {
		whole := together(rng, 1+rng.IntN(5), 2+rng.IntN(60))
		known := crdt.New(crdt.Options{})
		must(nil, known.Apply(whole, nil))
		sv := crdt.StateVector{}
		for client, clock := range known.StateVector() {
			if rng.IntN(4) == 0 {
				sv[client] = rng.Uint64N(clock + 1)
			}
		}
		part := known.Encode(sv)
		for _, update := range [][]byte{part, whole} {
			v2 := must(crdt.ConvertV1ToV2(update))
			declared := rng.IntN(2) == 0
			open := func(apply func(d *crdt.Doc) error) []byte {
				d := crdt.New(crdt.Options{ClientID: 5})
				if declared {
					d.Text("text")
				}
				must(nil, apply(d))
				if err := d.Check(); err != nil {
					t.Fatalf("seed %d, case %d: %v", seed, i, err)
				}
				return d.Encode(nil)
			}
			applied := open(func(d *crdt.Doc) error { must(nil, d.Apply(note(), nil)); return d.Apply(update, nil) })
			loaded := open(func(d *crdt.Doc) error { must(nil, d.Apply(update, nil)); return d.Apply(note(), nil) })
			loadedV2 := open(func(d *crdt.Doc) error { must(nil, d.ApplyV2(v2, nil)); return d.Apply(note(), nil) })
			if !bytes.Equal(loaded, applied) || !bytes.Equal(loadedV2, applied) {
				t.Fatalf("seed %d, case %d: %x is not loaded as it is applied", seed, i, update)
			}
		}
	}
}

// A load must find the faults that a look through the bytes finds, and else end in what
// applying ends in. Bytes behind the end are ignored, and let it read fast up to there.
func TestLoad_FindsEveryFault(t *testing.T) {
	const seed = 7
	rng := rand.New(rand.NewPCG(seed, seed))
	const str, deleted, typ, null, key, origin = 4, 1, 7, 126, 32, 128
	updates := [][]byte{
		uints(1, 2, 7, 0, byte(0), 2, byte(str|origin), 7, 1, "beside what was collected", 0),
		uints(1, 4, 7, 0, byte(typ|key), 1, "m", "k", 2, str, 0, 7, 0, "a", byte(8|key|origin), 7, 0, 1, byte(null),
			byte(str|origin), 7, 1, "in what is deleted now", 0),
		uints(1, 3, 7, 0, str, 1, "r", "ab", byte(deleted|origin), 7, 1, 1<<40, byte(str|origin), 7, 1<<40, "a clock of many bytes", 0),
		uints(1, 3, 7, 0, str, 1, "r", "ab", byte(deleted|origin), 7, 1, 1<<53-9, byte(str|origin), 7, 0, "a clock that is too high", 0),
		uints(1, 2, 7, 0, str, 1, "r", "ab", byte(str|origin), 1<<53, 0, "a client that is too high", 0),
		uints(1, 2, 7, 0, str, 1, "r", "ab", byte(str|origin), []byte{0x87, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0}, 0, "7 in nine bytes", 0),
	}
	for i := range 4000 {
		update := together(rng, 1+i%2, 8)
		for range 1 + rng.IntN(2) {
			at := rng.IntN(len(update))
			update[at] = []byte{update[at] + 1, update[at] - 1, 0, 0x80, 0xff, byte(rng.Int())}[rng.IntN(6)]
		}
		updates = append(updates, update)
	}
	faults := map[string]bool{}
	for i, update := range updates {
		update = append(update, make([]byte, 64)...)
		options := crdt.Options{ClientID: 5, NoGC: i%2 == 1}
		empty, other := crdt.New(options), crdt.New(options)
		must(nil, other.Apply(note(), nil))
		got, want := new(crdt.DecodeError), new(crdt.DecodeError)
		errors.As(empty.Apply(update, nil), &got)
		if errors.As(crdt.Validate(update), &want) {
			faults[want.What] = true
		} else {
			must(nil, other.Apply(update, nil))
		}
		must(nil, empty.Apply(note(), nil))
		if *got != *want {
			t.Fatalf("seed %d, case %d: the fault of %x is %v, want %v", seed, i, update, got, want)
		}
		if err := empty.Check(); err != nil {
			t.Fatalf("seed %d, case %d: %v", seed, i, err)
		}
		if !bytes.Equal(empty.Encode(nil), other.Encode(nil)) {
			t.Fatalf("seed %d, case %d: %x is not loaded as it is applied", seed, i, update)
		}
	}
	for _, what := range []string{"struct refers to its own client's future", "string is not UTF-8", "length beyond the end",
		"clock above 2^53-1", "integer above 2^53-1"} {
		if !faults[what] {
			t.Errorf("no case has the fault %q", what)
		}
	}
}

// What is read before a fault must be gone, so that the Doc is as it was and can be
// loaded.
func TestLoad_LeavesNothingBehindAFault(t *testing.T) {
	const seed = 3
	update := together(rand.New(rand.NewPCG(seed, seed)), 4, 60)
	want := crdt.New(crdt.Options{ClientID: 5})
	must(nil, want.Apply(update, nil))
	for name, apply := range map[string]func(d *crdt.Doc, n int) error{
		"v1": func(d *crdt.Doc, n int) error { return d.Apply(update[:n], nil) },
		"v2": func(d *crdt.Doc, n int) error {
			v2 := must(crdt.ConvertV1ToV2(update))
			return d.ApplyV2(v2[:len(v2)*n/len(update)], nil)
		},
	} {
		d := crdt.New(crdt.Options{ClientID: 5})
		text := d.Text("text")
		before := d.Memory()
		for n := range update {
			if apply(d, n) == nil {
				t.Fatalf("%s: the first %d of %d bytes are accepted", name, n, len(update))
			}
			if after := d.Memory(); after != before {
				t.Fatalf("%s: after %d bytes the Doc holds %+v, before it held %+v", name, n, after, before)
			}
			if err := d.Check(); err != nil {
				t.Fatal(err)
			}
		}
		if d.Map("map").Len() > 0 {
			t.Errorf("%s: the map holds something", name)
		}
		must(nil, apply(d, len(update)))
		if text.String() != want.Text("text").String() || !bytes.Equal(d.Encode(nil), want.Encode(nil)) {
			t.Errorf("%s: after the faults it is loaded as %q", name, text)
		}
	}
}

// A Doc that holds nothing may know names: of the formats of a delta that inserts nothing.
// What a load makes of them must be gone behind a fault, too.
func TestLoad_LeavesNoRootBehindAFault(t *testing.T) {
	const str = 4
	update := uints(1, 2, 7, 0, str, 1, "bold", "ab", str, 1, "bold", "cd", 0)
	d := crdt.New(crdt.Options{ClientID: 5})
	d.Transact(nil, func(tx *crdt.Transaction) {
		d.Text("text").ApplyDelta(tx, []crdt.Delta{{Insert: "", Attributes: crdt.Attributes{{Key: "bold", Value: true}}}}, true)
	})
	if d.Apply(update[:len(update)-3], nil) == nil {
		t.Fatal("an update without its end was accepted")
	}
	if roots := d.Roots(); len(roots) != 1 || d.Text("bold").Len() != 0 {
		t.Errorf("the roots are %q behind the fault", roots)
	}
	must(nil, d.Apply(update, nil))
	if got := d.Text("bold").String(); got != "cdab" {
		t.Errorf("the text is %q", got)
	}
}

// What a load does not take is applied all the same.
func TestLoad_LeavesTheRestToApply(t *testing.T) {
	const str, origin, right = 4, 128, 64
	for _, c := range []struct {
		name   string
		update []byte
		text   string
		waits  bool
	}{
		{"a client twice", uints(2, 1, 7, 0, str, 1, "r", "ab", 1, 7, 0, str, 1, "r", "abcd", 0), "abcd", false},
		{"clocks that are left out", uints(1, 3, 7, 0, str, 1, "r", "ab", byte(10), 2, byte(str|origin), 7, 3, "z", 0), "ab", true},
		{"clocks that begin late", uints(1, 1, 7, 3, str, 1, "r", "ab", 0), "", true},
		{"an unknown client", uints(1, 1, 7, 0, byte(str|origin), 8, 0, "ab", 0), "", true},
		{"an unknown client, and one without structs", uints(2, 1, 7, 0, byte(str|origin), 8, 0, "ab", 0, 9, 0, 0), "", true},
		{"an unknown client, and one twice", uints(2, 1, 7, 0, byte(str|origin), 8, 0, "x", 1, 7, 0, str, 1, "r", "ab", 0), "ab", false},
		{"an unknown client, and one twice with much", uints(2, 1, 7, 0, byte(str|origin), 8, 0, "x", 1001, 7, 0, str, 1, "r", "ab", bytesOf(1000, func(int) []byte { return uints(0, 1) }), 0), "ab", false},
		{"an unknown clock to the right", uints(2, 1, 8, 0, byte(str|right), 7, 2, "ab", 1, 7, 0, str, 1, "r", "ab", 0), "ab", true},
		{"an unknown clock", uints(2, 1, 8, 0, byte(str|origin), 7, 2, "ab", 1, 7, 0, str, 1, "r", "ab", 0), "ab", true},
		{"a deleted range that is not there", uints(1, 1, 7, 0, str, 1, "r", "ab", 1, 7, 1, 1, 9), "a", false},
		{"an Item inside of another", uints(2, 1, 20, 0, byte(str|origin|right), 10, 1, 10, 2, "X", 1, 10, 0, str, 1, "r", "abcd", 0), "abXcd", false},
		{"an Item behind a part of another", uints(2, 1, 10, 0, str, 1, "r", "abcd", 1, 5, 0, byte(str|origin), 10, 1, "X", 0), "abXcd", false},
		{"an Item before a part of another", uints(2, 1, 20, 0, byte(str|right), 10, 2, "X", 1, 10, 0, str, 1, "r", "abcd", 0), "abXcd", false},
		{"no units", uints(1, 2, 7, 0, str, 1, "r", "", str, 1, "r", "ab", 0), "ab", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := crdt.New(crdt.Options{ClientID: 5})
			if err := d.Apply(c.update, nil); err != nil {
				t.Fatal(err)
			}
			if got := d.Text("r").String(); got != c.text || d.Pending().Structs != c.waits {
				t.Errorf("the text is %q, want %q; structs wait: %t, want %t", got, c.text, d.Pending().Structs, c.waits)
			}
			if err := d.Check(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Items that wait for each other in a circle are lost, as in yjs; those beside them are
// not.
func TestLoad_SurvivesACircle(t *testing.T) {
	const str, origin = 4, 128
	d := crdt.New(crdt.Options{ClientID: 5})
	update := uints(3,
		1, 9, 0, str, 1, "r", "ok",
		2, 8, 0, str, 1, "r", "a", byte(str|origin), 7, 1, "b",
		2, 7, 0, str, 1, "r", "c", byte(str|origin), 8, 1, "d", 0)
	if err := d.Apply(update, nil); err != nil {
		t.Fatal(err)
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
	if sv := d.StateVector(); sv[9] != 2 || sv[8] != 1 || sv[7] != 1 {
		t.Errorf("the state is %v", sv)
	}
}

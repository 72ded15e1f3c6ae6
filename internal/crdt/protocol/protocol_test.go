package protocol

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/lib0"
)

// Frames as y-protocols 1.0.7 writes them, and ours after the table in the package doc.
var frames = []struct {
	name  string
	bytes string
	want  Message
}{
	{"sync step 1", "\x00\x00\x01\x00", SyncStep1{Vector: []byte{0}}},
	{"sync step 2", "\x00\x01\x02\x00\x00", SyncStep2{Update: []byte{0, 0}}},
	{"update", "\x00\x02\x02\x00\x00", Update{Update: []byte{0, 0}}},
	{"awareness", "\x01\x0e\x02\x05\x01\x02{}\xac\x02\x07\x04null",
		Awareness{Clients: []Client{{ID: 5, Clock: 1, State: []byte("{}")}, {ID: 300, Clock: 7}}}},
	{"nobody", "\x01\x01\x00", Awareness{}},
	{"denied", "\x02\x00\x02no", Denied{Reason: "no"}},
	{"query awareness", "\x03", QueryAwareness{}},
	{"saved", "\x64\x01\x02e1\xac\x02", Saved{Generation: 1, Epoch: "e1", Frames: 300}},
	{"head", "\x65\x01\x09\xff\xff\xff\xff\x0f", Head{Generation: 1, Seq: 9, Hash: 1<<32 - 1}},
	{"head with deletes", "\x65\x01\x09\x02\x03", Head{Generation: 1, Seq: 9, Hash: 2, Deletes: 3}},
	{"refused", "\x66\x03\x03why\x01p", Refused{Frame: 3, Reason: "why", Path: "p"}},
	{"reset", "\x67\x02", Reset{Generation: 2}},
	{"drain", "\x68\x88\x27", Drain{Milliseconds: 5000}},
	{"rights", "\x69\x07student\x12\x00\x00", Rights{Role: "student", May: MayAnnotate | MayExport}},
	{"rights taken", "\x69\x07student\x10\x01\x07Frozen.", Rights{Role: "student", May: MayExport, Frozen: true, Reason: "Frozen."}},
	{"seal", "\x6a\xac\x02\x09\x02\xfe\xff", Seal{Row: 300, Settled: 9, Seal: []byte{0xfe, 0xff}}},
	{"sealed", "\x6b\x02\x00\x00\x02\xfe\xff", Sealed{Update: []byte{0, 0}, Seal: []byte{0xfe, 0xff}}},
}

func TestDecode_ReadsWhatAppendWrites(t *testing.T) {
	for _, f := range frames {
		t.Run(f.name, func(t *testing.T) {
			got, err := Decode([]byte(f.bytes))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, f.want); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(string(Append(nil, f.want)), f.bytes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecode_RefusesDamage(t *testing.T) {
	for _, c := range []struct {
		name, bytes string
		want        error
	}{
		{"nothing", "", lib0.ErrMalformed},
		{"unknown type", "\x07", ErrUnknown},
		{"unknown sync", "\x00\x03\x00", ErrUnknown},
		{"unknown auth", "\x02\x01", ErrUnknown},
		{"length beyond the end", "\x00\x02\x05\x00", lib0.ErrMalformed},
		{"bytes after the end", "\x03\x00", lib0.ErrMalformed},
		{"integer above 2^53-1", "\x00\x02\xff\xff\xff\xff\xff\xff\xff\xff\x7f", lib0.ErrMalformed},
		{"awareness cut short", "\x01\x02\x01\x05", lib0.ErrMalformed},
		{"awareness of more than it counts", "\x01\x06\x00\x05\x01\x02{}", lib0.ErrMalformed},
		{"awareness of fewer than it counts", "\x01\x06\x02\x05\x01\x02{}", lib0.ErrMalformed},
		{"awareness that counts to 2^53-1", "\x01\x08\xff\xff\xff\xff\xff\xff\xff\x0f", lib0.ErrMalformed},
		{"state that is no JSON", "\x01\x06\x01\x05\x01\x02{]", lib0.ErrMalformed},
		{"state that is no UTF-8", "\x01\x07\x01\x05\x01\x03\"\xff\"", lib0.ErrMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Decode([]byte(c.bytes))
			if !errors.Is(err, c.want) || m != nil {
				t.Errorf("got %v, %v, want %v", m, err, c.want)
			}
		})
	}
}

func TestStates_FollowYProtocols(t *testing.T) {
	state := func(s string) []byte { return []byte(s) }
	for _, c := range []struct {
		name  string
		known []Client
		next  Client
		news  bool
	}{
		{"a stranger", nil, Client{ID: 1, Clock: 1, State: state("{}")}, true},
		{"a stranger at clock 0", nil, Client{ID: 1, State: state("{}")}, false},
		{"a stranger who leaves", nil, Client{ID: 1}, false},
		{"newer", []Client{{ID: 1, Clock: 1, State: state("1")}}, Client{ID: 1, Clock: 2, State: state("2")}, true},
		{"the same again", []Client{{ID: 1, Clock: 1, State: state("1")}}, Client{ID: 1, Clock: 1, State: state("1")}, false},
		{"older", []Client{{ID: 1, Clock: 3, State: state("1")}}, Client{ID: 1, Clock: 2, State: state("2")}, false},
		{"departure at the same clock", []Client{{ID: 1, Clock: 3, State: state("1")}}, Client{ID: 1, Clock: 3}, true},
		{"departure twice", []Client{{ID: 1, Clock: 3, State: state("1")}, {ID: 1, Clock: 3}}, Client{ID: 1, Clock: 3}, false},
		{"older departure", []Client{{ID: 1, Clock: 3, State: state("1")}}, Client{ID: 1, Clock: 2}, false},
		{"back at the same clock", []Client{{ID: 1, Clock: 3, State: state("1")}, {ID: 1, Clock: 3}}, Client{ID: 1, Clock: 3, State: state("1")}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s States
			for _, k := range c.known {
				if !s.Apply(k) {
					t.Fatalf("%v was no news", k)
				}
			}
			before := s.Get([]uint64{1})
			if got := s.Apply(c.next); got != c.news {
				t.Errorf("news %v, want %v", got, c.news)
			}
			want := before
			if c.news {
				want = []Client{c.next}
			}
			if diff := cmp.Diff(s.Get([]uint64{1}), want); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestStates_RemoveKeepsTheClockUntilForgotten(t *testing.T) {
	var s States
	s.Apply(Client{ID: 1, Clock: 4, State: []byte("{}")})
	s.Apply(Client{ID: 2, Clock: 1, State: []byte("{}")})
	if !s.Remove(1) || s.Remove(1) || s.Remove(3) {
		t.Error("removed wrongly")
	}
	if diff := cmp.Diff(s.Present(), []Client{{ID: 2, Clock: 1, State: []byte("{}")}}); diff != "" {
		t.Error(diff)
	}
	if s.Apply(Client{ID: 1, Clock: 3, State: []byte("{}")}) {
		t.Error("a late state brought the client back")
	}
	s.Forget()
	if !s.Apply(Client{ID: 1, Clock: 3, State: []byte("{}")}) {
		t.Error("a forgotten client could not come back")
	}
}

func FuzzDecode(f *testing.F) {
	for _, c := range frames {
		f.Add([]byte(c.bytes))
	}
	f.Add([]byte(strings.Repeat("\x01\x80\x01\x20\x05\x01\x00", 20)))
	f.Fuzz(func(t *testing.T, frame []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m, err := Decode(frame)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > uint64(64*len(frame)+64<<10) {
			t.Errorf("%d bytes allocated for a frame of %d", used, len(frame))
		}
		if err != nil {
			return
		}
		again, err := Decode(Append(nil, m))
		if err != nil {
			t.Fatalf("%v was encoded to what cannot be decoded: %v", m, err)
		}
		if diff := cmp.Diff(again, m); diff != "" {
			t.Error(diff)
		}
	})
}

// The browser client makes the same of the same Doc: see web/src/sync/frames.test.ts.
func TestHead_HashesAreThoseOfTheBrowser(t *testing.T) {
	doc := crdt.New(crdt.Options{ClientID: 7})
	edit := func(do func(*crdt.Transaction, *crdt.Text)) {
		doc.Transact(nil, func(tx *crdt.Transaction) { do(tx, doc.Text("text")) })
	}
	hashes := func() (vector, deletes uint64) {
		sv := doc.StateVector()
		return HashVector(sv.Encode()), HashDeletes(doc.Encode(sv))
	}
	for _, step := range []struct {
		do              func(*crdt.Transaction, *crdt.Text)
		vector, deletes uint64
	}{
		{func(tx *crdt.Transaction, text *crdt.Text) { text.Insert(tx, 0, "abcdef") }, 3955741557, 292984781},
		{func(tx *crdt.Transaction, text *crdt.Text) { text.Delete(tx, 1, 2) }, 3955741557, 309380945},
		{func(tx *crdt.Transaction, text *crdt.Text) { text.Delete(tx, 2, 1) }, 3955741557, 2588914271},
	} {
		edit(step.do)
		if vector, deletes := hashes(); vector != step.vector || deletes != step.deletes {
			t.Errorf("got %d and %d, want %d and %d", vector, deletes, step.vector, step.deletes)
		}
	}
}

package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"grimoire/loadgen/internal/testserver"
	"grimoire/loadgen/internal/wire"
	"grimoire/loadgen/internal/yjs"
)

// patience is what a busy machine may make a run wait for.
const patience = 3 * time.Minute

// serve starts the server and returns a target for it.
func serve(t *testing.T, s *testserver.Server) Target {
	t.Helper()
	listening := httptest.NewServer(s)
	t.Cleanup(listening.Close)
	return Target{URL: "ws" + strings.TrimPrefix(listening.URL, "http") + "/{room}", Framing: s.Framing}
}

// short is a lesson of half a second.
func short(rooms, clients int) Spec {
	return Spec{Mode: Classroom, Rooms: rooms, Clients: clients, Typing: 1, Rate: 20, Seconds: 0.5}
}

func do(t *testing.T, spec Spec, target Target) Result {
	t.Helper()
	run := Run{Spec: spec, Target: target, PID: os.Getpid(), Settle: 50 * time.Millisecond, Drain: patience, Late: patience}
	result, err := run.Do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestClassroomLosesNothing(t *testing.T) {
	t.Parallel()
	target := serve(t, &testserver.Server{Framing: wire.YWebsocket})
	r := do(t, short(2, 3), target)
	if r.Sent == 0 || r.Delivered != r.Expected || r.Missing != 0 || r.Gaps != 0 || r.Duplicates != 0 {
		t.Errorf("got %+v", r)
	}
	if b, _ := json.Marshal(r); bytes.Contains(b, []byte("saved_ms")) {
		t.Errorf("a server that saves nothing has %s", b)
	}
}

func TestStudentsTypeIntoTheRoot(t *testing.T) {
	t.Parallel()
	for root, want := range map[string]string{"": "\x01t", "notes": "\x05notes"} {
		s := &testserver.Server{Framing: wire.YWebsocket}
		target := serve(t, s)
		target.Root, target.Rooms = root, []string{"a"}
		do(t, short(1, 1), target)
		if first := s.Updates("/a")[0]; !bytes.Contains(first, []byte(want)) {
			t.Errorf("root %q: the first update is %q", root, first)
		}
	}
}

func TestSavedIsMeasured(t *testing.T) {
	t.Parallel()
	const delay = 20 * time.Millisecond
	r := do(t, short(1, 3), serve(t, &testserver.Server{Framing: wire.Grimoire, SaveDelay: delay}))
	if r.Unsaved != 0 || r.Missing != 0 {
		t.Errorf("%d unsaved, %d missing", r.Unsaved, r.Missing)
	}
	if want := float64(delay / time.Millisecond); r.Saved.P50 < want || r.Saved.P99 < r.Saved.P50 {
		t.Errorf("got %+v, want above %v ms", r.Saved, want)
	}
	if b, _ := json.Marshal(r); !bytes.Contains(b, []byte(`"saved_ms":{"p50":`)) {
		t.Errorf("got %s", b)
	}
}

func TestSavedCoversEarlierEdits(t *testing.T) {
	c := &class{students: make([]*student, 1), epoch: time.Now()}
	s := newStudent(c, 0, 10)
	for range 5 {
		s.edits.begin(c.epoch)
	}
	for _, step := range []struct{ upTo, accepted, measured uint64 }{{3, 3, 3}, {2, 3, 3}, {3, 3, 3}, {9, 5, 5}} {
		s.Saved(step.upTo, time.Now())
		if s.accepted.Load() != step.accepted || s.savedLatency.Count() != step.measured {
			t.Errorf("after Saved %d: %d accepted, %d measured", step.upTo, s.accepted.Load(), s.savedLatency.Count())
		}
	}
}

func TestGrimoireNeedsItsSubprotocol(t *testing.T) {
	t.Parallel()
	target := serve(t, &testserver.Server{Framing: wire.YWebsocket})
	target.Framing = wire.Grimoire
	run := Run{Spec: short(1, 1), Target: target}
	if _, err := run.Do(t.Context()); err == nil || !strings.Contains(err.Error(), "grimoire.v1") {
		t.Errorf("got %v", err)
	}
}

func TestRefusalSaysWhy(t *testing.T) {
	t.Parallel()
	target := serve(t, &testserver.Server{Framing: wire.YWebsocket, Admit: func(*http.Request) error { return errors.New("no cookie") }})
	run := Run{Spec: short(1, 1), Target: target}
	if _, err := run.Do(t.Context()); err == nil || !strings.Contains(err.Error(), "403") || !strings.Contains(err.Error(), "no cookie") {
		t.Errorf("got %v", err)
	}
}

func TestAccessIsShown(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[string]int{}
	target := serve(t, &testserver.Server{Framing: wire.Grimoire, Admit: func(r *http.Request) error {
		mu.Lock()
		defer mu.Unlock()
		seen[r.URL.Path+" "+r.Header.Get("Cookie")]++
		if r.Header.Get("Origin") != "http://school.test" {
			return errors.New("wrong origin")
		}
		return nil
	}})
	access, err := ParseAccess([]byte(`{"headers": {"origin": "http://school.test", "cookie": "x"},
		"clients": [{"Cookie": "a"}, {"Cookie": "b"}, {"Cookie": "c"}, {"Cookie": "d"}], "rooms": ["one", "two", "spare"]}`))
	if err != nil {
		t.Fatal(err)
	}
	target.Access = target.With(access)
	do(t, short(2, 2), target)
	// Each room's first student counts once more, for the check of the document.
	for who, times := range map[string]int{"/one a": 2, "/one b": 1, "/two c": 2, "/two d": 1} {
		if seen[who] != times {
			t.Errorf("%s joined %d times, want %d", who, seen[who], times)
		}
	}
	if len(seen) != 4 {
		t.Errorf("got %v", seen)
	}
}

func TestWithLeavesTheFirstAlone(t *testing.T) {
	a := Access{Headers: map[string]string{"cookie": "old", "X": "1"}, Rooms: []string{"r"}}
	b := a.With(Access{Headers: map[string]string{"Cookie": "new"}})
	if h := b.header(0); h.Get("Cookie") != "new" || h.Get("X") != "1" || len(b.Rooms) != 1 {
		t.Errorf("got %+v", b)
	}
	if len(a.Headers) != 2 || a.Headers["cookie"] != "old" {
		t.Errorf("changed to %+v", a)
	}
}

func TestTooFewRooms(t *testing.T) {
	for mode, needed := range map[Mode]int{Classroom: 2, Idle: 4, JoinStorm: 1} {
		spec := Spec{Mode: mode, Rooms: 2, Rate: 1, Document: "d"}
		if got := spec.RoomsNeeded(); got != needed {
			t.Errorf("%s needs %d rooms, want %d", mode, got, needed)
		}
		target := Target{URL: "ws://nowhere.test", Framing: wire.YWebsocket, Access: Access{Rooms: make([]string, needed-1)}}
		run := Run{Spec: spec, Target: target}
		if _, err := run.Do(context.Background()); err == nil || !strings.Contains(err.Error(), "rooms") {
			t.Errorf("%s: got %v", mode, err)
		}
	}
}

func TestStormTakesTheTargetsDocument(t *testing.T) {
	t.Parallel()
	s := &testserver.Server{Framing: wire.Grimoire}
	target := serve(t, s)
	document := yjs.AppendInsert(nil, "notes", 7, 0, "a document for this server")
	target.Document, target.Rooms = filepath.Join(t.TempDir(), "document"), []string{"storm"}
	if err := os.WriteFile(target.Document, document, 0o600); err != nil {
		t.Fatal(err)
	}
	r := do(t, Spec{Mode: JoinStorm, Clients: 5}, target)
	if r.DocumentSize != len(document) || r.Spec.Document != target.Document || !bytes.Equal(s.Updates("/storm")[0], document) {
		t.Errorf("got %+v", r)
	}
}

func TestStalledNotesWhatTheServerKeeps(t *testing.T) {
	t.Parallel()
	document := yjs.AppendInsert(nil, yjs.DefaultRoot, 7, 0, "a document")
	spec := Spec{Mode: Stalled, Document: filepath.Join(t.TempDir(), "document")}
	if err := os.WriteFile(spec.Document, document, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, server := range map[string]*testserver.Server{
		"patient": {Framing: wire.YWebsocket},
		"strict":  {Framing: wire.YWebsocket, Questions: 1},
	} {
		target := serve(t, server)
		spec.Seconds = 0.6
		r := do(t, spec, target)
		for name == "strict" && r.Refused == "" && spec.Seconds < patience.Seconds() { // the refusal has not come so far
			spec.Seconds *= 4
			r = do(t, spec, target)
		}
		if refused := r.Refused != ""; refused != (name == "strict") || r.RSSBefore == 0 || r.DocumentSize != len(document) {
			t.Errorf("%s: got %+v", name, r)
		}
	}
}

// The reader of a room may be the one that is closed: it writes nothing, and
// must not pass for one to whom nothing was sent.
func TestLostReaderIsAFailure(t *testing.T) {
	t.Parallel()
	s := &testserver.Server{Framing: wire.YWebsocket}
	target := serve(t, s)
	spec := short(1, 2)
	spec.Typing = 0.5
	school, err := openSchool(t.Context(), spec, target, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer school.close()
	if err := school.lost(); err != nil {
		t.Errorf("before: %v", err)
	}
	school.classes[0].students[1].close()
	if err := school.lost(); err == nil || !strings.Contains(err.Error(), "1 of 2 connections") {
		t.Errorf("got %v", err)
	}
}

func TestARunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	spec := short(1, 2)
	spec.Seconds = 600
	run := Run{Spec: spec, Target: serve(t, &testserver.Server{Framing: wire.YWebsocket})}
	if _, err := run.Do(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestSpecsThatMakeNoSense(t *testing.T) {
	for want, spec := range map[string]Spec{
		"rate must be above 0":           {Mode: Classroom},
		"join-storm needs a document":    {Mode: JoinStorm},
		"stalled needs a document":       {Mode: Stalled},
		`unknown mode "lesson"`:          {Mode: "lesson"},
		`"HUP" is neither KILL nor TERM`: {Mode: Reload, Rate: 1, Signal: "HUP"},
	} {
		if err := spec.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestLostConnectionSaysWhy(t *testing.T) {
	t.Parallel()
	run := Run{Spec: short(1, 1), Target: serve(t, &testserver.Server{Framing: wire.Grimoire, Limit: 3})}
	if _, err := run.Do(t.Context()); err == nil || !strings.Contains(err.Error(), "too fast") {
		t.Errorf("got %v", err)
	}
}

func TestCapacityKeepsTheLastGoodRun(t *testing.T) {
	t.Parallel()
	var joins atomic.Int64
	target := serve(t, &testserver.Server{Framing: wire.Grimoire, Admit: func(*http.Request) error {
		if joins.Add(1) > 4 { // two for each rate: the student's, and the check of the document
			return errors.New("no more")
		}
		return nil
	}})
	r := do(t, Spec{Mode: Capacity, Clients: 1, Rate: 30, Seconds: 0.2}, target)
	if r.Sent == 0 || r.Spec.Rate != 45 || !strings.Contains(r.Limit, "no more") {
		t.Errorf("got %+v", r)
	}
}

func TestBehind(t *testing.T) {
	for want, r := range map[string]Result{
		"":                                {Expected: 9, Delivered: 9},
		"2 of 9 deliveries missing":       {Expected: 9, Delivered: 7},
		"1 of 3 edits not called durable": {Sent: 3, Unsaved: 1},
		"99th percentile of 300 ms":       {Edit: Latency{P99: 300}},
	} {
		if got := r.behind(defaultLate); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestIdleMeasuresWhatAsManyAgainAdd(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []string
	target := serve(t, &testserver.Server{Framing: wire.YWebsocket, Admit: func(r *http.Request) error {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r.URL.Path+r.Header.Get("Cookie"))
		return nil
	}})
	target.Rooms = []string{"a", "b"}
	target.Clients = []map[string]string{{"Cookie": "0"}, {"Cookie": "1"}, {"Cookie": "2"}, {"Cookie": "3"}}
	do(t, Spec{Mode: Idle, Rooms: 1, Clients: 2}, target)
	if slices.Sort(seen); !slices.Equal(seen, []string{"/a0", "/a1", "/b2", "/b3"}) {
		t.Errorf("got %v", seen)
	}
}

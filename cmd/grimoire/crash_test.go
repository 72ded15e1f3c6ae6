package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"grimoire/internal/models/modelstest"
)

var (
	crashKills = flag.Int("kills", 100, "how often TestCrash kills the server, on each database")
	crashSeed  = flag.Uint64("crash-seed", 0, "seed of TestCrash's moments; 0 takes one from the clock")
)

// Writers type into two conversations while the server dies again and again, by SIGKILL at any moment or by its own
// hand at a named place. After each death, and before any writer comes back to repeat itself, a stranger reads
// what the restarted server has: every keystroke that was acknowledged must be in it, in its writer's order. In
// the end all have the same.
func TestCrash_NothingAcknowledgedIsLost(t *testing.T) {
	seed := *crashSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with: go test ./cmd/grimoire -run TestCrash_Nothing -args -kills %d -crash-seed %d", *crashKills, seed)
	stores := map[string]store{
		"sqlite":   {data: t.TempDir()},
		"postgres": {data: t.TempDir(), databaseURL: modelstest.PostgresURL(t)},
	}
	for name, s := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crash(t, s, rand.New(rand.NewPCG(seed, uint64(len(name)))))
		})
	}
}

const (
	crashRooms   = 2
	crashWriters = 2 // in each room
)

// crashPlaces are where internal/models lets a server with GRIMOIRE_CRASH kill itself while people write. The empty
// one is any moment at all.
var crashPlaces = []string{
	"", "append", "append/inserted", "append/committed",
	"", "compact", "compact/replaced", "compact/committed",
}

// killsPerLesson bounds how long the texts become that every death reads again.
const killsPerLesson = 100

func crash(t *testing.T, s store, random *rand.Rand) {
	addr := freeAddr(t)
	var total toll
	for kills := *crashKills; kills > 0; kills -= killsPerLesson {
		lesson(t, s, addr, random, min(kills, killsPerLesson), &total)
	}
	if out := string(grimoire(t, s, nil, "conversation", "verify", "--all")); strings.Contains(out, "DAMAGED") {
		t.Errorf("what is stored in the end:\n%s", out)
	}
	slices.Sort(total.back)
	t.Logf("%d deaths %v, %d acknowledged edits, none lost; back after %v in the median, %v at most",
		*crashKills, total.deaths, total.acked, total.back[len(total.back)/2], total.back[len(total.back)-1])
}

// toll is what the lessons of a store have seen.
type toll struct {
	deaths map[string]int // by place
	back   []time.Duration
	acked  int
}

// lesson has people type into new conversations over so many deaths of the server.
func lesson(t *testing.T, s store, addr string, random *rand.Rand, kills int, total *toll) {
	t.Helper()
	first := startServer(t, s, addr) // so that the seed's people come from its address
	demo := seed(t, s, crashRooms, crashRooms*crashWriters)
	first.stop(t, syscall.SIGKILL)
	var writers []*writer
	for room := range crashRooms {
		for i := range crashWriters {
			writers = append(writers, newWriter(addr, demo, room, room*crashWriters+i))
		}
	}
	check := func(srv *server, kill int) {
		for room := range crashRooms {
			doc, err := tryReadRoom(t.Context(), addr, demo, room)
			if err != nil && srv.diesByItself(t) {
				return // a room has begun a compaction at a named place: the next one will look
			}
			for _, w := range writers {
				if w.room == room {
					w.mustBeIn(t, notes(t, doc, err), kill)
				}
			}
		}
	}
	for kill := range kills {
		place := crashPlaces[random.IntN(len(crashPlaces))]
		var env []string
		if place != "" {
			passes := 1 + random.IntN(6)
			if strings.HasPrefix(place, "compact") {
				passes = 1 + random.IntN(crashRooms)
			}
			env = append(env, fmt.Sprintf("GRIMOIRE_CRASH=%s:%d", place, passes))
		}
		started := time.Now()
		srv := startServer(t, s, addr, env...)
		total.back = append(total.back, time.Since(started))
		check(srv, kill)
		live(t, srv, writers, place, time.Duration(random.IntN(30))*time.Millisecond)
		if total.deaths == nil {
			total.deaths = map[string]int{}
		}
		total.deaths[place]++
	}

	last := startServer(t, s, addr)
	check(last, kills)
	for range 2 { // the second time with what the others brought
		for _, w := range writers {
			w.converse(t, 0)
		}
	}
	for _, w := range writers {
		if w.err != nil {
			t.Errorf("writer %s: %v", w.name, w.err)
		}
		if got, want := w.doc.Text("notes").String(), readNotes(t, addr, demo, w.room); got != want {
			t.Errorf("writer %s ends with %d characters, the server has %d", w.name, len(got), len(want))
		}
		total.acked += w.acked
	}
	last.stop(t, syscall.SIGKILL)
}

// live lets the writers type until the server is dead: killed a moment after the first acknowledgement, or by itself
// at a named place.
func live(t *testing.T, srv *server, writers []*writer, place string, moment time.Duration) {
	t.Helper()
	ctx, cut := context.WithCancel(t.Context())
	var typing sync.WaitGroup
	acknowledged := make(chan struct{}, 1)
	for _, w := range writers {
		typing.Go(func() { w.typeUntilCut(ctx, acknowledged) })
	}
	if place == "" || strings.HasPrefix(place, "compact") {
		select {
		case <-acknowledged: // a life without any acknowledgement would prove nothing
		case <-srv.dead: // a room has begun a compaction by itself
		case <-time.After(patience):
			cut()
			typing.Wait()
			for _, w := range writers {
				t.Logf("writer %s: %d words, %d acknowledged, %v", w.name, w.typed, w.acked, w.err)
			}
			t.Fatalf("nothing was acknowledged\n%s", srv.stderr)
		}
	}
	switch {
	case place == "":
		<-time.After(moment) // of the kill, not a wait for something
		if err := srv.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
	case strings.HasPrefix(place, "compact"):
		// Its exit status is that of a command whose server died.
		exec.Command(binary, append([]string{"conversation", "compact", "--all"}, srv.store.flags()...)...).Run()
	}
	select {
	case <-srv.dead:
	case <-time.After(patience):
		t.Fatalf("the server did not die at %q\n%s", place, srv.stderr)
	}
	cut()
	typing.Wait()
	mustBeKilled(t, srv)
}

// diesByItself reports whether the server has a named place to die at, and waits until it has.
func (s *server) diesByItself(t *testing.T) bool {
	t.Helper()
	if !slices.ContainsFunc(s.cmd.Env, func(v string) bool { return strings.HasPrefix(v, "GRIMOIRE_CRASH=") }) {
		return false
	}
	select {
	case <-s.dead:
	case <-time.After(patience):
		return false
	}
	mustBeKilled(t, s)
	return true
}

func mustBeKilled(t *testing.T, srv *server) {
	t.Helper()
	if status, ok := srv.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		t.Fatalf("the server ended by itself: %v\n%s", srv.cmd.ProcessState, srv.stderr)
	}
}

// A server that dies anywhere in its migrations goes on with them when it is started again.
func TestCrash_InMigrations(t *testing.T) {
	eachStore(t, func(t *testing.T, s store) {
		addr := freeAddr(t)
		for _, place := range []string{"migrate:1", "migrate/ran:1", "migrate/ran:2", "migrate/ran:3", "migrate/ran:4", "migrate/done:1"} {
			migrate := exec.Command(binary, append([]string{"migrate", "up"}, s.flags()...)...)
			migrate.Env = append(migrate.Environ(), "GRIMOIRE_CRASH="+place)
			out, err := migrate.CombinedOutput()
			if status, ok := migrate.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
				t.Fatalf("at %s it ended with %v\n%s", place, err, out)
			}
		}
		startServer(t, s, addr)
		demo := seed(t, s, 1, 1)
		newWriter(addr, demo, 0, 0).converse(t, 1)
	})
}

package ws

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/crdt"
)

var (
	simulations = flag.Int("simulations", 60, "random lives of a hub to try")
	simSeed     = flag.Uint64("simulation", 0, "the one seed to try, as a failure printed it")
)

// Random lives of a hub: people of two rooms type, leave and come back, commits fail before and
// after they are stored, and the server is killed. What was acknowledged is always on disk; in the
// end everybody has the same; nothing crosses from room to room; nobody writes who may not.
func TestSimulation_AcknowledgedIsDurable(t *testing.T) {
	seeds := []uint64{*simSeed}
	if *simSeed == 0 {
		seeds = seeds[:0]
		for range *simulations {
			seeds = append(seeds, rand.Uint64())
		}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			defer func() {
				if t.Failed() {
					t.Logf("repeat with: go test ./internal/ws -run TestSimulation -simulation %d", seed)
				}
			}()
			synctest.Test(t, func(t *testing.T) { newSimulation(t, seed).run() })
		})
	}
}

// mortalLog is a log as one process sees it: nothing of that process is stored after its death.
type mortalLog struct {
	*memoryLog
	delay func() time.Duration
	dead  atomic.Bool
}

func (l *mortalLog) Append(ctx context.Context, batches []Batch) ([]int64, error) {
	time.Sleep(l.delay()) // of the bubble's clock
	if l.dead.Load() {
		return nil, errDisk
	}
	return l.memoryLog.Append(ctx, batches)
}

type simulation struct {
	*class
	random  *rand.Rand // what happens next
	luck    *rand.Rand // of the disk; guarded by log.mu
	disk    *mortalLog
	letters map[uuid.UUID]string // what is typed in each room
	people  []*client            // who may write
	readers []*client
}

func newSimulation(t *testing.T, seed uint64) *simulation {
	s := &simulation{
		class:   &class{t: t, gate: &memoryGate{}, id: uuid.New()},
		random:  rand.New(rand.NewPCG(seed, 0)),
		luck:    rand.New(rand.NewPCG(seed, 1)),
		letters: map[uuid.UUID]string{uuid.New(): "abc", uuid.New(): "xyz"},
	}
	s.log = newMemoryLog()
	for id := range s.letters {
		s.log.stored[id] = &Stored{Epoch: "epoch", Generation: 1}
	}
	trouble := func() error {
		if s.luck.IntN(6) == 0 {
			return errDisk
		}
		return nil
	}
	s.log.before, s.log.after = trouble, trouble
	s.boot()
	for id := range s.letters {
		s.conversation = id
		for range 3 {
			s.people = append(s.people, s.writer())
		}
		token, _ := s.person(readOnly)
		s.readers = append(s.readers, s.open(token, true))
	}
	return s
}

// boot starts a hub on what the last one left.
func (s *simulation) boot() {
	s.disk = &mortalLog{memoryLog: s.log, delay: func() time.Duration {
		s.log.mu.Lock()
		defer s.log.mu.Unlock()
		return time.Duration(s.luck.IntN(20)) * time.Millisecond
	}}
	s.hub = NewHub(Options{
		Log: s.disk, Gate: s.gate, SealKey: sealKey, Logger: slog.New(slog.DiscardHandler),
		CompactRows: 20, IdleRoom: time.Second, MaxUnsavedRoom: 1 << 20,
	})
}

func (s *simulation) run() {
	for range 150 {
		s.step()
	}
	s.log.mu.Lock()
	s.log.before, s.log.after = nil, nil
	s.log.mu.Unlock()
	for _, cl := range append(s.people, s.readers...) {
		cl.socket.hangUp()
	}
	settle(5 * time.Second) // whatever they still had is committed
	for _, cl := range s.readers {
		cl.renew() // without what they were not allowed to write
	}
	for _, cl := range append(s.people, s.readers...) {
		cl.connect()
	}
	settle(5 * time.Second)
	s.checkDurable()
	s.checkEqual()
	s.stop()
}

// step is one thing that happens.
func (s *simulation) step() {
	cl := s.people[s.random.IntN(len(s.people))]
	switch n := s.random.IntN(100); {
	case n < 60:
		cl.scribble(s.random, s.letters[cl.conversation])
	case n < 66:
		cl.socket.hangUp()
		settle(0)
		cl.connect()
	case n < 70:
		reader := s.readers[s.random.IntN(len(s.readers))]
		reader.write("forbidden")
	case n < 72:
		s.kill()
	case n < 74:
		settle(3 * time.Second) // long enough for an idle room to go
	default:
		settle(time.Duration(s.random.IntN(30)) * time.Millisecond)
	}
}

// scribble types a few letters or deletes some.
func (cl *client) scribble(random *rand.Rand, letters string) {
	cl.edit(func(tx *crdt.Transaction, text *crdt.Text) {
		if n := text.Len(); n > 0 && random.IntN(4) == 0 {
			at := random.IntN(n)
			text.Delete(tx, at, min(1+random.IntN(3), n-at))
			return
		}
		letter := letters[random.IntN(len(letters))]
		text.Insert(tx, random.IntN(text.Len()+1), strings.Repeat(string(letter), 1+random.IntN(3)))
	})
}

// renewIfRefused drops a Doc that holds what the server refused.
func (cl *client) renewIfRefused() {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if len(cl.refused) > 0 {
		cl.refused = nil
		cl.renew()
	}
}

// kill ends the server as kill -9 does, looks at what it left on disk, and starts another one.
func (s *simulation) kill() {
	s.disk.dead.Store(true)
	for _, cl := range append(s.people, s.readers...) {
		cl.socket.hangUp()
	}
	now, cancel := context.WithCancel(s.t.Context())
	cancel()
	s.hub.Shutdown(now) // it is not meant to succeed
	s.hub.running.Wait()
	s.hub.committing.Wait()
	s.checkDurable()
	s.boot()
	for _, cl := range append(s.people, s.readers...) {
		cl.renewIfRefused()
		cl.connect()
	}
}

// checkDurable looks for every acknowledged frame on disk, and for nothing there that must not be.
func (s *simulation) checkDurable() {
	s.t.Helper()
	synctest.Wait()
	docs := make(map[uuid.UUID]*crdt.Doc)
	for id, letters := range s.letters {
		s.conversation = id
		docs[id] = s.stored()
		if other := strings.Trim(docs[id].Text("text").String(), letters); other != "" {
			s.t.Errorf("%q is in the room of %s", other, letters)
		}
	}
	for _, cl := range s.people {
		for i, update := range cl.durable {
			changes, err := docs[cl.conversation].Inspect(update)
			if err != nil || isNews(changes) {
				s.t.Fatalf("acknowledged frame %d of %s is not on disk (%v)", i+1, cl.token, err)
			}
		}
	}
}

func (s *simulation) checkEqual() {
	s.t.Helper()
	for _, cl := range append(s.people, s.readers...) {
		s.conversation = cl.conversation
		want := s.stored()
		expect(s.t, "text of "+cl.token, cl.text(), want.Text("text").String())
		if err := alike(cl.doc, want); err != nil {
			s.t.Errorf("%s: %v", cl.token, err)
		}
		if cl.bye() != 0 {
			s.t.Errorf("%s was closed with %d", cl.token, cl.bye())
		}
	}
}

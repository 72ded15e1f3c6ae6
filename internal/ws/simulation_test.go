package ws

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

var (
	simSeeds = flag.Int("seeds", 300, "random lives of a hub to try")
	simSeed  = flag.Uint64("seed", 0, "the one seed to try, as a failure printed it")
)

// failedSeeds has the seeds that ever failed, one a line. They are tried first.
const failedSeeds = "testdata/failed-seeds.txt"

// A random life of a hub, of one seed: people of two rooms type, over a network that takes its time,
// leave and come back; commits are slow, fail, or fail and are stored; the server is stopped, or
// killed, which forgets whatever is not on disk; conversations are restored and whole stores brought
// back from a replica; rights are taken and given.
//
// Always: what was acknowledged is on disk; nothing crosses from room to room; nobody has written
// while they might not; nobody honest is refused; the generation never falls. In the end everybody
// has the same, and it is what is on disk.
func TestSimulation(t *testing.T) {
	seeds := keptSeeds(t)
	for n := range *simSeeds {
		seeds = append(seeds, uint64(n+1))
	}
	if *simSeed != 0 {
		seeds = []uint64{*simSeed}
	}
	for _, seed := range seeds {
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newSimulation(t, seed).run() })
		})
		if !ok {
			t.Logf("repeat with: go test ./internal/ws -run 'TestSimulation$' -seed %d", seed)
			keepSeed(t, seed)
		}
	}
}

func keptSeeds(t *testing.T) (seeds []uint64) {
	t.Helper()
	f, err := os.Open(failedSeeds)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		seed, err := strconv.ParseUint(lines.Text(), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seeds = append(seeds, seed)
	}
	return seeds
}

func keepSeed(t *testing.T, seed uint64) {
	t.Helper()
	if slices.Contains(keptSeeds(t), seed) {
		return
	}
	f, err := os.OpenFile(failedSeeds, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintln(f, seed)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

type simulation struct {
	*class
	queue
	random  *rand.Rand // everything that happens outside of the hub
	disk    *mortalLog
	trouble atomic.Bool // the disk has bad moments
	luck    *rand.Rand
	down    bool
	rooms   []uuid.UUID
	epochs  int
	people  []*person
}

// banned is what people type while they may not. It must never be seen by anybody else.
const banned = "!"

func newSimulation(t *testing.T, seed uint64) *simulation {
	s := &simulation{
		class:  &class{t: t, gate: &memoryGate{}, id: uuid.New()},
		random: rand.New(rand.NewPCG(seed, 0)),
		luck:   rand.New(rand.NewPCG(seed, 1)),
	}
	s.log = newMemoryLog()
	s.down = true
	s.boot()
	for _, letters := range []string{"abc", "xyz"} {
		id := uuid.New()
		s.conversation = id
		s.rooms = append(s.rooms, id)
		s.log.stored[id] = &Stored{Epoch: "epoch 0", Generation: 1}
		for n := range 4 {
			p := &person{letters: letters, ids: map[uint64]bool{}, lag: 30 * time.Millisecond, might: n < 3, blameless: n < 3}
			token, pass := s.class.person(func(pass *Pass) { pass.Write = p.might })
			p.pass = pass
			p.client = &client{t: t, class: s.class, conversation: id, token: token, grimoire: true}
			s.startOver(p)
			s.people = append(s.people, p)
			s.after(s.upTo(time.Second), func() { s.connect(p) })
		}
	}
	return s
}

func (s *simulation) upTo(d time.Duration) time.Duration {
	return time.Duration(s.random.Int64N(int64(d)))
}

// boot starts a hub on what the last one left, unless one is up.
func (s *simulation) boot() {
	if !s.down {
		return
	}
	s.disk = &mortalLog{memoryLog: s.log, luck: s.luck, trouble: &s.trouble}
	s.hub = NewHub(Options{
		Log: s.disk, Gate: s.gate, SealKey: sealKey, Logger: slog.New(slog.DiscardHandler),
		CompactRows: 20, IdleRoom: time.Second, MaxUnsavedRoom: 1 << 20,
	})
	s.down = false
}

func (s *simulation) run() {
	s.trouble.Store(true)
	for range 250 {
		s.after(s.upTo(8*time.Second), s.something)
	}
	s.until(time.Now().Add(8 * time.Second))

	s.trouble.Store(false)
	s.boot()
	for _, p := range s.people {
		s.allow(p, true, nil)
		p.lag = 30 * time.Millisecond
	}
	s.until(time.Now().Add(5 * time.Second))
	for _, p := range s.people {
		s.scribble(p) // by which a room hears that it was restored
	}
	s.until(time.Now().Add(50 * time.Second)) // four heads
	s.checkDurable()
	s.checkEqual()
	for _, p := range s.people {
		s.hangUp(p)
	}
	s.stop()
}

// until lets everything happen that is due by then.
func (s *simulation) until(end time.Time) {
	const glance = 20 * time.Millisecond // between two looks at what the hub has sent
	for {
		for len(s.events) > 0 && !s.events[0].at.After(time.Now().Add(glance)) {
			s.next()
			s.collect()
		}
		if !time.Now().Before(end) {
			return
		}
		time.Sleep(glance)
		s.collect()
	}
}

// something is one random thing that happens.
func (s *simulation) something() {
	p := s.people[s.random.IntN(len(s.people))]
	switch n := s.random.IntN(200); {
	case n < 140:
		s.scribble(p)
	case n < 154:
		s.hangUp(p)
	case n < 164:
		p.lag = s.upTo(time.Second)
	case n < 172:
		s.allow(p, s.random.IntN(2) == 0, nil)
	case n < 176:
		s.allow(p, false, ErrNotFound)
	case n < 184:
		s.kill()
	case n < 188:
		s.restart()
	case n < 191:
		s.restore(p.conversation)
	case n < 193:
		s.failOver()
	default: // everybody of a room goes for a while, long enough for it to leave memory
		for _, other := range s.people {
			if other.conversation == p.conversation {
				s.hangUp(other)
			}
		}
	}
}

// scribble types a few letters or deletes some.
func (s *simulation) scribble(p *person) {
	letter := string(p.letters[s.random.IntN(len(p.letters))])
	if !p.might {
		letter, p.tainted = banned, true
	}
	insert, n := !p.might || s.random.IntN(4) > 0, 1+s.random.IntN(3)
	where := s.random.Float64()
	p.doc.Transact(nil, func(tx *crdt.Transaction) {
		text := p.doc.Text("text")
		if at := int(where * float64(text.Len())); insert {
			text.Insert(tx, at, strings.Repeat(letter, n))
		} else if at < text.Len() {
			text.Delete(tx, at, min(n, text.Len()-at))
		}
	})
	for _, update := range p.unsent {
		if p.answered { // else the answer will have it
			s.send(p, protocol.Update{Update: update})
		}
	}
	p.unsent = nil
}

// allow gives p rights or takes them, and the hub is told, as it is by whoever changes them.
func (s *simulation) allow(p *person, write bool, err error) {
	if p.might = write && err == nil; !p.might {
		p.blameless = false // what is on its way is refused
	}
	if p.might && p.tainted {
		s.startOver(p)
		s.hangUp(p)
	}
	p.pass.Write = write
	s.gate.admit(p.token, p.pass, err)
	if !s.down {
		s.hub.Recheck(s.id)
	}
}

// kill ends the server as kill -9 does, looks at what it left on disk, and starts another one.
func (s *simulation) kill() {
	if s.down {
		return
	}
	s.down = true
	s.disk.dead.Store(true)
	for _, p := range s.people {
		s.hangUp(p)
	}
	now, cancel := context.WithCancel(s.t.Context())
	cancel()
	s.hub.Shutdown(now) // it is not meant to succeed
	s.hub.running.Wait()
	s.hub.committing.Wait()
	s.checkDurable()
	s.after(s.upTo(time.Second), s.boot)
}

// restart stops the server as it should be stopped.
func (s *simulation) restart() {
	if s.down {
		return
	}
	s.down = true
	s.stop()
	s.checkDurable()
	s.after(s.upTo(time.Second), s.boot)
}

// restore takes a conversation back to an earlier state, in a new generation.
func (s *simulation) restore(id uuid.UUID) {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	rows := s.log.rows[id]
	rows = slices.Clone(rows[:s.random.IntN(len(rows)+1)])
	old := s.log.stored[id]
	s.log.rows[id], s.log.previous[id] = rows, nil
	s.log.stored[id] = &Stored{Epoch: old.Epoch, Generation: old.Generation + 1, Head: int64(len(rows))}
	for _, p := range s.people {
		if p.conversation == id {
			p.blameless = false // what they are typing is of the past
		}
	}
}

// failOver kills the server and goes on with a replica that lacks the last rows.
func (s *simulation) failOver() {
	s.kill()
	s.epochs++
	for _, id := range s.rooms {
		stored := s.log.stored[id]
		rows := s.log.rows[id]
		rows = rows[:max(int(stored.Snapshot), len(rows)-s.random.IntN(4))]
		stored.Epoch, stored.Head, s.log.rows[id] = fmt.Sprint("epoch ", s.epochs), int64(len(rows)), rows
	}
	for _, p := range s.people {
		p.blameless = false // only its author can bring what is lost, and others have built on that
	}
}

// checkDurable looks for every acknowledged frame on disk, and for nothing there that must not be.
func (s *simulation) checkDurable() {
	s.t.Helper()
	synctest.Wait()
	docs := make(map[uuid.UUID]*crdt.Doc)
	for _, p := range s.people {
		if docs[p.conversation] == nil {
			s.conversation = p.conversation
			docs[p.conversation] = s.stored()
		}
		doc, stored := docs[p.conversation], s.log.get(p.conversation)
		if other := strings.Trim(doc.Text("text").String(), p.letters); other != "" {
			s.t.Errorf("%q is in the room of %s", other, p.letters)
		}
		if p.generation != uint64(stored.Generation) || p.epoch != stored.Epoch {
			continue // has yet to hear that the store is another
		}
		for i, update := range p.durable {
			if lost, err := p.lost(doc, update); err != nil || lost {
				s.t.Errorf("acknowledged frame %d of %s is not on disk (%v)", i+1, p.token, err)
				break
			}
		}
	}
}

func (s *simulation) checkEqual() {
	s.t.Helper()
	for _, p := range s.people {
		s.conversation = p.conversation
		want := s.stored()
		err := alike(p.doc, want)
		if waits := p.doc.Pending(); waits.Structs && !p.blameless {
			err = nil // upon what a replica lacked; it shows nowhere
		}
		if err != nil || p.text() != want.Text("text").String() {
			s.t.Errorf("%s has %q, and on disk is %q (%v)", p.token, p.text(), want.Text("text").String(), err)
		}
		if !p.online {
			s.t.Errorf("%s is not back", p.token)
		}
	}
}

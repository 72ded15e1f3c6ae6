package ws

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/crdt/protocol"
)

// memoryWatch is what a store tells that other processes write to.
type memoryWatch struct {
	mu     sync.Mutex
	err    error
	epochs map[uuid.UUID]int64
	ended  map[uuid.UUID]bool
	looks  int
	asked  []uuid.UUID // about, in the last look
}

func newMemoryWatch() *memoryWatch {
	return &memoryWatch{epochs: make(map[uuid.UUID]int64), ended: make(map[uuid.UUID]bool)}
}

func (w *memoryWatch) Recheck(class uuid.UUID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.epochs[class]++
}

func (w *memoryWatch) EndSession(session uuid.UUID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended[session] = true
}

func (w *memoryWatch) PolicyEpochs(_ context.Context, classes []uuid.UUID) (map[uuid.UUID]int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looks++
	w.asked = classes
	epochs := make(map[uuid.UUID]int64)
	for _, class := range classes {
		epochs[class] = w.epochs[class]
	}
	return epochs, w.err
}

func (w *memoryWatch) EndedSessions(_ context.Context, sessions []uuid.UUID) (ended []uuid.UUID, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, sessions...)
	for _, session := range sessions {
		if w.ended[session] {
			ended = append(ended, session)
		}
	}
	return ended, w.err
}

// took returns how many looks there were since it was last asked, and about what the last one was.
func (w *memoryWatch) took() (looks int, asked []uuid.UUID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	looks, asked, w.looks, w.asked = w.looks, w.asked, 0, nil
	return looks, asked
}

func (w *memoryWatch) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = err
}

// One question a second, whatever the crowd, and none while nobody is there.
func TestHub_LooksElsewhereOnceASecondAndOnlyForWhoIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemoryWatch()
		c := newClass(t, Options{Watch: store})
		settle(time.Minute)
		looks, _ := store.took()
		expect(t, "looks while nobody is there", looks, 0)

		token, pass := c.person(nil)
		tabs := []*client{c.open(token, true), c.open(token, true)}
		settle(10 * time.Second)
		looks, asked := store.took()
		expect(t, "looks in ten seconds", looks, 10)
		expect(t, "asked about", len(asked), 2)
		if len(asked) == 2 && (asked[0] != c.id || asked[1] != pass.Session) {
			t.Errorf("asked about %v, want the class %v and the session %v", asked, c.id, pass.Session)
		}
		for _, tab := range tabs {
			tab.socket.hangUp()
		}
		settle(2 * time.Second)
		store.took()
		settle(time.Minute)
		looks, _ = store.took()
		expect(t, "looks when they have left", looks, 0)
		c.stop()
	})
}

// A class that nobody here had open may have moved between the question to the gate and the first look. Only
// who was judged before is asked about again.
func TestHub_AsksAgainAboutWhoWasJudgedByOlderRights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemoryWatch()
		c := newClass(t, Options{Watch: store})
		token, pass := c.person(nil)
		a := c.open(token, true)
		store.Recheck(c.id)
		pass.Write, pass.Rights = false, protocol.Rights{Frozen: true}
		c.gate.admit(token, pass, nil)
		newer, _ := c.person(func(p *Pass) { p.Epoch = 1 })
		c.open(newer, true)
		synctest.Wait()
		c.gate.count()
		settle(glancePause)
		expect(t, "what it was told last", a.rights[len(a.rights)-1], pass.Rights)
		expect(t, "questions to the gate", c.gate.count(), 1)
		c.stop()
	})
}

func TestHub_SaysOnceThatItCannotLookElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		store := newMemoryWatch()
		c := newClass(t, Options{Watch: store, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		token, pass := c.person(nil)
		a := c.open(token, true)
		settle(2 * glancePause)
		store.fail(errors.New("the database is away"))
		settle(beatPause)
		expect(t, "times it was said", strings.Count(log.String(), "the database is away"), 1)
		expect(t, "farewell", a.bye(), 0)

		pass.Write, pass.Rights = false, protocol.Rights{Frozen: true}
		c.gate.admit(token, pass, nil)
		store.Recheck(c.id)
		store.fail(nil)
		settle(glancePause)
		expect(t, "what it was told when the database is back", a.rights[len(a.rights)-1], pass.Rights)
		c.stop()
	})
}

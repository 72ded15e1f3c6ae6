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

// Everybody of a lecture hall is in one room, and the database is busy: it takes 20 ms to say what one of them may do.
// Whatever moves rights acts on all of them within two seconds, long before the poll: the hub is told of it, or
// another process has done it, of which only the store knows.
func TestHub_RightsThatMoveActWithinTwoSeconds(t *testing.T) {
	const within, crowd, answer = 2 * time.Second, 300, 20 * time.Millisecond
	frozen := protocol.Rights{Role: "student", Frozen: true, Reason: "This conversation is frozen."}
	viewer := protocol.Rights{Role: "viewer"}
	for _, row := range []struct {
		name     string
		everyone bool // not only one of them
		move     func(c *class, token string, pass Pass)
		tell     func(to mover, class uuid.UUID, pass Pass)
		told     protocol.Rights
		bye      int
	}{
		{"freeze", true, func(c *class, token string, pass Pass) {
			pass.Write, pass.Rights = false, frozen
			c.gate.admit(token, pass, nil)
		}, recheckClass, frozen, 0},
		{"a role changes", false, func(c *class, token string, pass Pass) {
			pass.Write, pass.Rights = false, viewer
			c.gate.admit(token, pass, nil)
		}, recheckClass, viewer, 0},
		{"a member is removed", false, func(c *class, token string, pass Pass) {
			c.gate.admit(token, pass, ErrNotFound)
		}, recheckClass, protocol.Rights{}, byeNotFound.code},
		{"a session ends, as all others do when a passphrase is changed", false, func(c *class, token string, pass Pass) {
			c.gate.admit(token, pass, ErrSignIn)
		}, func(to mover, _ uuid.UUID, pass Pass) { to.EndSession(pass.Session) }, protocol.Rights{}, byeSignIn.code},
	} {
		try := func(t *testing.T, elsewhere bool) {
			synctest.Test(t, func(t *testing.T) {
				store := newMemoryWatch()
				c := newClass(t, Options{Watch: store})
				var to mover = c.hub
				if elsewhere {
					to = store
				}
				var clients []*client
				var passes []Pass
				for range crowd {
					token, pass := c.person(func(p *Pass) { p.Rights = protocol.Rights{Role: "student", May: protocol.MayAnnotate} })
					clients, passes = append(clients, c.open(token, true)), append(passes, pass)
				}
				settle(beatPause + time.Second) // the next poll of anybody is as long away as it can be
				c.gate.slow = answer
				moved := clients[:1]
				if row.everyone {
					moved = clients
				}
				for i := range moved {
					row.move(c, clients[i].token, passes[i])
				}
				row.tell(to, c.id, passes[0])
				settle(within)
				for i, cl := range clients {
					var told protocol.Rights
					if len(cl.rights) > 1 {
						told = cl.rights[1]
					}
					want, bye := row.told, row.bye
					if i >= len(moved) {
						want, bye = protocol.Rights{}, 0
					}
					if told != want || cl.bye() != bye {
						t.Fatalf("person %d of %d moved: told %v and goodbye %d, want %v and %d", i, len(moved), told, cl.bye(), want, bye)
					}
				}
				if row.bye == 0 {
					moved[0].write("too late")
				}
				settle(time.Second)
				expect(t, "what the last of them sees", clients[crowd-1].text(), "")
				expect(t, "rows", c.log.get(c.conversation).Head, 0)
				c.stop()
			})
		}
		t.Run(row.name, func(t *testing.T) { try(t, false) })
		t.Run(row.name+", elsewhere", func(t *testing.T) { try(t, true) })
	}
}

// mover is told of what moves rights.
type mover interface {
	Recheck(class uuid.UUID)
	EndSession(session uuid.UUID)
}

func recheckClass(to mover, class uuid.UUID, _ Pass) { to.Recheck(class) }

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

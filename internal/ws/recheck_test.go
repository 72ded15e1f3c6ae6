package ws

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"grimoire/internal/crdt/protocol"
)

func TestHub_RecheckActsOnOpenConns(t *testing.T) {
	for _, c := range []struct {
		name string
		pass func(*Pass)
		err  error
		want int
	}{
		{"nothing changed", nil, nil, 0},
		{"removed", nil, ErrNotFound, byeNotFound.code},
		{"forbidden", nil, ErrForbidden, byeForbidden.code},
		{"signed out", nil, ErrSignIn, byeSignIn.code},
		{"the gate fails", nil, errors.New("no database"), byeUnavailable.code},
		{"another user", func(p *Pass) { p.User = uuid.New() }, nil, byeSignIn.code},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cls := newClass(t, Options{})
				token, pass := cls.person(nil)
				a, other := cls.open(token, true), cls.writer()
				settle(time.Second)
				if c.pass != nil {
					c.pass(&pass)
				}
				cls.gate.admit(token, pass, c.err)
				cls.hub.Recheck(uuid.New()) // another class
				settle(time.Second)
				expect(t, "farewell before", a.bye(), 0)
				cls.hub.Recheck(cls.id)
				settle(time.Second)
				expect(t, "farewell", a.bye(), c.want)
				expect(t, "the other's farewell", other.bye(), 0)
				cls.stop()
			})
		})
	}
}

func TestHub_RecheckTakesTheRightToWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		token, pass := c.person(nil)
		a := c.open(token, true)
		settle(time.Second)
		pass.Write = false
		c.gate.admit(token, pass, nil)
		c.hub.Recheck(c.id)
		settle(time.Second)
		a.write("too late")
		settle(time.Second)
		expect(t, "refused", len(a.refused), 1)
		expect(t, "rows", c.log.get(c.conversation).Head, 0)
		c.stop()
	})
}

func TestHub_RightsThatMoveDuringTheHandshakeAct(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		token, pass := c.person(nil)
		asked := c.hub.changes.Load()
		r, err := c.hub.enter(t.Context(), c.conversation)
		if err != nil {
			t.Fatal(err)
		}
		c.gate.admit(token, pass, ErrNotFound)
		c.hub.Recheck(c.id)
		socket := newMemorySocket()
		c.hub.serve(newConn(r, socket, pass, token, true, asked))
		settle(time.Second)
		if bye := socket.farewell(); bye == nil || *bye != byeNotFound {
			t.Errorf("farewell: %v", bye)
		}
		c.stop()
	})
}

func TestHub_EndSessionClosesItsConns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		token, pass := c.person(nil)
		a, b, other := c.open(token, true), c.open(token, false), c.writer()
		settle(time.Second)
		c.hub.EndSession(pass.Session)
		settle(time.Second)
		expect(t, "farewell", a.bye(), byeSignIn.code)
		expect(t, "farewell", b.bye(), byeSignIn.code)
		expect(t, "the other's farewell", other.bye(), 0)
		c.stop()
	})
}

func TestHub_APageIsToldWhatItsPersonMayDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		may := protocol.Rights{Role: "student", May: protocol.MayAnnotate}
		token, pass := c.person(func(p *Pass) { p.Rights = may })
		a, stock := c.open(token, true), c.open(token, false)
		settle(time.Second)
		c.hub.Recheck(c.id)
		settle(time.Second)
		frozen := protocol.Rights{Role: "student", Frozen: true, Reason: "This conversation is frozen."}
		pass.Rights = frozen
		c.gate.admit(token, pass, nil)
		c.hub.Recheck(c.id)
		settle(0) // not after the next poll
		if diff := cmp.Diff(a.rights, []protocol.Rights{may, frozen}); diff != "" {
			t.Error(diff)
		}
		expect(t, "what a stock client is told", len(stock.rights), 0)
		c.stop()
	})
}

// Time ends a session and tells nobody. The session of one is used meanwhile, which renews it; that of another cannot
// be looked up at first.
func TestHub_AsksAgainWhenTimeMayHaveEndedAPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const life = 95 * time.Second
		c := newClass(t, Options{})
		ends := func(p *Pass) { p.Until = time.Now().Add(life) }
		expires, expired := c.person(ends)
		used, renewed := c.person(ends)
		unknown, forgotten := c.person(ends)
		for _, p := range []*Pass{&expired, &renewed, &forgotten} {
			p.Until = time.Now().Add(time.Hour)
		}
		a, b, d := c.open(expires, true), c.open(used, true), c.open(unknown, true)
		c.writer() // whose pass time does not end
		settle(life - time.Second)
		c.gate.admit(expires, expired, ErrSignIn)
		c.gate.admit(used, renewed, nil)
		c.gate.admit(unknown, forgotten, errors.New("no database"))
		c.gate.count()
		settle(time.Second / 2)
		expect(t, "questions too early", c.gate.count(), 0)
		settle(beatPause)
		expect(t, "questions", c.gate.count(), 3)
		expect(t, "farewell of the expired", a.bye(), byeSignIn.code)
		settle(beatPause)
		expect(t, "questions about whom nothing was said", c.gate.count(), 1)
		c.gate.admit(unknown, forgotten, ErrSignIn)
		settle(beatPause)
		expect(t, "farewell once that is known", d.bye(), byeSignIn.code)
		expect(t, "farewell of the renewed", b.bye(), 0)
		c.stop()
	})
}

// Nobody tells the hub, and it has nothing to watch: it asks about each conn now and then.
func TestHub_WhatNobodyTellsActsWithinMinutes(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want int
	}{
		{"a session ends", ErrSignIn, byeSignIn.code},
		{"a member is removed", ErrNotFound, byeNotFound.code},
		{"the gate cannot say", errors.New("no database"), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cls := newClass(t, Options{})
				var all []*client
				for range 7 {
					token, pass := cls.person(nil)
					all = append(all, cls.open(token, true))
					settle(3 * time.Second)
					cls.gate.admit(token, pass, c.err)
				}
				settle(5 * time.Minute)
				for i, cl := range all {
					if got := cl.bye(); got != c.want {
						t.Errorf("farewell of %d: %d, want %d", i, got, c.want)
					}
				}
				cls.stop()
			})
		})
	}
}

func TestHub_ALateAnswerGivesNoRightBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		token, pass := c.person(nil)
		a := c.open(token, true)
		settle(time.Second)
		hold := make(chan struct{})
		c.gate.answerLate(hold)
		settle(beatsPerCheck * beatPause) // asked while it may write, and not answered yet
		pass.Write = false
		c.gate.admit(token, pass, nil)
		c.hub.Recheck(c.id)
		settle(time.Second)
		close(hold)
		settle(time.Second)
		a.write("too late")
		settle(time.Second)
		expect(t, "refused", len(a.refused), 1)
		c.stop()
	})
}

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

package ws

import (
	"testing"
	"testing/synctest"
	"time"

	"grimoire/internal/crdt/protocol"
)

// Everybody of a lecture hall is in one room, and the database is busy: it takes 20 ms to say what one of them may do.
// Whatever moves rights acts on all of them within two seconds, long before the poll.
func TestHub_RightsThatMoveActWithinTwoSeconds(t *testing.T) {
	const within, crowd, answer = 2 * time.Second, 300, 20 * time.Millisecond
	frozen := protocol.Rights{Role: "student", Frozen: true, Reason: "This conversation is frozen."}
	viewer := protocol.Rights{Role: "viewer"}
	for _, row := range []struct {
		name     string
		everyone bool // not only one of them
		move     func(c *class, token string, pass Pass)
		tell     func(c *class, pass Pass)
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
		}, func(c *class, pass Pass) { c.hub.EndSession(pass.Session) }, protocol.Rights{}, byeSignIn.code},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClass(t, Options{})
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
				row.tell(c, passes[0])
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
		})
	}
}

func recheckClass(c *class, _ Pass) { c.hub.Recheck(c.id) }

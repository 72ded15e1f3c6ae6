package ws

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

func readOnly(p *Pass) { p.Write = false }

func TestRoom_ReadersChangeNothing(t *testing.T) {
	for _, kind := range []string{"update", "sync step 2"} {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClass(t, Options{})
				a := c.writer()
				a.write("as it was")
				settle(time.Second)
				token, _ := c.person(readOnly)
				reader := c.open(token, true)
				stock := c.open(token, false)
				settle(time.Second)
				rows := c.log.get(c.conversation).Head

				message := func(update []byte) protocol.Message {
					if kind == "update" {
						return protocol.Update{Update: update}
					}
					return protocol.SyncStep2{Update: update}
				}
				for _, cl := range []*client{reader, stock} {
					cl.mu.Lock()
					text := cl.doc.Text("text")
					cl.doc.Transact(nil, func(tx *crdt.Transaction) { text.Insert(tx, 0, "changed ") })
					update := cl.unsent[0]
					cl.mu.Unlock()
					cl.send(message(update))
				}
				settle(time.Second)

				want := []protocol.Refused{{Frame: 1, Reason: "You may read this conversation but not change it."}}
				if diff := cmp.Diff(reader.refused, want); diff != "" {
					t.Error(diff)
				}
				expect(t, "the reader's farewell", reader.bye(), 0)
				expect(t, "a stock reader is told", stock.others[0], protocol.Message(protocol.Denied{Reason: want[0].Reason}))
				expect(t, "a stock reader's farewell", stock.bye(), byeRefused.code)
				expect(t, "text", a.text(), "as it was")
				expect(t, "rows", c.log.get(c.conversation).Head, rows)
				expect(t, "saved", reader.savedFrames(), 0)

				a.write(", and more")
				settle(time.Second)
				if !strings.Contains(reader.text(), ", and more") {
					t.Error("the reader does not see edits any more")
				}
				c.stop()
			})
		})
	}
}

func TestRoom_ReadersMayRepeatWhatIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a := c.writer()
		a.write("some text")
		a.edit(func(tx *crdt.Transaction, text *crdt.Text) { text.Delete(tx, 0, 2) })
		settle(time.Second)
		token, _ := c.person(readOnly)
		for _, grimoire := range []bool{true, false} {
			reader := c.open(token, grimoire)
			settle(time.Second)
			a.write(" more")
			a.edit(func(tx *crdt.Transaction, text *crdt.Text) { text.Delete(tx, 3, 1) })
			settle(time.Second)
			// Its own deletions are all it has to say about a Doc that is further by now.
			reader.socket.hangUp()
			settle(time.Second)
			a.edit(func(tx *crdt.Transaction, text *crdt.Text) { text.Delete(tx, 0, 1) })
			settle(time.Second)
			reader.connect()
			settle(time.Second)
			expect(t, "sent with deletions", len(reader.sent), 1)
			reader.send(protocol.Update{Update: a.sent[0]})
			settle(time.Second)
			expect(t, "refused", len(reader.refused), 0)
			expect(t, "farewell", reader.bye(), 0)
			expect(t, "text", reader.text(), a.text())
		}
		c.stop()
	})
}

func TestRoom_RefusedClientIsHeardAgainWithACleanDoc(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a := c.writer()
		token, _ := c.person(func(p *Pass) {
			p.Refuse = func(_ *crdt.Doc, changes *crdt.Inspection) error {
				if slices.Contains(changes.Items[0].Values(), any("locked")) {
					return &Refusal{Reason: "That tag is locked.", Path: "tags/effective"}
				}
				return nil
			}
		})
		b := c.open(token, true)
		settle(time.Second)
		b.write("fine")
		b.write("locked")
		b.write("after")
		settle(time.Second)
		want := []protocol.Refused{
			{Frame: 2, Reason: "That tag is locked.", Path: "tags/effective"},
			{Frame: 3, Reason: "This builds on a change that was not accepted."},
		}
		if diff := cmp.Diff(b.refused, want); diff != "" {
			t.Error(diff)
		}
		expect(t, "text", a.text(), "fine")
		expect(t, "saved", b.savedFrames(), 1)

		b.renew()
		b.send(protocol.SyncStep1{Vector: b.vector()})
		settle(time.Second)
		b.write(" again")
		settle(time.Second)
		expect(t, "text", a.text(), "fine again")
		expect(t, "saved", b.savedFrames(), 4)
		c.stop()
	})
}

func TestRoom_RightsGivenLaterDoNotClearARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		token, pass := c.person(readOnly)
		reader := c.open(token, true)
		settle(time.Second)
		reader.write("refused")
		settle(time.Second)
		pass.Write = true
		c.gate.admit(token, pass, nil)
		c.hub.Recheck(c.id)
		settle(time.Second)
		reader.write(", and built upon")
		settle(time.Second)
		expect(t, "refused", len(reader.refused), 2)
		expect(t, "rows", c.log.get(c.conversation).Head, 0)
		c.stop()
	})
}

func TestRoom_PresenceSaysWhoItReallyIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		token, pass := c.person(nil)
		a, b := c.open(token, true), c.writer()
		settle(time.Second)
		show(a, 7, 1, `{"cursor":{"at":"<3"},"user":{"name":"Somebody else"}}`)
		settle(time.Second)
		user, err := json.Marshal(map[string]string{"id": pass.User.String(), "name": pass.Name})
		if err != nil {
			t.Fatal(err)
		}
		want := []protocol.Client{{ID: 7, Clock: 1, State: []byte(`{"cursor":{"at":"<3"},"user":` + string(user) + `}`)}}
		if diff := cmp.Diff(b.presence.Present(), want); diff != "" {
			t.Error(diff)
		}

		// A stock client repeats what it heard, and drops whom it thinks lost: not for it to say.
		b.send(protocol.Awareness{Clients: want})
		show(b, 7, 9, `{"cursor":"forged"}`)
		b.send(protocol.Awareness{Clients: []protocol.Client{{ID: 7, Clock: 9}}})
		settle(time.Second)
		late := c.writer()
		settle(time.Second)
		if diff := cmp.Diff(late.presence.Present(), want); diff != "" {
			t.Error(diff)
		}
		expect(t, "farewell", b.bye(), 0)

		a.socket.hangUp()
		settle(time.Second)
		expect(t, "present", len(b.presence.Present()), 0)
		c.stop()
	})
}

func TestRoom_ManyClientIDsAreTooMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a := c.writer()
		settle(time.Second)
		for id := range uint64(clientsPerConn + 1) {
			show(a, id, 1, "{}")
		}
		settle(time.Second)
		expect(t, "farewell", a.bye(), byeTooFast.code)
		c.stop()
	})
}

func TestRoom_AskingAgainAndAgainIsTooFast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a := c.writer()
		for range 2 * asksAtOnce {
			settle(time.Second)
			a.send(protocol.SyncStep1{Vector: []byte{0}})
		}
		settle(time.Second)
		expect(t, "farewell of who asks every second", a.bye(), 0)
		for range 2 * asksAtOnce {
			a.send(protocol.SyncStep1{Vector: []byte{0}})
		}
		settle(time.Second)
		expect(t, "farewell", a.bye(), byeTooFast.code)
		c.stop()
	})
}

func show(cl *client, id, clock uint64, state string) {
	cl.send(protocol.Awareness{Clients: []protocol.Client{{ID: id, Clock: clock, State: []byte(state)}}})
}

package ws

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

func TestOwners_OnePersonHasSoManyClientIDsAndNoMore(t *testing.T) {
	conversation, greedy := uuid.New(), uuid.New()
	o := newOwners(newMemoryLog(conversation), conversation)
	for id := range uint64(clientsPerUser) {
		if err := o.learn(t.Context(), id, greedy, false); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.learn(t.Context(), clientsPerUser, greedy, false); !errors.Is(err, errManyClients) {
		t.Errorf("one more: %v", err)
	}
	other := uuid.New()
	if err := o.learn(t.Context(), clientsPerUser+1, other, false); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	if _, known := o.known(clientsPerUser); known {
		t.Error("the one too many has an owner")
	}
}

// The reader of a conn asks for every owner before the room looks: this is what stands when it does not.
func TestRoom_AClientWhoseOwnerIsNotKnownIsForeign(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		_, pass := c.person(nil)
		c.writer()
		settle(time.Second)
		r := c.hub.rooms[c.conversation]
		doc := crdt.New(crdt.Options{ClientID: 7})
		if err := insert("x")(doc); err != nil {
			t.Fatal(err)
		}
		changes, err := r.doc().Inspect(doc.Encode(nil))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(crdt.StateVector{7: 0}, r.foreign(pass.User, changes)); diff != "" {
			t.Error(diff)
		}
		if err := r.owners.learn(t.Context(), 7, pass.User, false); err != nil {
			t.Fatal(err)
		}
		expect(t, "foreign to its owner", len(r.foreign(pass.User, changes)), 0)
		expect(t, "foreign to somebody else", len(r.foreign(uuid.New(), changes)), 1)
		c.stop()
	})
}

func TestRoom_WhoseAClientIsIsOnDiskBeforeItsFirstRow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		token, pass := c.person(nil)
		a := c.open(token, true)
		settle(time.Second)
		resume := c.log.block(&c.log.appending)
		a.write("mine")
		settle(time.Second)
		owner, err := c.log.Owner(t.Context(), c.conversation, a.doc.ClientID())
		if err != nil || owner != pass.User {
			t.Errorf("owner %v, %v, want the writer", owner, err)
		}
		expect(t, "rows", c.log.get(c.conversation).Head, 0)
		resume()
		c.stop()
	})
}

// The table of owners is lost, and the words are there. Nobody's they are from then on, also not their author's:
// who wrote them goes on under another client id, as every page does that is opened.
func TestRoom_LostOwnersLeaveTheirWordsToNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		author, thief := c.writer(), c.writer()
		settle(time.Second)
		author.write("written. ")
		settle(time.Second)
		c.stop()
		c.log.owners = make(map[clientKey]uuid.UUID)
		c.start(Options{})

		author.connect()
		thief.connect()
		settle(time.Second)
		thief.send(protocol.Update{Update: forge(t, author.doc, "stolen. ")})
		show(thief, author.doc.ClientID(), 1, "{}")
		settle(time.Second)
		expect(t, "refused to the thief", len(thief.refused), 1)
		expect(t, "present", len(author.presence.Present()), 0)
		author.write("lost. ")
		settle(time.Second)
		expect(t, "refused to the author", len(author.refused), 1)

		author.socket.hangUp()
		author.renew() // as the page does that keeps a draft
		author.connect()
		settle(time.Second)
		author.write("written anew.")
		settle(time.Second)
		expect(t, "all saved", author.allSaved(), true)
		expect(t, "stored", c.stored().Text("text").String(), "written. written anew.")
		owner, err := c.log.Owner(t.Context(), c.conversation, author.doc.ClientID())
		if err != nil || owner == uuid.Nil {
			t.Errorf("owner of the new client %v, %v", owner, err)
		}
		c.stop()
	})
}

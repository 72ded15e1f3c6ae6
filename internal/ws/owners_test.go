package ws

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"grimoire/internal/crdt"
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

package ws

import (
	"errors"
	"testing"

	"github.com/google/uuid"
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

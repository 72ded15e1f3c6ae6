package ws

import (
	"context"
	"sync"

	"github.com/google/uuid"
)

// owners knows whose each Yjs client id of a conversation is. The first user who shows an id, as
// presence or in an update, owns it for good; the log keeps it, and this remembers what the log
// said.
type owners struct {
	log          Log
	conversation uuid.UUID

	mu   sync.Mutex
	of   map[uint64]uuid.UUID
	have map[uuid.UUID]int // client ids in of, by owner
}

// clientsPerUser bounds the client ids that one person may have shown since the room was loaded.
// Each takes a row of the log for good. Every page that is opened has a new one.
const clientsPerUser = 1000

func newOwners(log Log, conversation uuid.UUID) *owners {
	return &owners{log: log, conversation: conversation, of: make(map[uint64]uuid.UUID), have: make(map[uuid.UUID]int)}
}

// known returns the owner of a client id if the log was asked before.
func (o *owners) known(client uint64) (uuid.UUID, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	owner, ok := o.of[client]
	return owner, ok
}

// learn asks the log whose the client id is, and remembers the answer. One that is free becomes
// user's, unless the Doc has content of it: that is the server's own, or older than the table.
// errManyClients if user has too many already.
func (o *owners) learn(ctx context.Context, client uint64, user uuid.UUID, taken bool) error {
	if o.count(user) >= clientsPerUser {
		return errManyClients
	}
	type answer struct {
		owner uuid.UUID
		err   error
	}
	answers := make(chan answer, 1)
	go func() { // a database wants a deep stack, which the reader of a conn would keep for good
		var a answer
		if taken {
			a.owner, a.err = o.log.Owner(ctx, o.conversation, client)
		} else {
			a.owner, a.err = o.log.Bind(ctx, o.conversation, client, user)
		}
		answers <- a
	}()
	a := <-answers
	if a.err != nil {
		return a.err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, ok := o.of[client]; !ok {
		o.have[a.owner]++
	}
	o.of[client] = a.owner
	return nil
}

func (o *owners) count(user uuid.UUID) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.have[user]
}

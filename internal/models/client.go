package models

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// crdtClient says who owns a Yjs client id in a conversation.
type crdtClient struct {
	bun.BaseModel  `bun:"table:crdt_clients,alias:client"`
	ConversationID uuid.UUID `bun:",pk,type:uuid"`
	ClientID       int64     `bun:",pk"`
	UserID         uuid.UUID `bun:",notnull,type:uuid"`
}

// bindPause is for how long those gather who are bound in one transaction: a class that begins to write shows
// hundreds of new ids, and each transaction waits for the disk.
const bindPause = 5 * time.Millisecond

// binding is a Yjs client id of a conversation that is to be a user's.
type binding struct {
	conversation uuid.UUID
	client       int64
	user         uuid.UUID

	done  chan struct{} // closed when the answer is there, which is
	owner uuid.UUID
	err   error
}

// binder gathers bindings.
type binder struct {
	mu   sync.Mutex
	next []*binding // of the next transaction
}

// Bind gives a Yjs client id of the conversation to user, unless somebody has it already, and returns who has
// it now. ErrNotFound: there is no such conversation or user. If ctx ends first, it may have been given all the same.
func (l *UpdateLog) Bind(ctx context.Context, conversation uuid.UUID, client uint64, user uuid.UUID) (uuid.UUID, error) {
	b := &binding{conversation: conversation, client: int64(client), user: user, done: make(chan struct{})}
	l.binder.mu.Lock()
	l.binder.next = append(l.binder.next, b)
	if len(l.binder.next) == 1 {
		time.AfterFunc(bindPause, l.bindNext)
	}
	l.binder.mu.Unlock()

	var err error
	select {
	case <-b.done:
		err = b.err
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("bind client %d of %s: %w", client, conversation, err)
	}
	return b.owner, nil
}

// bindNext answers those who have gathered. One that can never be bound fails alone.
func (l *UpdateLog) bindNext() {
	l.binder.mu.Lock()
	all := l.binder.next
	l.binder.next = nil
	l.binder.mu.Unlock()
	// All who bind write rows in the same order, so that none waits for another in a circle.
	slices.SortStableFunc(all, func(a, b *binding) int {
		return cmp.Or(bytes.Compare(a.conversation[:], b.conversation[:]), cmp.Compare(a.client, b.client))
	})

	err := l.bind(all)
	for i, b := range all {
		if b.err = err; rejected(err) && len(all) > 1 {
			b.err = l.bind(all[i : i+1])
		}
		close(b.done)
	}
}

// bind finds the owners in one transaction.
func (l *UpdateLog) bind(all []*binding) error {
	return translate(l.db.appending(context.Background(), func(tx appendTx) (err error) {
		for _, b := range all {
			if b.owner, err = tx.bind(b.conversation, b.client, b.user); err != nil {
				return err
			}
		}
		return nil
	}))
}

// Owner returns who has a Yjs client id of the conversation, uuid.Nil if nobody has.
func (l *UpdateLog) Owner(ctx context.Context, conversation uuid.UUID, client uint64) (uuid.UUID, error) {
	owner, err := clientOwner(ctx, l.db.Read, conversation, client)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return uuid.Nil, fmt.Errorf("owner of client %d of %s: %w", client, conversation, err)
	}
	return owner, nil
}

func clientOwner(ctx context.Context, db bun.IDB, conversation uuid.UUID, client uint64) (owner uuid.UUID, err error) {
	err = db.NewSelect().Model((*crdtClient)(nil)).
		Column("user_id").
		Where("?TableAlias.conversation_id = ?", conversation).
		Where("?TableAlias.client_id = ?", int64(client)).
		Scan(ctx, &owner)
	return owner, translate(err)
}

package models

import (
	"context"
	"errors"
	"fmt"

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

// Bind gives a Yjs client id of the conversation to user, unless somebody has it already, and returns who has
// it now. ErrNotFound: there is no such conversation or user.
func (l *UpdateLog) Bind(ctx context.Context, conversation uuid.UUID, client uint64, user uuid.UUID) (uuid.UUID, error) {
	owner, err := clientOwner(ctx, l.db.Read, conversation, client)
	if errors.Is(err, ErrNotFound) {
		owner, err = bindClient(ctx, l.db.Write, conversation, client, user)
	}
	if err != nil {
		return owner, fmt.Errorf("bind client %d of %s: %w", client, conversation, err)
	}
	return owner, nil
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

// bindClient inserts the row or reads the one that is there. For that its update changes nothing: a statement
// returns only rows that it has touched.
func bindClient(ctx context.Context, db bun.IDB, conversation uuid.UUID, client uint64, user uuid.UUID) (owner uuid.UUID, err error) {
	_, err = db.NewInsert().
		Model(&crdtClient{ConversationID: conversation, ClientID: int64(client), UserID: user}).
		On("CONFLICT (conversation_id, client_id) DO UPDATE").
		Set("client_id = EXCLUDED.client_id").
		Returning("user_id").
		Exec(ctx, &owner)
	return owner, translate(err)
}

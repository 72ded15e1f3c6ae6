package classroom

import (
	"context"

	"github.com/google/uuid"

	"grimoire/internal/auth"
	"grimoire/internal/crdt"
)

// A Pass is what somebody may do in the room of one conversation, until the
// rights in its class move.
type Pass struct {
	User    uuid.UUID
	Session uuid.UUID
	Class   uuid.UUID
	Name    string
	Write   bool // anything at all
	// Refuse returns why an update may not be applied to doc, or nil. It is nil
	// itself for whoever may write everything.
	Refuse func(doc *crdt.Doc, update []byte) error
}

// Enter returns the pass of a session token into a conversation. It refuses
// with Unauthenticated, or with NotFound for what the person may not see.
func (c *Classroom) Enter(ctx context.Context, token auth.Token, conversation uuid.UUID) (Pass, error) {
	actor, err := c.Authenticate(ctx, token)
	if err != nil {
		return Pass{}, err
	}
	row, resource, err := c.findConversation(ctx, c.db.Read, actor, auth.See, conversation)
	if err != nil {
		return Pass{}, err
	}
	if err := c.noteReveal(ctx, actor, row, resource); err != nil {
		return Pass{}, err
	}
	return Pass{
		User:    actor.UserID,
		Session: actor.SessionID,
		Class:   row.ClassID,
		Name:    actor.Name,
		Write:   auth.Can(actor, auth.Annotate, resource) || auth.Can(actor, auth.EditText, resource),
	}, nil
}

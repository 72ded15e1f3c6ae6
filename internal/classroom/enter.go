package classroom

import (
	"context"

	"github.com/google/uuid"

	"grimoire/internal/annotation"
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
	// Refuse returns why an update may not be applied to doc, or nil.
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
	guard := guardOf(actor, resource)
	return Pass{
		User:    actor.UserID,
		Session: actor.SessionID,
		Class:   row.ClassID,
		Name:    actor.Name,
		Write:   guard.Annotate || guard.Edit,
		Refuse:  guard.Refuse,
	}, nil
}

// guardOf translates what the actor may do to a conversation into what may be
// written into its Doc.
func guardOf(actor auth.Actor, r auth.Resource) annotation.Guard {
	own := r
	own.AuthorID = actor.UserID
	return annotation.Guard{
		User:       actor.UserID.String(),
		Edit:       auth.Can(actor, auth.EditText, r),
		Annotate:   auth.Can(actor, auth.Annotate, r),
		AddTags:    auth.Can(actor, auth.AddTags, r),
		LockedTags: auth.Can(actor, auth.ChangeLockedTags, r),
		RemoveAny:  auth.Can(actor, auth.RemoveHighlight, r),
		DeleteAny:  auth.Can(actor, auth.DeleteComment, r),
		Respond:    auth.Can(actor, auth.Respond, own),
	}
}

package classroom

import (
	"context"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/annotation"
	"grimoire/internal/auth"
	"grimoire/internal/crdt"
	"grimoire/internal/models"
)

// A Pass is what somebody may do in the room of one conversation, until the
// rights in its class move.
type Pass struct {
	User    uuid.UUID
	Session uuid.UUID
	Class   uuid.UUID
	Epoch   int64     // of the rights in the class; they are no older than this
	Until   time.Time // when the session expires, unless it is used meanwhile
	Name    string
	Write   bool // anything at all
	// Refuse returns why what an update would do to doc may not be done, or nil.
	Refuse func(doc *crdt.Doc, changes *crdt.Inspection) error
	// SignedByOthers returns the clients under which an update is signed with the name of somebody else.
	SignedByOthers func(doc *crdt.Doc, changes *crdt.Inspection) map[uint64]bool

	// What the page shows: the same that the API says of the conversation.
	Role   models.Role
	Rights models.ConversationRights
	Frozen bool
	Reason string // why not more may be changed, in a sentence; "" if nothing but the role is in the way
}

// Enter returns the pass of a session token into a conversation. It refuses
// with Unauthenticated, or with NotFound for what the person may not see. It
// does not renew the session: an open tab is not use.
func (c *Classroom) Enter(ctx context.Context, token auth.Token, conversation uuid.UUID) (Pass, error) {
	actor, session, err := c.identify(ctx, token)
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
		Epoch:   row.Class.PolicyEpoch, // read before the role
		Until:   session.ExpiresAt,
		Name:    actor.Name,
		Write:   guard.Annotate || guard.Edit,
		Refuse:  guard.Refuse,

		SignedByOthers: guard.SignedByOthers,

		Role:   resource.Role,
		Rights: rightsOf(actor, resource),
		Frozen: resource.Frozen,
		Reason: hindrance(resource),
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

package classroom

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"grimoire/internal/auth"
	"grimoire/internal/models"
)

// A Ticket is what somebody comes with: the token of an invite link, or
// the short code of a class.
type Ticket struct {
	Token string `json:"token,omitempty" maxLength:"200" doc:"From an invite link"`
	Code  string `json:"code,omitempty" maxLength:"20" doc:"A short code, as typed"`
}

// A Look is what the holder of a ticket is told before joining.
type Look struct {
	ClassName         string      `json:"class_name"`
	Teacher           string      `json:"teacher"`
	Role              models.Role `json:"role" enum:"instructor,tutor,student,viewer"`
	ConversationTitle *string     `json:"conversation_title" doc:"What the link opens; null for the class"`
	VisibleNote       string      `json:"visible_note" doc:"Who will see what one writes, in a sentence"`
}

// An admission is what a ticket entitles to.
type admission struct {
	class  *models.Class
	invite *models.Invite // nil when a short code opened it
	role   models.Role
}

// LookAtInvite returns what a ticket leads to. It uses nothing up.
func (c *Classroom) LookAtInvite(ctx context.Context, t Ticket, from Device) (Look, error) {
	a, err := c.findAdmission(ctx, c.db.Read, t, from)
	if err != nil {
		return Look{}, err
	}
	teacher, err := models.GetUser(ctx, c.db.Read, a.class.OwnerID)
	if err != nil {
		return Look{}, err
	}
	conversation, err := c.conversationOf(ctx, c.db.Read, a)
	if err != nil {
		return Look{}, err
	}
	look := Look{ClassName: a.class.Name, Teacher: teacher.DisplayName, Role: a.role, VisibleNote: visibleNote(a)}
	if conversation != nil {
		look.ConversationTitle = &conversation.Title
	}
	return look, nil
}

func visibleNote(a admission) string {
	if a.role == models.RoleViewer {
		return "You can read along; you will not write here."
	}
	return "Your notes are visible to the class."
}

// findAdmission returns what a ticket entitles to, or why to nothing. With Gone it
// returns what the ticket once was for, too.
func (c *Classroom) findAdmission(ctx context.Context, db bun.IDB, t Ticket, from Device) (admission, error) {
	var a admission
	var err error
	switch {
	case t.Token != "":
		a, err = c.findInvite(ctx, db, auth.Token(t.Token))
	case t.Code != "":
		a, err = c.findCode(ctx, db, t.Code, from)
	default:
		return admission{}, invalid("token", "An invite link or a code is needed.")
	}
	if err == nil && a.class.ArchivedAt != nil {
		return a, &Error{Code: Gone, Reason: "class_archived", Message: "This class has ended and takes nobody in any more."}
	}
	return a, err
}

func (c *Classroom) findInvite(ctx context.Context, db bun.IDB, token auth.Token) (admission, error) {
	invite, err := models.GetInviteByToken(ctx, db, token.Hash())
	if errors.Is(err, models.ErrNotFound) {
		return admission{}, unknownInvite("This invite link is not complete, or it was never made. Ask your teacher for it again.", err)
	}
	if err != nil {
		return admission{}, err
	}
	class, err := models.GetClass(ctx, db, invite.ClassID)
	if err != nil {
		return admission{}, err
	}
	a := admission{class, invite, invite.Role}
	if state := invite.State(c.now()); state != models.InviteOpen {
		return a, closed(state, invite)
	}
	return a, nil
}

func (c *Classroom) findCode(ctx context.Context, db bun.IDB, code string, from Device) (admission, error) {
	right, err := c.limits.guess(from.Address)
	if err != nil {
		return admission{}, err
	}
	class, err := models.GetClassByCode(ctx, db, normalCode(code))
	if errors.Is(err, models.ErrNotFound) {
		return admission{}, unknownInvite("No class has this code. Look at it again, or ask your teacher: codes last for a day at school.", err)
	}
	if err != nil {
		return admission{}, err
	}
	right()
	a := admission{class, nil, models.RoleStudent}
	if openCode(class, c.now()).Code == "" {
		return a, &Error{Code: Gone, Reason: "invite_expired", Message: "This code has expired. Ask your teacher for a new one."}
	}
	return a, nil
}

func unknownInvite(message string, err error) error {
	return &Error{Code: NotFound, Reason: "invite_unknown", Message: message, Err: err}
}

// closed says why an invite lets nobody in.
func closed(state models.InviteState, invite *models.Invite) error {
	const ask = " Ask your teacher for a new one."
	message := map[models.InviteState]string{
		models.InviteExpired: "This invite has expired.",
		models.InviteRevoked: "This invite was taken back.",
		models.InviteUsedUp:  fmt.Sprintf("This invite has been used up: it was for %d.", invite.MaxUses),
	}[state]
	return &Error{Code: Gone, Reason: "invite_" + string(state), Message: message + ask}
}

// conversationOf returns the conversation that an invite is to, or nil for the class:
// also when that was deleted or hidden since.
func (c *Classroom) conversationOf(ctx context.Context, db bun.IDB, a admission) (*models.Conversation, error) {
	if a.invite == nil || a.invite.ConversationID == nil {
		return nil, nil
	}
	conversation, err := models.GetConversation(ctx, db, *a.invite.ConversationID)
	if errors.Is(err, models.ErrNotFound) || err == nil && conversation.Visibility != models.VisibilityClass {
		return nil, nil
	}
	return conversation, err
}

// useInvite counts one use. Of many who come at once through the last place of
// an invite, one gets it.
func (c *Classroom) useInvite(ctx context.Context, tx bun.Tx, a admission) error {
	if a.invite == nil {
		return nil
	}
	err := models.UseInvite(ctx, tx, a.invite.ID, c.now())
	if !errors.Is(err, models.ErrConflict) {
		return err
	}
	now, err := models.GetInvite(ctx, tx, a.invite.ID)
	if err != nil {
		return err
	}
	return closed(now.State(c.now()), now) // it was open a moment ago
}

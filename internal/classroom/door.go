package classroom

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"grimoire/internal/auth"
	"grimoire/internal/models"
)

// A Ticket is what somebody holds at the door: the token of an invite link, or
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

// A door is what a valid ticket opens.
type door struct {
	class  *models.Class
	invite *models.Invite // nil when a short code opened it
	role   models.Role
}

// LookAtInvite returns what a ticket leads to. It uses nothing up.
func (c *Classroom) LookAtInvite(ctx context.Context, t Ticket, from Device) (Look, error) {
	d, err := c.findDoor(ctx, c.db.Read, t, from)
	if err != nil {
		return Look{}, err
	}
	teacher, err := models.GetUser(ctx, c.db.Read, d.class.OwnerID)
	if err != nil {
		return Look{}, err
	}
	conversation, err := c.behind(ctx, c.db.Read, d)
	if err != nil {
		return Look{}, err
	}
	look := Look{ClassName: d.class.Name, Teacher: teacher.DisplayName, Role: d.role, VisibleNote: visibleNote(d)}
	if conversation != nil {
		look.ConversationTitle = &conversation.Title
	}
	return look, nil
}

func visibleNote(d door) string {
	if d.role == models.RoleViewer {
		return "You can read along; you will not write here."
	}
	return "Your notes are visible to the class."
}

// findDoor returns what a ticket opens, or why it opens nothing. With Gone it
// returns the door too, which is closed.
func (c *Classroom) findDoor(ctx context.Context, db bun.IDB, t Ticket, from Device) (door, error) {
	var d door
	var err error
	switch {
	case t.Token != "":
		d, err = c.findInvite(ctx, db, auth.Token(t.Token))
	case t.Code != "":
		d, err = c.findCode(ctx, db, t.Code, from)
	default:
		return door{}, invalid("token", "An invite link or a code is needed.")
	}
	if err == nil && d.class.ArchivedAt != nil {
		return d, &Error{Code: Gone, Reason: "class_archived", Message: "This class has ended and takes nobody in any more."}
	}
	return d, err
}

func (c *Classroom) findInvite(ctx context.Context, db bun.IDB, token auth.Token) (door, error) {
	invite, err := models.GetInviteByToken(ctx, db, token.Hash())
	if errors.Is(err, models.ErrNotFound) {
		return door{}, unknownInvite("This invite link is not complete, or it was never made. Ask your teacher for it again.", err)
	}
	if err != nil {
		return door{}, err
	}
	class, err := models.GetClass(ctx, db, invite.ClassID)
	if err != nil {
		return door{}, err
	}
	d := door{class, invite, invite.Role}
	if state := invite.State(c.now()); state != models.InviteOpen {
		return d, closed(state, invite)
	}
	return d, nil
}

func (c *Classroom) findCode(ctx context.Context, db bun.IDB, code string, from Device) (door, error) {
	right, err := c.limits.guess(from.Address)
	if err != nil {
		return door{}, err
	}
	class, err := models.GetClassByCode(ctx, db, normalCode(code))
	if errors.Is(err, models.ErrNotFound) {
		return door{}, unknownInvite("No class has this code. Look at it again, or ask your teacher: codes last for a day at school.", err)
	}
	if err != nil {
		return door{}, err
	}
	right()
	d := door{class, nil, models.RoleStudent}
	if openCode(class, c.now()).Code == "" {
		return d, &Error{Code: Gone, Reason: "invite_expired", Message: "This code has expired. Ask your teacher for a new one."}
	}
	return d, nil
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

// behind returns the conversation that a door opens on, or nil for the class:
// also when it was deleted or hidden since.
func (c *Classroom) behind(ctx context.Context, db bun.IDB, d door) (*models.Conversation, error) {
	if d.invite == nil || d.invite.ConversationID == nil {
		return nil, nil
	}
	conversation, err := models.GetConversation(ctx, db, *d.invite.ConversationID)
	if errors.Is(err, models.ErrNotFound) || err == nil && conversation.Visibility != models.VisibilityClass {
		return nil, nil
	}
	return conversation, err
}

// useTicket counts one use. Of many who come at once through the last place of
// an invite, one gets it.
func (c *Classroom) useTicket(ctx context.Context, tx bun.Tx, d door) error {
	if d.invite == nil {
		return nil
	}
	err := models.UseInvite(ctx, tx, d.invite.ID, c.now())
	if !errors.Is(err, models.ErrConflict) {
		return err
	}
	now, err := models.GetInvite(ctx, tx, d.invite.ID)
	if err != nil {
		return err
	}
	return closed(now.State(c.now()), now) // it was open a moment ago
}

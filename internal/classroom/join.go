package classroom

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
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

// A JoinRequest lets somebody in. A name is needed unless one is signed in.
type JoinRequest struct {
	Ticket
	DisplayName    string `json:"display_name,omitempty" maxLength:"80"`
	SharedComputer bool   `json:"shared_computer,omitempty" doc:"The browser keeps nothing"`
}

// Joined says where somebody came in. Session and ReturnCode are set for a new
// guest only.
type Joined struct {
	ClassID        uuid.UUID
	ConversationID *uuid.UUID
	Me             models.UserRead
	Session        Session
	ReturnCode     auth.Token
}

// A ReturnRequest brings a guest back.
type ReturnRequest struct {
	Code           string `json:"code" minLength:"1" maxLength:"100" doc:"A return code, as typed"`
	SharedComputer bool   `json:"shared_computer,omitempty" doc:"The browser keeps nothing"`
}

// Returned says where a guest came back to.
type Returned struct {
	ClassID uuid.UUID
	Session Session
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

// Join lets the holder of a ticket into a class: a signed-in person as
// oneself, anybody else as a new guest. Somebody who is in the class already
// uses nothing up.
func (c *Classroom) Join(ctx context.Context, actor auth.Actor, r JoinRequest, from Device) (Joined, error) {
	var joined Joined
	enter := func(ctx context.Context, tx bun.Tx) error {
		d, err := c.findDoor(ctx, tx, r.Ticket, from)
		if err != nil {
			return err
		}
		if err := models.HoldClass(ctx, tx, d.class.ID); err != nil {
			return err
		}
		joined = Joined{ClassID: d.class.ID}
		if conversation, err := c.behind(ctx, tx, d); err != nil {
			return err
		} else if conversation != nil {
			joined.ConversationID = &conversation.ID
		}
		if actor.Nobody() {
			return c.joinAsGuest(ctx, tx, d, r, from, &joined)
		}
		return c.joinAsOneself(ctx, tx, d, actor, &joined)
	}
	if err := c.db.InTx(ctx, enter); err != nil {
		return Joined{}, err
	}
	c.rooms.Recheck(joined.ClassID)
	return joined, nil
}

func (c *Classroom) joinAsGuest(ctx context.Context, tx bun.Tx, d door, r JoinRequest, from Device, joined *Joined) error {
	name, err := cleanName("display_name", r.DisplayName, maxPersonName)
	if err != nil {
		return err
	}
	if err := c.checkNameFree(ctx, tx, d.class.ID, name); err != nil {
		return err
	}
	if joined.ReturnCode, err = newReturnCode(c.random); err != nil {
		return err
	}
	guest := &models.User{}
	guest.ID, guest.CreatedAt = models.NewID(), c.now()
	guest.DisplayName = name
	guest.LastSeenAt = &guest.CreatedAt
	if err := models.InsertUsers(ctx, tx, guest); err != nil {
		return err
	}
	place := c.enrol(d.class.ID, guest.ID, d.role)
	place.ReturnCodeHash = joined.ReturnCode.Hash()
	if err := c.walkIn(ctx, tx, d, place); err != nil {
		return err
	}
	if joined.Session, err = c.startSession(ctx, tx, guest, from, r.SharedComputer); err != nil {
		return err
	}
	joined.Me = joined.Session.Me
	return c.audit(ctx, tx, auth.Actor{UserID: guest.ID}, "join as guest", d.class.ID, guest.ID)
}

func (c *Classroom) joinAsOneself(ctx context.Context, tx bun.Tx, d door, actor auth.Actor, joined *Joined) error {
	place, err := models.GetEnrolment(ctx, tx, d.class.ID, actor.UserID)
	switch {
	case errors.Is(err, models.ErrNotFound):
		err = c.walkIn(ctx, tx, d, c.enrol(d.class.ID, actor.UserID, d.role))
	case err == nil && rank(d.role) > rank(place.Role):
		err = c.promote(ctx, tx, d, place)
	}
	if err != nil {
		return err
	}
	user, err := models.GetUser(ctx, tx, actor.UserID)
	if err != nil {
		return err
	}
	if joined.Me, err = c.readMe(ctx, tx, actor, user); err != nil {
		return err
	}
	return c.audit(ctx, tx, actor, "join", d.class.ID, actor.UserID)
}

// walkIn uses a ticket to take a place in the class.
func (c *Classroom) walkIn(ctx context.Context, tx bun.Tx, d door, place *models.Enrolment) error {
	if err := c.useTicket(ctx, tx, d); err != nil {
		return err
	}
	return models.InsertEnrolments(ctx, tx, place)
}

// promote uses a ticket of somebody who is in the class to give them a role
// that may do more.
func (c *Classroom) promote(ctx context.Context, tx bun.Tx, d door, place *models.Enrolment) error {
	if err := c.useTicket(ctx, tx, d); err != nil {
		return err
	}
	place.Role = d.role
	if err := models.UpdateEnrolment(ctx, tx, place, "role"); err != nil {
		return err
	}
	_, err := models.RaisePolicyEpoch(ctx, tx, d.class.ID)
	return err
}

// useTicket counts one use. Of many who come at once through the last place of
// an invite, one gets it.
func (c *Classroom) useTicket(ctx context.Context, tx bun.Tx, d door) error {
	if d.invite == nil {
		return nil
	}
	err := models.UseInvite(ctx, tx, d.invite.ID, c.now())
	if errors.Is(err, models.ErrConflict) {
		return closed(models.InviteUsedUp, d.invite)
	}
	return err
}

// rank orders the roles by what they may do.
func rank(r models.Role) int {
	return slices.Index([]models.Role{models.RoleViewer, models.RoleStudent, models.RoleTutor, models.RoleInstructor}, r)
}

// Return signs a guest in again.
func (c *Classroom) Return(ctx context.Context, r ReturnRequest, from Device) (Returned, error) {
	right, err := c.limits.guess(from.Address)
	if err != nil {
		return Returned{}, err
	}
	var returned Returned
	err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		place, err := models.GetEnrolmentByReturnCode(ctx, tx, normalReturnCode(r.Code).Hash())
		if errors.Is(err, models.ErrNotFound) || err == nil && place.User.DisabledAt != nil {
			return &Error{Code: NotFound, Reason: "return_code_unknown", Message: "Nobody has this return code. Look at it again, or join with the link of your class.", Err: err}
		}
		if err != nil {
			return err
		}
		returned.ClassID = place.ClassID
		if returned.Session, err = c.startSession(ctx, tx, place.User, from, r.SharedComputer); err != nil {
			return err
		}
		return c.audit(ctx, tx, auth.Actor{UserID: place.UserID}, "return", place.ClassID, place.UserID)
	})
	if err != nil {
		return Returned{}, err
	}
	right()
	return returned, nil
}

// findDoor returns what a ticket opens, or why it opens nothing.
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
		return door{}, &Error{Code: Gone, Reason: "class_archived", Message: "This class has ended and takes nobody in any more."}
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
	if state := invite.State(c.now()); state != models.InviteOpen {
		return door{}, closed(state, invite)
	}
	return door{class, invite, invite.Role}, nil
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
	if openCode(class, c.now()).Code == "" {
		return door{}, &Error{Code: Gone, Reason: "invite_expired", Message: "This code has expired. Ask your teacher for a new one."}
	}
	return door{class, nil, models.RoleStudent}, nil
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

// checkNameFree refuses a name that somebody in the class has. The caller holds
// the class.
func (c *Classroom) checkNameFree(ctx context.Context, tx bun.Tx, class uuid.UUID, name string) error {
	members, err := models.ListEnrolments(ctx, tx, class)
	if err != nil {
		return err
	}
	names := make([]string, 0, len(members))
	for _, m := range members {
		names = append(names, m.User.DisplayName)
	}
	return refuseTaken(name, names)
}

// refuseTaken refuses a name that is among others, and suggests one.
func refuseTaken(name string, others []string) error {
	taken := make(map[string]bool, len(others))
	for _, other := range others {
		taken[strings.ToLower(other)] = true
	}
	if !taken[strings.ToLower(name)] {
		return nil
	}
	suggestion := name
	for n := 2; taken[strings.ToLower(suggestion)]; n++ {
		suggestion = fmt.Sprintf("%s %d", name, n)
	}
	sentence := fmt.Sprintf("There is already a %s here. If that is you, use your return code. If not, %s is free.", name, suggestion)
	return &Error{Code: Conflict, Reason: "name_taken", Message: sentence, Suggestion: suggestion, Fields: []Field{{"display_name", sentence}}}
}

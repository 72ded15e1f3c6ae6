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

	rose bool // somebody in the class may do more than before
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

// Join lets the holder of a ticket into a class: a signed-in person as
// oneself, anybody else as a new guest. Somebody who is in the class already
// uses nothing up, and is let in by a ticket that is no longer good.
func (c *Classroom) Join(ctx context.Context, actor auth.Actor, r JoinRequest, from Device) (Joined, error) {
	var joined Joined
	err := c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		a, closed := c.findAdmission(ctx, tx, r.Ticket, from)
		if a.class == nil {
			return closed
		}
		if err := models.HoldClass(ctx, tx, a.class.ID); err != nil {
			return err
		}
		joined = Joined{ClassID: a.class.ID}
		conversation, err := c.conversationOf(ctx, tx, a)
		if err != nil {
			return err
		}
		if conversation != nil {
			joined.ConversationID = &conversation.ID
		}
		if actor.Nobody() {
			if closed != nil {
				return closed
			}
			return c.joinAsGuest(ctx, tx, a, r, from, &joined)
		}
		return c.joinAsOneself(ctx, tx, a, closed, actor, &joined)
	})
	if err != nil {
		return Joined{}, err
	}
	if joined.rose {
		c.rooms.Recheck(joined.ClassID)
	}
	return joined, nil
}

func (c *Classroom) joinAsGuest(ctx context.Context, tx bun.Tx, a admission, r JoinRequest, from Device, joined *Joined) error {
	name, err := cleanName("display_name", r.DisplayName, maxPersonName)
	if err != nil {
		return err
	}
	if err := c.checkNameFree(ctx, tx, a.class.ID, name); err != nil {
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
	enrolment := c.enrol(a.class.ID, guest.ID, a.role)
	enrolment.ReturnCodeHash = joined.ReturnCode.Hash()
	if err := c.enrolBy(ctx, tx, a, enrolment); err != nil {
		return err
	}
	if joined.Session, err = c.startSession(ctx, tx, guest, from, r.SharedComputer); err != nil {
		return err
	}
	joined.Me = joined.Session.Me
	return c.audit(ctx, tx, auth.Actor{UserID: guest.ID}, "join as guest", a.class.ID, guest.ID)
}

// joinAsOneself lets a signed-in person in; closed says why the ticket lets in
// nobody new, or is nil.
func (c *Classroom) joinAsOneself(ctx context.Context, tx bun.Tx, a admission, closed error, actor auth.Actor, joined *Joined) error {
	enrolment, err := models.GetEnrolment(ctx, tx, a.class.ID, actor.UserID)
	switch {
	case errors.Is(err, models.ErrNotFound) && closed != nil:
		return closed
	case errors.Is(err, models.ErrNotFound):
		err = c.enrolBy(ctx, tx, a, c.enrol(a.class.ID, actor.UserID, a.role))
	case err == nil && closed == nil && rank(a.role) > rank(enrolment.Role):
		joined.rose = true
		err = c.promote(ctx, tx, a, enrolment)
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
	return c.audit(ctx, tx, actor, "join", a.class.ID, actor.UserID)
}

// enrolBy uses a ticket up and enrols whoever holds it.
func (c *Classroom) enrolBy(ctx context.Context, tx bun.Tx, a admission, enrolment *models.Enrolment) error {
	if err := c.useInvite(ctx, tx, a); err != nil {
		return err
	}
	return models.InsertEnrolments(ctx, tx, enrolment)
}

// promote uses a ticket of somebody who is in the class to give them a role
// that may do more.
func (c *Classroom) promote(ctx context.Context, tx bun.Tx, a admission, enrolment *models.Enrolment) error {
	if err := c.useInvite(ctx, tx, a); err != nil {
		return err
	}
	enrolment.Role = a.role
	if err := models.UpdateEnrolment(ctx, tx, enrolment, "role"); err != nil {
		return err
	}
	_, err := models.RaisePolicyEpoch(ctx, tx, a.class.ID)
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
		enrolment, err := models.GetEnrolmentByReturnCode(ctx, tx, normalReturnCode(r.Code).Hash())
		if errors.Is(err, models.ErrNotFound) || err == nil && enrolment.User.DisabledAt != nil {
			return &Error{Code: NotFound, Reason: "return_code_unknown", Message: "Nobody has this return code. Look at it again, or join with the link of your class.", Err: err}
		}
		if err != nil {
			return err
		}
		returned.ClassID = enrolment.ClassID
		if returned.Session, err = c.startSession(ctx, tx, enrolment.User, from, r.SharedComputer); err != nil {
			return err
		}
		return c.audit(ctx, tx, auth.Actor{UserID: enrolment.UserID}, "return", enrolment.ClassID, enrolment.UserID)
	})
	if err != nil {
		return Returned{}, err
	}
	right()
	return returned, nil
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

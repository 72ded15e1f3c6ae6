package classroom

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"grimoire/internal/auth"
	"grimoire/internal/models"
)

// shortCodeLife bounds how long a code that can be guessed is worth guessing.
const shortCodeLife = 8 * time.Hour

// A NewInvite is an invite with what is shown once, and the class's short code
// to put beside it.
type NewInvite struct {
	Invite models.InviteRead
	Token  auth.Token
	Code   ShortCode
}

// A ShortCode lets students into a class until it expires. The zero value is
// none.
type ShortCode struct {
	Code      string
	ExpiresAt time.Time
}

// Spoken returns the code in two breaths, as in K7QM-2XR.
func (s ShortCode) Spoken() string {
	if len(s.Code) <= codeSplit {
		return s.Code
	}
	return s.Code[:codeSplit] + "-" + s.Code[codeSplit:]
}

// Invites returns the links of a class, the newest first, and its short code
// if one is open.
func (c *Classroom) Invites(ctx context.Context, actor auth.Actor, classID uuid.UUID) ([]models.InviteRead, ShortCode, error) {
	class, err := c.findClass(ctx, c.db.Read, actor, auth.InviteMembers, classID)
	if err != nil {
		return nil, ShortCode{}, err
	}
	rows, err := models.ListInvites(ctx, c.db.Read, classID)
	if err != nil {
		return nil, ShortCode{}, err
	}
	now := c.now()
	invites := make([]models.InviteRead, 0, len(rows))
	for _, row := range rows {
		invites = append(invites, row.Read(now))
	}
	return invites, openCode(class, now), nil
}

// CreateInvite makes a link into a class, and a short code if none is open.
func (c *Classroom) CreateInvite(ctx context.Context, actor auth.Actor, classID uuid.UUID, r models.InviteCreate) (NewInvite, error) {
	r = withDefaults(r)
	if err := checkInvite(r); err != nil {
		return NewInvite{}, err
	}
	token, err := auth.NewInviteToken(c.random)
	if err != nil {
		return NewInvite{}, err
	}
	now := c.now()
	row := &models.Invite{
		InviteFields: r.InviteFields,
		ClassID:      classID,
		TokenHash:    token.Hash(),
		ExpiresAt:    now.Add(time.Duration(r.ExpiresInHours) * time.Hour),
		CreatedBy:    actor.UserID,
	}
	row.ID, row.CreatedAt = models.NewID(), now
	made := NewInvite{Token: token, Invite: row.Read(now)}
	err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		class, err := c.holdClass(ctx, tx, actor, inviting(r.Role), classID)
		if err != nil {
			return err
		}
		if actor.Operator {
			row.CreatedBy = class.OwnerID
		}
		if err := c.checkInvited(ctx, tx, actor, classID, r.ConversationID); err != nil {
			return err
		}
		if err := models.InsertInvites(ctx, tx, row); err != nil {
			return err
		}
		if made.Code = openCode(class, now); made.Code.Code == "" {
			if made.Code, err = c.replaceCode(ctx, tx, class); err != nil {
				return err
			}
		}
		return c.audit(ctx, tx, actor, "create invite: "+string(r.Role), classID, row.ID)
	})
	return made, err
}

// withDefaults completes what a command line leaves out; over HTTP the shape
// has done so.
func withDefaults(r models.InviteCreate) models.InviteCreate {
	if r.Role == "" {
		r.Role = models.RoleStudent
	}
	if r.ExpiresInHours == 0 {
		r.ExpiresInHours = 7 * 24
	}
	if r.MaxUses == 0 {
		r.MaxUses = 200
	}
	return r
}

// Bounds of an invite, which the shape of the request has over HTTP.
const (
	maxInviteHours = 8760
	maxInviteUses  = 10_000
)

// checkInvite refuses what the shape refuses over HTTP.
func checkInvite(r models.InviteCreate) error {
	switch {
	case !slices.Contains([]models.Role{models.RoleInstructor, models.RoleTutor, models.RoleStudent, models.RoleViewer}, r.Role):
		return invalid("role", "A role is instructor, tutor, student or viewer.")
	case r.ExpiresInHours < 1 || r.ExpiresInHours > maxInviteHours:
		return invalid("expires_in_hours", "A link lets people in for 1 to 8760 hours, which is a year.")
	case r.MaxUses < 1 || r.MaxUses > maxInviteUses:
		return invalid("max_uses", "A link lets 1 to 10,000 people in.")
	}
	return nil
}

// inviting is the action of making, or of taking back, an invite for role.
func inviting(role models.Role) auth.Action {
	if role.Staff() {
		return auth.InviteStaff
	}
	return auth.InviteMembers
}

// checkInvited refuses an invite to a conversation that those who come could
// not see.
func (c *Classroom) checkInvited(ctx context.Context, db bun.IDB, actor auth.Actor, class uuid.UUID, conversation *uuid.UUID) error {
	if conversation == nil {
		return nil
	}
	row, _, err := c.findConversation(ctx, db, actor, auth.See, *conversation)
	switch {
	case err != nil:
		return err
	case row.ClassID != class:
		return fail(NotFound, noConversation, nil)
	case row.Visibility != models.VisibilityClass:
		return invalid("conversation_id", "Only some people may see this conversation. Show it to the class before you invite to it.")
	}
	return nil
}

// RevokeInvite makes a link useless. Whoever came in by it stays.
func (c *Classroom) RevokeInvite(ctx context.Context, actor auth.Actor, id uuid.UUID) error {
	return c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := models.GetInvite(ctx, tx, id)
		if err != nil {
			return missing(err, noInvite)
		}
		if _, err := c.findClass(ctx, tx, actor, inviting(row.Role), row.ClassID); err != nil {
			if errors.Is(err, &Error{Code: NotFound}) {
				return fail(NotFound, noInvite, err)
			}
			return err
		}
		if err := models.RevokeInvite(ctx, tx, id, c.now()); err != nil {
			return missing(err, noInvite)
		}
		return c.audit(ctx, tx, actor, "revoke invite", row.ClassID, id)
	})
}

// RotateCode gives a class a new short code. The earlier one opens nothing any
// more.
func (c *Classroom) RotateCode(ctx context.Context, actor auth.Actor, classID uuid.UUID) (ShortCode, error) {
	var code ShortCode
	err := c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		class, err := c.holdClass(ctx, tx, actor, auth.ManageClass, classID)
		if err != nil {
			return err
		}
		if code, err = c.replaceCode(ctx, tx, class); err != nil {
			return err
		}
		return c.audit(ctx, tx, actor, "rotate code", classID, classID)
	})
	return code, err
}

// replaceCode gives class a new short code. The caller holds the class.
func (c *Classroom) replaceCode(ctx context.Context, tx bun.Tx, class *models.Class) (ShortCode, error) {
	code, err := newShortCode(c.random)
	if err != nil {
		return ShortCode{}, err
	}
	expires := c.now().Add(shortCodeLife)
	class.InviteCode, class.Settings.InviteCodeExpiresAt = code, &expires
	err = models.UpdateClass(ctx, tx, class, "invite_code", "settings")
	if errors.Is(err, models.ErrConflict) {
		return ShortCode{}, fail(Conflict, "No short code could be made just now. Try again.", err)
	}
	return ShortCode{code, expires}, err
}

// openCode returns the short code of a class if it opens at now.
func openCode(class *models.Class, now time.Time) ShortCode {
	expires := class.Settings.InviteCodeExpiresAt
	if class.InviteCode == "" || expires == nil || !expires.After(now) {
		return ShortCode{}
	}
	return ShortCode{class.InviteCode, *expires}
}

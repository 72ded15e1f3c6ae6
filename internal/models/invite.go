package models

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// InviteFields is where a link leads and as what.
type InviteFields struct {
	Role           Role       `bun:",notnull,type:text" json:"role" required:"false" enum:"instructor,tutor,student,viewer" default:"student"`
	ConversationID *uuid.UUID `bun:",type:uuid" json:"conversation_id" required:"false" nullable:"true" format:"uuid" doc:"What the link opens; null for the class"`
	MaxUses        int        `bun:",notnull" json:"max_uses" required:"false" minimum:"1" maximum:"10000" default:"200"`
}

// Invite is a link into a class.
type Invite struct {
	bun.BaseModel `bun:"table:invites,alias:invite"`
	Identity
	InviteFields
	ClassID   uuid.UUID `bun:",notnull,type:uuid"`
	TokenHash string    `bun:",notnull,type:text"` // the token itself is in the link only
	ExpiresAt time.Time `bun:",notnull"`
	Uses      int       `bun:",notnull"`
	RevokedAt *time.Time
	CreatedBy uuid.UUID `bun:",notnull,type:uuid"`
}

// InviteState is whether a link opens, and if not, why.
type InviteState string

// The states. Revoked comes before used up, and that before expired.
const (
	InviteOpen    InviteState = "open"
	InviteRevoked InviteState = "revoked"
	InviteUsedUp  InviteState = "used_up"
	InviteExpired InviteState = "expired"
)

// State returns whether i opens at now.
func (i *Invite) State(now time.Time) InviteState {
	switch {
	case i.RevokedAt != nil:
		return InviteRevoked
	case i.Uses >= i.MaxUses:
		return InviteUsedUp
	case !now.Before(i.ExpiresAt):
		return InviteExpired
	}
	return InviteOpen
}

// InviteCreate makes a link.
type InviteCreate struct {
	InviteFields
	ExpiresInHours int `json:"expires_in_hours" required:"false" minimum:"1" maximum:"8760" default:"168"`
}

// InviteRead is a link as the staff of its class sees it. The link itself was shown once, when it was made.
type InviteRead struct {
	ID uuid.UUID `json:"id"`
	InviteFields
	ExpiresAt time.Time   `json:"expires_at"`
	Uses      int         `json:"uses"`
	RevokedAt *time.Time  `json:"revoked_at"`
	CreatedAt time.Time   `json:"created_at"`
	State     InviteState `json:"state" enum:"open,expired,revoked,used_up"`
}

// Read returns the shape of i at now.
func (i *Invite) Read(now time.Time) InviteRead {
	return InviteRead{
		ID: i.ID, InviteFields: i.InviteFields, ExpiresAt: i.ExpiresAt, Uses: i.Uses,
		RevokedAt: i.RevokedAt, CreatedAt: i.CreatedAt, State: i.State(now),
	}
}

// InsertInvites adds links.
func InsertInvites(ctx context.Context, db bun.IDB, invites ...*Invite) error {
	return insert(ctx, db, invites)
}

// GetInvite returns one link.
func GetInvite(ctx context.Context, db bun.IDB, id uuid.UUID) (*Invite, error) {
	i := new(Invite)
	err := db.NewSelect().Model(i).Where("?TableAlias.id = ?", id).Scan(ctx)
	return found(i, err)
}

// GetInviteByToken returns the link of a token, whatever its state.
func GetInviteByToken(ctx context.Context, db bun.IDB, tokenHash string) (*Invite, error) {
	i := new(Invite)
	err := db.NewSelect().Model(i).Where("?TableAlias.token_hash = ?", tokenHash).Scan(ctx)
	return found(i, err)
}

// ListInvites returns the links of a class, the newest first.
func ListInvites(ctx context.Context, db bun.IDB, class uuid.UUID) ([]*Invite, error) {
	var invites []*Invite
	err := db.NewSelect().Model(&invites).
		Where("?TableAlias.class_id = ?", class).
		OrderExpr("?TableAlias.created_at DESC, ?TableAlias.id DESC").
		Scan(ctx)
	return invites, translate(err)
}

// UseInvite counts one use of a link that is open at now. ErrConflict: it is not open, or not any more;
// of many who try at once no more get in than the link allows.
func UseInvite(ctx context.Context, db bun.IDB, id uuid.UUID, now time.Time) error {
	used, err := affected(db.NewUpdate().Model((*Invite)(nil)).
		Set("uses = uses + 1").
		Where("?TableAlias.id = ?", id).
		Where("?TableAlias.revoked_at IS NULL").
		Where("?TableAlias.expires_at > ?", Instant(now)).
		Where("?TableAlias.uses < ?TableAlias.max_uses").
		Exec(ctx))
	if err == nil && used == 0 {
		err = ErrConflict
	}
	return err
}

// RevokeInvite closes a link. One that was closed before keeps its moment.
func RevokeInvite(ctx context.Context, db bun.IDB, id uuid.UUID, now time.Time) error {
	return one(db.NewUpdate().Model((*Invite)(nil)).
		Set("revoked_at = COALESCE(?TableAlias.revoked_at, ?)", Instant(now)).
		Where("?TableAlias.id = ?", id).
		Exec(ctx))
}

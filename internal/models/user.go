package models

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// UserFields is what a person says about themselves.
type UserFields struct {
	DisplayName string  `bun:",notnull,type:text" json:"display_name" minLength:"1" maxLength:"80" doc:"The name that others see"`
	Email       *string `bun:",type:text" json:"email" required:"false" format:"email" maxLength:"254" doc:"Null for a guest"`
}

// User is a person: somebody with an account, or a guest of one class.
type User struct {
	bun.BaseModel `bun:"table:users,alias:user"`
	Identity
	UserFields
	PasswordHash string `bun:",nullzero,type:text"` // "" for whoever cannot sign in with a passphrase
	IsAdmin      bool   `bun:",notnull"`
	DisabledAt   *time.Time
	LastSeenAt   *time.Time
}

// Guest reports whether u has a name and nothing to sign in with.
func (u *User) Guest() bool { return u.Email == nil && u.PasswordHash == "" }

// UserUpdate changes what it gives of a person.
type UserUpdate struct {
	DisplayName Optional[string]  `json:"display_name,omitzero" minLength:"1" maxLength:"80" doc:"The name that others see"`
	Email       Optional[*string] `json:"email,omitzero" format:"email" maxLength:"254" doc:"Null takes it away"`
}

// Patch copies what was given into u and returns the columns to write.
func (c UserUpdate) Patch(u *User) []string {
	var p patch
	apply(&p, "display_name", &u.DisplayName, c.DisplayName)
	apply(&p, "email", &u.Email, c.Email)
	return p.columns
}

// UserRead is what people are shown about themselves.
type UserRead struct {
	ID uuid.UUID `json:"id"`
	UserFields
	IsAdmin          bool          `json:"is_admin"`
	Guest            bool          `json:"guest"`
	MayCreateClasses bool          `json:"may_create_classes"`
	Sessions         []SessionRead `json:"sessions,omitempty"`
}

// Read returns the shape of u. Whether they may create classes is for the caller to say.
func (u *User) Read() UserRead {
	return UserRead{ID: u.ID, UserFields: u.UserFields, IsAdmin: u.IsAdmin, Guest: u.Guest()}
}

// Person is what others are shown of somebody.
type Person struct {
	ID          uuid.UUID `json:"id"`
	DisplayName string    `json:"display_name"`
}

// Person returns what others are shown of u.
func (u *User) Person() Person { return Person{ID: u.ID, DisplayName: u.DisplayName} }

// asPerson loads of a related user what Person needs.
func asPerson(q *bun.SelectQuery) *bun.SelectQuery { return q.Column("id", "display_name") }

// FoldEmail returns the one spelling under which an address is kept and looked up.
func FoldEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

func (u *User) fold() {
	if u.Email != nil {
		folded := FoldEmail(*u.Email)
		u.Email = &folded
	}
}

// InsertUsers adds people. ErrConflict: an e-mail address is taken.
func InsertUsers(ctx context.Context, db bun.IDB, users ...*User) error {
	for _, u := range users {
		u.fold()
	}
	return insert(ctx, db, users)
}

// GetUser returns one person.
func GetUser(ctx context.Context, db bun.IDB, id uuid.UUID) (*User, error) {
	u := new(User)
	err := db.NewSelect().Model(u).Where("?TableAlias.id = ?", id).Scan(ctx)
	return found(u, err)
}

// GetUserByEmail returns the person with an address, however it is spelt.
func GetUserByEmail(ctx context.Context, db bun.IDB, email string) (*User, error) {
	u := new(User)
	err := db.NewSelect().Model(u).Where("?TableAlias.email = ?", FoldEmail(email)).Scan(ctx)
	return found(u, err)
}

// GetUserByName returns the only person of that display name who has a passphrase. ErrConflict: there are several.
func GetUserByName(ctx context.Context, db bun.IDB, name string) (*User, error) {
	var users []*User
	err := db.NewSelect().Model(&users).
		Where("?TableAlias.display_name = ?", name).
		Where("?TableAlias.password_hash IS NOT NULL").
		Limit(2).
		Scan(ctx)
	switch {
	case err != nil:
		return nil, translate(err)
	case len(users) == 0:
		return nil, ErrNotFound
	case len(users) > 1:
		return nil, ErrConflict
	}
	return users[0], nil
}

// ListUsers returns everybody, the oldest first.
func ListUsers(ctx context.Context, db bun.IDB) ([]*User, error) {
	var users []*User
	err := db.NewSelect().Model(&users).OrderExpr("?TableAlias.created_at, ?TableAlias.id").Scan(ctx)
	return users, translate(err)
}

// HasAdmin reports whether anybody administers the store.
func HasAdmin(ctx context.Context, db bun.IDB) (bool, error) {
	yes, err := db.NewSelect().Model((*User)(nil)).
		ColumnExpr("1").
		Where("?TableAlias.is_admin").
		Where("?TableAlias.disabled_at IS NULL").
		Exists(ctx)
	return yes, translate(err)
}

// UpdateUser writes the named columns of u; none is no change. ErrConflict: the e-mail address is taken.
func UpdateUser(ctx context.Context, db bun.IDB, u *User, columns ...string) error {
	u.fold()
	return update(ctx, db, u, columns)
}

// SawUser notes that somebody was here.
func SawUser(ctx context.Context, db bun.IDB, id uuid.UUID, at time.Time) error {
	return one(db.NewUpdate().Model((*User)(nil)).Set("last_seen_at = ?", Instant(at)).Where("?TableAlias.id = ?", id).Exec(ctx))
}

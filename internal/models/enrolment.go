package models

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// Role is what somebody is in a class. "" is no member.
type Role string

// The roles.
const (
	RoleInstructor Role = "instructor"
	RoleTutor      Role = "tutor"
	RoleStudent    Role = "student"
	RoleViewer     Role = "viewer"
)

// Staff reports whether r teaches.
func (r Role) Staff() bool { return r == RoleInstructor || r == RoleTutor }

// EnrolmentFields is how somebody is in a class.
type EnrolmentFields struct {
	Role    Role   `bun:",notnull,type:text" json:"role" enum:"instructor,tutor,student,viewer"`
	Section string `bun:",notnull,type:text" json:"section" maxLength:"80" doc:"A group within the class; may be empty"`
}

// Enrolment is somebody's place in a class.
type Enrolment struct {
	bun.BaseModel `bun:"table:enrolments,alias:enrolment"`
	Identity
	EnrolmentFields
	ClassID        uuid.UUID `bun:",notnull,type:uuid"`
	UserID         uuid.UUID `bun:",notnull,type:uuid"`
	ReturnCodeHash string    `bun:",nullzero,type:text"` // a guest's way back from another device

	User *User `bun:"rel:belongs-to,join:user_id=id"`
}

// EnrolmentUpdate changes what it gives of somebody's place in a class.
type EnrolmentUpdate struct {
	Role    Optional[Role]   `json:"role,omitzero" enum:"instructor,tutor,student,viewer"`
	Section Optional[string] `json:"section,omitzero" maxLength:"80" doc:"A group within the class; may be empty"`
}

// Patch copies what was given into e and returns the columns to write.
func (u EnrolmentUpdate) Patch(e *Enrolment) []string {
	var p patch
	apply(&p, "role", &e.Role, u.Role)
	apply(&p, "section", &e.Section, u.Section)
	return p.columns
}

// EnrolmentRead is a member of a class as the others see them.
type EnrolmentRead struct {
	UserID      uuid.UUID `json:"user_id"`
	DisplayName string    `json:"display_name"`
	EnrolmentFields
	JoinedAt   time.Time  `json:"joined_at"`
	LastSeenAt *time.Time `json:"last_seen_at"`
	Guest      bool       `json:"guest"`
}

// Read returns the shape of e, whose User is loaded.
func (e *Enrolment) Read() EnrolmentRead {
	return EnrolmentRead{
		UserID: e.UserID, DisplayName: e.User.DisplayName, EnrolmentFields: e.EnrolmentFields,
		JoinedAt: e.CreatedAt, LastSeenAt: e.User.LastSeenAt, Guest: e.User.Guest(),
	}
}

// InsertEnrolments adds people to classes. ErrConflict: somebody is in the class already, or a return code is taken.
func InsertEnrolments(ctx context.Context, db bun.IDB, enrolments ...*Enrolment) error {
	return insert(ctx, db, enrolments)
}

// GetEnrolment returns somebody's place in a class, with its User.
func GetEnrolment(ctx context.Context, db bun.IDB, class, user uuid.UUID) (*Enrolment, error) {
	e := new(Enrolment)
	err := db.NewSelect().Model(e).
		Relation("User").
		Where("?TableAlias.class_id = ?", class).
		Where("?TableAlias.user_id = ?", user).
		Scan(ctx)
	return found(e, err)
}

// GetEnrolmentByReturnCode returns the place that a return code leads back to, with its User.
func GetEnrolmentByReturnCode(ctx context.Context, db bun.IDB, codeHash string) (*Enrolment, error) {
	e := new(Enrolment)
	err := db.NewSelect().Model(e).Relation("User").Where("?TableAlias.return_code_hash = ?", codeHash).Scan(ctx)
	return found(e, err)
}

// ListEnrolments returns the members of a class with their Users: by display name.
func ListEnrolments(ctx context.Context, db bun.IDB, class uuid.UUID) ([]*Enrolment, error) {
	var enrolments []*Enrolment
	err := db.NewSelect().Model(&enrolments).
		Relation("User").
		Where("?TableAlias.class_id = ?", class).
		OrderExpr(`"user".display_name, ?TableAlias.id`).
		Scan(ctx)
	return enrolments, translate(err)
}

// ListClassmates returns everybody else who is in a class with the user.
func ListClassmates(ctx context.Context, db bun.IDB, user uuid.UUID) ([]*User, error) {
	var users []*User
	err := db.NewSelect().Model(&users).
		Where("?TableAlias.id <> ?", user).
		Where(`?TableAlias.id IN (SELECT other.user_id FROM enrolments AS other
			JOIN enrolments AS own ON own.class_id = other.class_id
			WHERE own.user_id = ?)`, user).
		OrderExpr("?TableAlias.display_name, ?TableAlias.id").
		Scan(ctx)
	return users, translate(err)
}

// HasRole reports whether somebody has the role in any class.
func HasRole(ctx context.Context, db bun.IDB, user uuid.UUID, role Role) (bool, error) {
	yes, err := db.NewSelect().Model((*Enrolment)(nil)).
		ColumnExpr("1").
		Where("?TableAlias.user_id = ?", user).
		Where("?TableAlias.role = ?", role).
		Exists(ctx)
	return yes, translate(err)
}

// UpdateEnrolment writes the named columns of e; none is no change. ErrConflict: the return code is taken.
func UpdateEnrolment(ctx context.Context, db bun.IDB, e *Enrolment, columns ...string) error {
	return update(ctx, db, e, columns)
}

// DeleteEnrolment takes somebody out of a class. What they wrote stays.
func DeleteEnrolment(ctx context.Context, db bun.IDB, class, user uuid.UUID) error {
	return one(db.NewDelete().Model((*Enrolment)(nil)).
		Where("?TableAlias.class_id = ?", class).
		Where("?TableAlias.user_id = ?", user).
		Exec(ctx))
}

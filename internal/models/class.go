package models

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// ClassFields is what a class is called.
type ClassFields struct {
	Name string `bun:",notnull,type:text" json:"name" minLength:"1" maxLength:"120" doc:"What the class is called"`
}

// WhoMayAddTags says who may add tags of their own to those of the class.
type WhoMayAddTags string

// The two answers.
const (
	EveryoneMayAddTags WhoMayAddTags = "everyone"
	StaffMayAddTags    WhoMayAddTags = "staff"
)

// ClassSettings is how a class works.
type ClassSettings struct {
	DefaultVisibility   Visibility    `json:"default_visibility" enum:"private,staff,class" doc:"Of a new conversation"`
	Anonymity           bool          `json:"anonymity" doc:"Members see pseudonyms of each other"`
	MembersMayEdit      bool          `json:"members_may_edit" doc:"Whoever sees a conversation of the class may edit its text"`
	WhoMayAddTags       WhoMayAddTags `json:"who_may_add_tags" enum:"everyone,staff"`
	OfflineAllowed      bool          `json:"offline_allowed" doc:"Browsers may keep whole conversations"`
	InviteCodeExpiresAt *time.Time    `json:"invite_code_expires_at" doc:"Until when the short code opens"`
}

// DefaultClassSettings are those of a new class.
func DefaultClassSettings() ClassSettings {
	return ClassSettings{DefaultVisibility: VisibilityClass, MembersMayEdit: true, WhoMayAddTags: EveryoneMayAddTags}
}

// Class is people who read conversations together.
type Class struct {
	bun.BaseModel `bun:"table:classes,alias:class"`
	Identity
	ClassFields
	OwnerID     uuid.UUID `bun:",notnull,type:uuid"`
	InviteCode  string    `bun:",nullzero,type:text"` // "" while no short code is open
	ArchivedAt  *time.Time
	Settings    ClassSettings `bun:",notnull,type:jsonb"`
	PolicyEpoch int64         `bun:",notnull"` // moves whenever somebody's rights in the class do

	// Loaded by ListClasses and GetClassFor.
	Staff         []*Enrolment `bun:"rel:has-many,join:id=class_id"`
	Role          Role         `bun:",scanonly"` // the asker's; "" for no member
	Members       int          `bun:",scanonly"`
	Conversations int          `bun:",scanonly"` // that the asker sees
}

// ClassCreate makes a class.
type ClassCreate struct{ ClassFields }

// ClassSettingsUpdate changes what it gives of a class's settings.
type ClassSettingsUpdate struct {
	DefaultVisibility Optional[Visibility]    `json:"default_visibility,omitzero" enum:"private,staff,class"`
	Anonymity         Optional[bool]          `json:"anonymity,omitzero"`
	MembersMayEdit    Optional[bool]          `json:"members_may_edit,omitzero"`
	WhoMayAddTags     Optional[WhoMayAddTags] `json:"who_may_add_tags,omitzero" enum:"everyone,staff"`
	OfflineAllowed    Optional[bool]          `json:"offline_allowed,omitzero"`
}

// ClassUpdate changes what it gives of a class.
type ClassUpdate struct {
	Name     Optional[string]    `json:"name,omitzero" minLength:"1" maxLength:"120" doc:"What the class is called"`
	Settings ClassSettingsUpdate `json:"settings,omitzero"`
	Archived Optional[bool]      `json:"archived,omitzero"`
}

// Patch copies what was given into c and returns the columns to write.
func (u ClassUpdate) Patch(c *Class, now time.Time) []string {
	var p, settings patch
	apply(&p, "name", &c.Name, u.Name)
	apply(&p, "archived_at", &c.ArchivedAt, since(u.Archived, c.ArchivedAt, now))
	apply(&settings, "settings", &c.Settings.DefaultVisibility, u.Settings.DefaultVisibility)
	apply(&settings, "settings", &c.Settings.Anonymity, u.Settings.Anonymity)
	apply(&settings, "settings", &c.Settings.MembersMayEdit, u.Settings.MembersMayEdit)
	apply(&settings, "settings", &c.Settings.WhoMayAddTags, u.Settings.WhoMayAddTags)
	apply(&settings, "settings", &c.Settings.OfflineAllowed, u.Settings.OfflineAllowed)
	if len(settings.columns) > 0 {
		p.columns = append(p.columns, "settings")
	}
	return p.columns
}

// ClassRead is a class as one of its members sees it.
type ClassRead struct {
	ID uuid.UUID `json:"id"`
	ClassFields
	OwnerID       uuid.UUID     `json:"owner_id"`
	Role          Role          `json:"role" doc:"The asker's; empty for no member"`
	Members       int           `json:"members"`
	Conversations int           `json:"conversations" doc:"How many of them the asker sees"`
	Staff         []Person      `json:"staff" nullable:"false"`
	Settings      ClassSettings `json:"settings"`
	ArchivedAt    *time.Time    `json:"archived_at"`
	CreatedAt     time.Time     `json:"created_at"`
}

// Read returns the shape of c, which ListClasses or GetClassFor has loaded.
func (c *Class) Read() ClassRead {
	staff := make([]Person, 0, len(c.Staff))
	for _, e := range c.Staff {
		staff = append(staff, e.User.Person())
	}
	return ClassRead{
		ID: c.ID, ClassFields: c.ClassFields, OwnerID: c.OwnerID, Role: c.Role,
		Members: c.Members, Conversations: c.Conversations, Staff: staff,
		Settings: c.Settings, ArchivedAt: c.ArchivedAt, CreatedAt: c.CreatedAt,
	}
}

// InsertClasses adds classes. ErrConflict: an invite code is taken.
func InsertClasses(ctx context.Context, db bun.IDB, classes ...*Class) error {
	return insert(ctx, db, classes)
}

// GetClass returns a class without its people.
func GetClass(ctx context.Context, db bun.IDB, id uuid.UUID) (*Class, error) {
	c := new(Class)
	err := db.NewSelect().Model(c).Where("?TableAlias.id = ?", id).Scan(ctx)
	return found(c, err)
}

// GetClassByCode returns the class of a short code, without its people. Whether the code
// still opens is in its settings.
func GetClassByCode(ctx context.Context, db bun.IDB, code string) (*Class, error) {
	c := new(Class)
	err := db.NewSelect().Model(c).Where("?TableAlias.invite_code = ?", code).Scan(ctx)
	return found(c, err)
}

// GetClassFor returns a class with its staff, and with the role and the counts that asker sees.
func GetClassFor(ctx context.Context, db bun.IDB, id, asker uuid.UUID) (*Class, error) {
	c := new(Class)
	err := classesFor(db, c, asker).Where("?TableAlias.id = ?", id).Scan(ctx)
	return found(c, err)
}

// ListClasses returns the classes that somebody is in, the newest first, each as GetClassFor does.
func ListClasses(ctx context.Context, db bun.IDB, member uuid.UUID) ([]*Class, error) {
	var classes []*Class
	err := classesFor(db, &classes, member).
		Where("?TableAlias.id IN (SELECT class_id FROM enrolments WHERE user_id = ?)", member).
		OrderExpr("?TableAlias.created_at DESC, ?TableAlias.id DESC").
		Scan(ctx)
	return classes, translate(err)
}

// ListAllClasses returns every class, the newest first, each as GetClassFor does.
func ListAllClasses(ctx context.Context, db bun.IDB, asker uuid.UUID) ([]*Class, error) {
	var classes []*Class
	err := classesFor(db, &classes, asker).OrderExpr("?TableAlias.created_at DESC, ?TableAlias.id DESC").Scan(ctx)
	return classes, translate(err)
}

func classesFor(db bun.IDB, model any, asker uuid.UUID) *bun.SelectQuery {
	return db.NewSelect().Model(model).
		ColumnExpr("?TableColumns").
		ColumnExpr("asker.role AS role").
		ColumnExpr("(SELECT COUNT(*) FROM enrolments AS e WHERE e.class_id = ?TableAlias.id) AS members").
		ColumnExpr(`(SELECT COUNT(*) FROM conversations AS c
			WHERE c.class_id = ?TableAlias.id AND c.deleted_at IS NULL AND (
				c.owner_id = ? OR c.visibility = 'class'
				OR c.visibility = 'staff' AND asker.role IN ('instructor', 'tutor'))) AS conversations`, asker).
		Join("LEFT JOIN enrolments AS asker ON asker.class_id = ?TableAlias.id AND asker.user_id = ?", asker).
		Relation("Staff", func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Relation("User", asPerson).
				Where("?TableAlias.role IN ('instructor', 'tutor')").
				OrderExpr("?TableAlias.created_at, ?TableAlias.id")
		})
}

// UpdateClass writes the named columns of c; none is no change. ErrConflict: the invite code is taken.
func UpdateClass(ctx context.Context, db bun.IDB, c *Class, columns ...string) error {
	return update(ctx, db, c, columns)
}

// RaisePolicyEpoch notes that somebody's rights in the class have moved, and returns the new epoch. Within a
// transaction it also holds the class: others who raise it wait for the end.
func RaisePolicyEpoch(ctx context.Context, db bun.IDB, class uuid.UUID) (int64, error) {
	return movePolicyEpoch(ctx, db, class, 1)
}

// HoldClass makes others who hold the class wait for the end of the transaction, so that what one has read of
// its members still holds when one adds another.
func HoldClass(ctx context.Context, tx bun.Tx, class uuid.UUID) error {
	_, err := movePolicyEpoch(ctx, tx, class, 0)
	return err
}

func movePolicyEpoch(ctx context.Context, db bun.IDB, class uuid.UUID, by int) (int64, error) {
	var epoch int64
	err := db.NewUpdate().Model((*Class)(nil)).
		Set("policy_epoch = policy_epoch + ?", by).
		Where("?TableAlias.id = ?", class).
		Returning("policy_epoch").
		Scan(ctx, &epoch)
	return epoch, translate(err)
}

// PolicyEpochs returns the epoch of each of the classes that is there.
func PolicyEpochs(ctx context.Context, db bun.IDB, classes []uuid.UUID) (map[uuid.UUID]int64, error) {
	var rows []*Class
	err := db.NewSelect().Model(&rows).
		Column("id", "policy_epoch").
		Where("?TableAlias.id IN (?)", bun.List(classes)).
		Scan(ctx)
	epochs := make(map[uuid.UUID]int64, len(rows))
	for _, row := range rows {
		epochs[row.ID] = row.PolicyEpoch
	}
	return epochs, translate(err)
}

// since translates a yes or no of a request into the moment that the row keeps. What already holds keeps its moment.
func since(sent Optional[bool], before *time.Time, now time.Time) Optional[*time.Time] {
	if !sent.Given {
		return Optional[*time.Time]{}
	}
	if !sent.Value {
		return Some[*time.Time](nil)
	}
	if before != nil {
		return Some(before)
	}
	at := Instant(now)
	return Some(&at)
}

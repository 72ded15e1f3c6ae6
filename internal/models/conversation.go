package models

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// Visibility is who sees a conversation beside its owner.
type Visibility string

// The visibilities, from the narrowest.
const (
	VisibilityPrivate Visibility = "private"
	VisibilityStaff   Visibility = "staff"
	VisibilityClass   Visibility = "class"
)

// ConversationFields is what is said about a conversation.
type ConversationFields struct {
	Title      string     `bun:",notnull,type:text" json:"title" minLength:"1" maxLength:"200"`
	Source     string     `bun:",notnull,type:text" json:"source" maxLength:"40" doc:"Where it was pasted from, such as chatgpt"`
	Visibility Visibility `bun:",notnull,type:text" json:"visibility" required:"false" enum:"private,staff,class" doc:"Who sees it beside its owner"`
}

// ImportReport is what an import made of what it was given.
type ImportReport struct {
	Turns    int             `json:"turns" doc:"How many turns it found"`
	Warnings []ImportWarning `json:"warnings" nullable:"false"`
	Dropped  []ImportDropped `json:"dropped" nullable:"false"`
}

// complete returns r with lists, where it has none, that are written as empty and not as null.
func (r ImportReport) complete() ImportReport {
	if r.Warnings == nil {
		r.Warnings = []ImportWarning{}
	}
	if r.Dropped == nil {
		r.Dropped = []ImportDropped{}
	}
	return r
}

// ImportWarning is something a person should look at.
type ImportWarning struct {
	Code    string `json:"code" maxLength:"80"`
	Message string `json:"message" maxLength:"1000"`
}

// ImportDropped is something that was left out, and how often.
type ImportDropped struct {
	What  string `json:"what" maxLength:"200"`
	Count int    `json:"count" minimum:"0"`
}

// Conversation is what was imported, and where the log of its Doc stands.
type Conversation struct {
	bun.BaseModel `bun:"table:conversations,alias:conversation"`
	Identity
	ConversationFields
	ClassID      uuid.UUID    `bun:",notnull,type:uuid"`
	OwnerID      uuid.UUID    `bun:",notnull,type:uuid"`
	ImportReport ImportReport `bun:",notnull,type:jsonb"`
	ActivityID   *uuid.UUID   `bun:",type:uuid"`
	SnapshotSeq  int64        `bun:",notnull"`
	SubmittedAt  *time.Time
	FrozenAt     *time.Time
	DeletedAt    *time.Time
	RawText      string `bun:",notnull,type:text"` // read by GetRawText only
	CRDTState    []byte `bun:"crdt_state,notnull"` // read by UpdateLog only

	// Generation of its log, from conversation_heads. Quarantined: rows of that could not be read, and nothing may be
	// written until that is settled. Neither is a column; GetConversation fills them in.
	Generation  int64 `bun:",scanonly"`
	Quarantined bool  `bun:",scanonly"`

	Class *Class `bun:"rel:belongs-to,join:class_id=id"`
	Owner *User  `bun:"rel:belongs-to,join:owner_id=id"`
}

// ConversationCreate makes a conversation of what somebody pasted.
type ConversationCreate struct {
	ConversationFields
	RawText string       `json:"raw" maxLength:"8388608" doc:"What was imported, untouched"`
	Report  ImportReport `json:"report,omitzero"`
}

// ConversationUpdate changes what it gives of a conversation.
type ConversationUpdate struct {
	Title      Optional[string]     `json:"title,omitzero" minLength:"1" maxLength:"200"`
	Visibility Optional[Visibility] `json:"visibility,omitzero" enum:"private,staff,class" doc:"Who sees it beside its owner"`
	Frozen     Optional[bool]       `json:"frozen,omitzero"`
}

// Patch copies what was given into c and returns the columns to write.
func (u ConversationUpdate) Patch(c *Conversation, now time.Time) []string {
	var p patch
	apply(&p, "title", &c.Title, u.Title)
	apply(&p, "visibility", &c.Visibility, u.Visibility)
	apply(&p, "frozen_at", &c.FrozenAt, since(u.Frozen, c.FrozenAt, now))
	return p.columns
}

// ConversationRights is what the asker may do with a conversation.
type ConversationRights struct {
	Edit     bool `json:"edit"`
	Annotate bool `json:"annotate"`
	Manage   bool `json:"manage"`
	Moderate bool `json:"moderate"`
	Export   bool `json:"export"`
	Remove   bool `json:"remove" doc:"highlights of others"`
}

// ConversationItem is a conversation in the library of its class.
type ConversationItem struct {
	ID uuid.UUID `json:"id"`
	ConversationFields
	OwnerID   uuid.UUID  `json:"owner_id"`
	OwnerName string     `json:"owner_name"`
	Turns     int        `json:"turns"`
	CreatedAt time.Time  `json:"created_at"`
	FrozenAt  *time.Time `json:"frozen_at"`
}

// Item returns c as the library shows it. Its Owner is loaded.
func (c *Conversation) Item() ConversationItem {
	return ConversationItem{
		ID: c.ID, ConversationFields: c.ConversationFields, OwnerID: c.OwnerID, OwnerName: c.Owner.DisplayName,
		Turns: c.ImportReport.Turns, CreatedAt: c.CreatedAt, FrozenAt: c.FrozenAt,
	}
}

// ConversationRead is a conversation as its page shows it.
type ConversationRead struct {
	ID uuid.UUID `json:"id"`
	ConversationFields
	ClassID      uuid.UUID          `json:"class_id"`
	ClassName    string             `json:"class_name"`
	OwnerID      uuid.UUID          `json:"owner_id"`
	OwnerName    string             `json:"owner_name"`
	ImportReport ImportReport       `json:"import_report"`
	CreatedAt    time.Time          `json:"created_at"`
	SubmittedAt  *time.Time         `json:"submitted_at"`
	FrozenAt     *time.Time         `json:"frozen_at"`
	Quarantined  bool               `json:"quarantined" doc:"Part of what is stored is damaged: it can be read, and not changed until whoever runs the server has recovered it"`
	Generation   int64              `json:"generation"`
	Role         Role               `json:"role" doc:"The asker's in the class; empty for no member"`
	Rights       ConversationRights `json:"rights"`
}

// Read returns the shape of c for an asker of that role and those rights. Its Class and Owner are loaded.
func (c *Conversation) Read(role Role, rights ConversationRights) ConversationRead {
	return ConversationRead{
		ID: c.ID, ConversationFields: c.ConversationFields, ClassID: c.ClassID, ClassName: c.Class.Name,
		OwnerID: c.OwnerID, OwnerName: c.Owner.DisplayName, ImportReport: c.ImportReport,
		CreatedAt: c.CreatedAt, SubmittedAt: c.SubmittedAt, FrozenAt: c.FrozenAt,
		Quarantined: c.Quarantined, Generation: c.Generation, Role: role, Rights: rights,
	}
}

// conversationHead is where the log of a conversation stands. A conversation that was deleted has none.
type conversationHead struct {
	bun.BaseModel  `bun:"table:conversation_heads,alias:head"`
	ConversationID uuid.UUID `bun:",pk,type:uuid"`
	Generation     int64     `bun:",notnull"`
	HeadSeq        int64     `bun:",notnull"` // of the last row
}

// stateChecksum is the SHA-256 of a conversation's crdt_state.
type stateChecksum struct {
	bun.BaseModel  `bun:"table:state_checksums,alias:checksum"`
	ConversationID uuid.UUID `bun:",pk,type:uuid"`
	SHA256         []byte    `bun:"sha256,notnull"`
}

// InsertConversations adds conversations, each with the Generation and the CRDTState that it starts from, which is
// its previous state too: from the first moment there are two. Call it in a transaction: it writes four tables.
func InsertConversations(ctx context.Context, tx bun.Tx, conversations ...*Conversation) error {
	heads := make([]*conversationHead, 0, len(conversations))
	sums := make([]*stateChecksum, 0, len(conversations))
	previous := make([]*previousState, 0, len(conversations))
	for _, c := range conversations {
		if c.ID == uuid.Nil {
			c.ID = NewID()
		}
		c.ImportReport = c.ImportReport.complete()
		heads = append(heads, &conversationHead{ConversationID: c.ID, Generation: c.Generation, HeadSeq: c.SnapshotSeq})
		sum := sha256.Sum256(c.CRDTState)
		sums = append(sums, &stateChecksum{ConversationID: c.ID, SHA256: sum[:]})
		previous = append(previous, &previousState{
			ConversationID: c.ID, CreatedAt: Instant(c.CreatedAt), Generation: c.Generation, SnapshotSeq: c.SnapshotSeq,
			SHA256: sum[:], State: c.CRDTState,
		})
	}
	if err := insert(ctx, tx, conversations); err != nil {
		return err
	}
	if err := insert(ctx, tx, heads); err != nil {
		return err
	}
	if err := insert(ctx, tx, sums); err != nil {
		return err
	}
	return insert(ctx, tx, previous)
}

const quarantined = `EXISTS (SELECT 1 FROM quarantined_updates AS q
	WHERE q.conversation_id = ?TableAlias.id AND q.generation = head.generation AND q.settled_at IS NULL) AS quarantined`

// GetConversation returns a conversation with its Class and Owner, without its texts.
func GetConversation(ctx context.Context, db bun.IDB, id uuid.UUID) (*Conversation, error) {
	c := new(Conversation)
	err := db.NewSelect().Model(c).
		ExcludeColumn("raw_text", "crdt_state").
		ColumnExpr("head.generation").
		ColumnExpr(quarantined).
		Join("JOIN conversation_heads AS head ON head.conversation_id = ?TableAlias.id").
		Relation("Class").
		Relation("Owner", asPerson).
		Where("?TableAlias.id = ?", id).
		Where("?TableAlias.deleted_at IS NULL").
		Scan(ctx)
	return found(c, err)
}

// GetRawText returns what was imported.
func GetRawText(ctx context.Context, db bun.IDB, id uuid.UUID) (string, error) {
	var text string
	err := db.NewSelect().Model((*Conversation)(nil)).
		Column("raw_text").
		Where("?TableAlias.id = ?", id).
		Where("?TableAlias.deleted_at IS NULL").
		Scan(ctx, &text)
	return text, translate(err)
}

// ListConversations returns those conversations of a class that are the asker's own or have one of the
// visibilities, the newest first, with their Owners as GetConversation
// loads them.
func ListConversations(ctx context.Context, db bun.IDB, class, asker uuid.UUID, others ...Visibility) ([]*Conversation, error) {
	var conversations []*Conversation
	err := db.NewSelect().Model(&conversations).
		ExcludeColumn("raw_text", "crdt_state").
		Relation("Owner", asPerson).
		Where("?TableAlias.class_id = ?", class).
		Where("?TableAlias.deleted_at IS NULL").
		WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			q.Where("?TableAlias.owner_id = ?", asker)
			if len(others) > 0 {
				q.WhereOr("?TableAlias.visibility IN (?)", bun.List(others))
			}
			return q
		}).
		OrderExpr("?TableAlias.created_at DESC, ?TableAlias.id DESC").
		Scan(ctx)
	return conversations, translate(err)
}

// ListConversationIDs returns all conversations that were not deleted, the oldest first.
func ListConversationIDs(ctx context.Context, db bun.IDB) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	err := db.NewSelect().Model((*Conversation)(nil)).
		Column("id").
		Where("?TableAlias.deleted_at IS NULL").
		Order("created_at", "id").
		Scan(ctx, &ids)
	return ids, translate(err)
}

// UpdateConversation writes the named columns of c; none is no change.
func UpdateConversation(ctx context.Context, db bun.IDB, c *Conversation, columns ...string) error {
	return update(ctx, db, c, columns)
}

// DeleteConversation hides a conversation from every query and ends its log: without a head nothing is appended.
// Its rows stay. Call it in a transaction: it writes two tables.
func DeleteConversation(ctx context.Context, tx bun.Tx, id uuid.UUID, now time.Time) error {
	// The head first, as everybody who writes the log.
	if err := one(tx.NewDelete().Model((*conversationHead)(nil)).Where("conversation_id = ?", id).Exec(ctx)); err != nil {
		return err
	}
	return one(tx.NewUpdate().Model((*Conversation)(nil)).
		Set("deleted_at = ?", Instant(now)).
		Where("?TableAlias.id = ?", id).
		Where("?TableAlias.deleted_at IS NULL").
		Exec(ctx))
}

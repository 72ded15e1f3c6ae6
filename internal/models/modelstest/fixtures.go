package modelstest

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"grimoire/internal/models"
)

// Now is the moment at which fixtures are made.
var Now = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

// Account adds a person with a passphrase. Its hash is no real one: nobody can sign in with it.
func Account(t testing.TB, db *models.DB, name string) *models.User {
	t.Helper()
	u := &models.User{Identity: madeNow(), UserFields: models.UserFields{DisplayName: name}, PasswordHash: "no passphrase has this hash"}
	check(t, models.InsertUsers(t.Context(), db.Write, u))
	return u
}

// Guest adds a person who has only a name.
func Guest(t testing.TB, db *models.DB, name string) *models.User {
	t.Helper()
	u := &models.User{Identity: madeNow(), UserFields: models.UserFields{DisplayName: name}}
	check(t, models.InsertUsers(t.Context(), db.Write, u))
	return u
}

// Class adds a class that its owner teaches.
func Class(t testing.TB, db *models.DB, owner *models.User, name string) *models.Class {
	t.Helper()
	c := &models.Class{
		Identity: madeNow(), ClassFields: models.ClassFields{Name: name},
		OwnerID: owner.ID, Settings: models.DefaultClassSettings(),
	}
	check(t, models.InsertClasses(t.Context(), db.Write, c))
	Enrol(t, db, c, owner, models.RoleInstructor)
	return c
}

// Enrol puts a person into a class.
func Enrol(t testing.TB, db *models.DB, class *models.Class, user *models.User, role models.Role) *models.Enrolment {
	t.Helper()
	e := &models.Enrolment{
		Identity: madeNow(), EnrolmentFields: models.EnrolmentFields{Role: role}, ClassID: class.ID, UserID: user.ID,
	}
	check(t, models.InsertEnrolments(t.Context(), db.Write, e))
	return e
}

// Conversation adds a conversation of one turn. Its state is an update of Yjs that holds nothing.
func Conversation(t testing.TB, db *models.DB, class *models.Class, owner *models.User, visibility models.Visibility) *models.Conversation {
	t.Helper()
	c := &models.Conversation{
		Identity:           madeNow(),
		ConversationFields: models.ConversationFields{Title: "Why did Rome fall?", Source: "plain", Visibility: visibility},
		ClassID:            class.ID, OwnerID: owner.ID, Generation: 1,
		RawText: "Why did Rome fall?", CRDTState: EmptyUpdate(),
		ImportReport: models.ImportReport{Turns: 1, Warnings: []models.ImportWarning{}, Dropped: []models.ImportDropped{}},
	}
	check(t, db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		return models.InsertConversations(ctx, tx, c)
	}))
	return c
}

// Delete deletes a conversation.
func Delete(t testing.TB, db *models.DB, conversation uuid.UUID) {
	t.Helper()
	check(t, db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		return models.DeleteConversation(ctx, tx, conversation, Now)
	}))
}

// EmptyUpdate is a Yjs v1 update without structs and without deletions.
func EmptyUpdate() []byte { return []byte{0, 0} }

// Session signs a person in for a day, with a token of that hash.
func Session(t testing.TB, db *models.DB, user *models.User, tokenHash string) *models.Session {
	t.Helper()
	s := &models.Session{
		Identity: madeNow(), UserID: user.ID, TokenHash: tokenHash,
		SessionFields: models.SessionFields{UserAgent: "test", ExpiresAt: Now.Add(24 * time.Hour), LastSeenAt: Now},
	}
	check(t, models.InsertSessions(t.Context(), db.Write, s))
	return s
}

// Invite adds a link into a class for students, with a token of that hash.
func Invite(t testing.TB, db *models.DB, class *models.Class, tokenHash string, maxUses int) *models.Invite {
	t.Helper()
	i := &models.Invite{
		Identity: madeNow(), InviteFields: models.InviteFields{Role: models.RoleStudent, MaxUses: maxUses},
		ClassID: class.ID, TokenHash: tokenHash, ExpiresAt: Now.Add(time.Hour), CreatedBy: class.OwnerID,
	}
	check(t, models.InsertInvites(t.Context(), db.Write, i))
	return i
}

func madeNow() models.Identity { return models.Identity{ID: uuid.Must(uuid.NewV7()), CreatedAt: Now} }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Clock always shows Now.
func Clock() time.Time { return Now }

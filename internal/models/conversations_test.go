package models_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

func TestConversations_ReadWithClassAndOwnerAndWithoutTexts(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ana := modelstest.Account(t, db, "Ana")
		class := modelstest.Class(t, db, ana, "HIST101")
		inserted := modelstest.Conversation(t, db, class, ana, models.VisibilityStaff)
		found, err := models.GetConversation(t.Context(), db.Read, inserted.ID)
		if err != nil {
			t.Fatal(err)
		}
		if found.RawText != "" || found.CRDTState != nil {
			t.Error("the texts were loaded")
		}
		rights := models.ConversationRights{Annotate: true}
		want := models.ConversationRead{
			ID: inserted.ID, ConversationFields: inserted.ConversationFields, ClassID: class.ID, ClassName: "HIST101",
			OwnerID: ana.ID, OwnerName: "Ana", ImportReport: inserted.ImportReport, CreatedAt: now, Generation: 1,
			Role: models.RoleInstructor, Rights: rights,
		}
		if diff := gocmp.Diff(want, found.Read(models.RoleInstructor, rights)); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
		if text, err := models.GetRawText(t.Context(), db.Read, inserted.ID); err != nil || text != inserted.RawText {
			t.Errorf("the raw text is %q, %v", text, err)
		}
	})
}

func TestConversations_ListsOnesOwnAndThoseOfTheVisibilities(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ana, ben := modelstest.Account(t, db, "Ana"), modelstest.Guest(t, db, "Ben")
		class := modelstest.Class(t, db, ana, "HIST101")
		own := modelstest.Conversation(t, db, class, ben, models.VisibilityPrivate).ID
		private := modelstest.Conversation(t, db, class, ana, models.VisibilityPrivate).ID
		staff := modelstest.Conversation(t, db, class, ana, models.VisibilityStaff).ID
		public := modelstest.Conversation(t, db, class, ana, models.VisibilityClass).ID
		modelstest.Conversation(t, db, modelstest.Class(t, db, ana, "Another"), ben, models.VisibilityClass)
		deleted := modelstest.Conversation(t, db, class, ben, models.VisibilityClass).ID
		modelstest.Delete(t, db, deleted)
		for _, c := range []struct {
			others []models.Visibility
			want   []uuid.UUID // the newest first
		}{
			{nil, []uuid.UUID{own}},
			{[]models.Visibility{models.VisibilityClass}, []uuid.UUID{public, own}},
			{[]models.Visibility{models.VisibilityClass, models.VisibilityStaff}, []uuid.UUID{public, staff, own}},
			{[]models.Visibility{models.VisibilityClass, models.VisibilityStaff, models.VisibilityPrivate}, []uuid.UUID{public, staff, private, own}},
		} {
			listed, err := models.ListConversations(t.Context(), db.Read, class.ID, ben.ID, c.others...)
			if err != nil {
				t.Fatal(err)
			}
			var ids []uuid.UUID
			for _, l := range listed {
				ids = append(ids, l.ID)
				if item := l.Item(); item.OwnerName == "" || item.Turns != 1 || l.RawText != "" || l.CRDTState != nil {
					t.Errorf("an item is %+v", item)
				}
			}
			if diff := gocmp.Diff(c.want, ids); diff != "" {
				t.Errorf("with %q: want (-), got (+):\n%s", c.others, diff)
			}
		}
	})
}

func TestConversations_ADeletedOneIsNowhere(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ana := modelstest.Account(t, db, "Ana")
		c := modelstest.Conversation(t, db, modelstest.Class(t, db, ana, "HIST101"), ana, models.VisibilityClass)
		modelstest.Delete(t, db, c.ID)
		_, getErr := models.GetConversation(t.Context(), db.Read, c.ID)
		_, textErr := models.GetRawText(t.Context(), db.Read, c.ID)
		againErr := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return models.DeleteConversation(ctx, tx, c.ID, now)
		})
		for what, err := range map[string]error{
			"get": getErr, "raw text": textErr, "delete": againErr,
		} {
			if !errors.Is(err, models.ErrNotFound) {
				t.Errorf("%s: %v, want %v", what, err, models.ErrNotFound)
			}
		}
	})
}

func TestConversations_TextThatNoDatabaseTakesIsRefused(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ana := modelstest.Account(t, db, "Ana")
		class := modelstest.Class(t, db, ana, "HIST101")
		err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return models.InsertConversations(ctx, tx, &models.Conversation{ClassID: class.ID, OwnerID: ana.ID, Generation: 1,
				ConversationFields: models.ConversationFields{Visibility: models.VisibilityClass}, RawText: "a\x00b", CRDTState: []byte{0, 0}})
		})
		if err == nil {
			t.Error("a NUL was stored")
		}
	})
}

func TestInsert_TakesThousandsOfRows(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		const many = 3000
		ana := modelstest.Account(t, db, "Ana")
		class := modelstest.Class(t, db, ana, "HIST101")
		var (
			users         []*models.User
			enrolments    []*models.Enrolment
			sessions      []*models.Session
			conversations []*models.Conversation
		)
		for range many {
			u := &models.User{Identity: identity(models.NewID()), UserFields: models.UserFields{DisplayName: "Ben"}}
			users = append(users, u)
			enrolments = append(enrolments, &models.Enrolment{Identity: identity(uuid.Nil), ClassID: class.ID, UserID: u.ID, EnrolmentFields: models.EnrolmentFields{Role: models.RoleStudent}})
			sessions = append(sessions, &models.Session{Identity: identity(uuid.Nil), UserID: u.ID, TokenHash: u.ID.String(), SessionFields: models.SessionFields{ExpiresAt: now, LastSeenAt: now}})
			conversations = append(conversations, &models.Conversation{Identity: identity(uuid.Nil), ClassID: class.ID, OwnerID: ana.ID, Generation: 1,
				ConversationFields: models.ConversationFields{Visibility: models.VisibilityClass}, RawText: strings.Repeat("Why? ", 200), CRDTState: make([]byte, 2000)})
		}
		start := time.Now()
		if err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return errors.Join(models.InsertUsers(ctx, tx, users...), models.InsertEnrolments(ctx, tx, enrolments...),
				models.InsertSessions(ctx, tx, sessions...), models.InsertConversations(ctx, tx, conversations...))
		}); err != nil {
			t.Fatal(err)
		}
		t.Logf("%d users, enrolments, sessions and conversations in %v", many, time.Since(start))
		got, err := models.GetClassFor(t.Context(), db.Read, class.ID, ana.ID)
		if err != nil || got.Members != many+1 || got.Conversations != many {
			t.Errorf("the class has %d members and %d conversations, %v", got.Members, got.Conversations, err)
		}
	})
}

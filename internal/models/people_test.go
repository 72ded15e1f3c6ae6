package models_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

func TestUsers_AnAddressIsOnePersonHoweverSpelt(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		email, same := "Ana@Example.org", " ana@example.ORG "
		ana := &models.User{UserFields: models.UserFields{DisplayName: "Ana", Email: &email}}
		if err := models.InsertUsers(t.Context(), db.Write, ana); err != nil {
			t.Fatal(err)
		}
		got, err := models.GetUserByEmail(t.Context(), db.Read, same)
		if err != nil || got.ID != ana.ID || *got.Email != "ana@example.org" {
			t.Errorf("found %+v, %v", got, err)
		}
		taken := &models.User{UserFields: models.UserFields{DisplayName: "Anna", Email: &same}}
		if err := models.InsertUsers(t.Context(), db.Write, taken); !errors.Is(err, models.ErrConflict) {
			t.Errorf("a second account: %v, want %v", err, models.ErrConflict)
		}
		ben := modelstest.Account(t, db, "Ben")
		columns := models.UserUpdate{Email: models.Some(&same)}.Patch(ben)
		if err := models.UpdateUser(t.Context(), db.Write, ben, columns...); !errors.Is(err, models.ErrConflict) {
			t.Errorf("another's address: %v, want %v", err, models.ErrConflict)
		}
	})
}

func TestUsers_ANameSignsInOnlyWhoAloneHasItWithAPassphrase(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		modelstest.Guest(t, db, "Ana")
		if _, err := models.GetUserByName(t.Context(), db.Read, "Ana"); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("a guest: %v, want %v", err, models.ErrNotFound)
		}
		ana := modelstest.Account(t, db, "Ana")
		if got, err := models.GetUserByName(t.Context(), db.Read, "Ana"); err != nil || got.ID != ana.ID {
			t.Errorf("found %+v, %v", got, err)
		}
		modelstest.Account(t, db, "Ana")
		if _, err := models.GetUserByName(t.Context(), db.Read, "Ana"); !errors.Is(err, models.ErrConflict) {
			t.Errorf("two accounts: %v, want %v", err, models.ErrConflict)
		}
	})
}

func TestUsers_UpdateWritesOnlyTheNamedColumns(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ana := modelstest.Account(t, db, "Ana")
		stale := *ana
		stale.DisplayName, stale.PasswordHash = "Ana B.", ""
		if err := models.UpdateUser(t.Context(), db.Write, &stale, "display_name"); err != nil {
			t.Fatal(err)
		}
		if err := models.UpdateUser(t.Context(), db.Write, &models.User{}); err != nil {
			t.Errorf("no columns: %v", err)
		}
		want := *ana
		want.DisplayName = "Ana B."
		got, err := models.GetUser(t.Context(), db.Read, ana.ID)
		if diff := gocmp.Diff(&want, got); diff != "" || err != nil {
			t.Errorf("want (-), got (+), %v:\n%s", err, diff)
		}
	})
}

func TestUsers_ADisabledAdminIsNone(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		has := func() bool {
			yes, err := models.HasAdmin(t.Context(), db.Read)
			if err != nil {
				t.Fatal(err)
			}
			return yes
		}
		ana := modelstest.Account(t, db, "Ana")
		if has() {
			t.Error("nobody is an admin")
		}
		ana.IsAdmin = true
		if err := models.UpdateUser(t.Context(), db.Write, ana, "is_admin"); err != nil || !has() {
			t.Errorf("Ana is an admin, %v", err)
		}
		ana.DisabledAt = &now
		if err := models.UpdateUser(t.Context(), db.Write, ana, "disabled_at"); err != nil || has() {
			t.Errorf("Ana is disabled, %v", err)
		}
	})
}

func TestSessions_EndWhenTheyExpireOrTheirUserIsDisabled(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ana := modelstest.Account(t, db, "Ana")
		session := modelstest.Session(t, db, ana, "hash")
		find := func(at time.Time) error { return got(models.GetSessionByToken(t.Context(), db.Read, "hash", at)) }

		found, err := models.GetSessionByToken(t.Context(), db.Read, "hash", now)
		if err != nil || found.User == nil || found.User.ID != ana.ID {
			t.Errorf("found %+v, %v", found, err)
		}
		if err := find(session.ExpiresAt); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("expired: %v, want %v", err, models.ErrNotFound)
		}
		later := session.ExpiresAt.Add(time.Hour)
		if err := models.SawSession(t.Context(), db.Write, session.ID, now, later); err != nil {
			t.Fatal(err)
		}
		if err := find(session.ExpiresAt); err != nil {
			t.Errorf("prolonged: %v", err)
		}
		ana.DisabledAt = &now
		if err := models.UpdateUser(t.Context(), db.Write, ana, "disabled_at"); err != nil {
			t.Fatal(err)
		}
		if err := find(now); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("disabled: %v, want %v", err, models.ErrNotFound)
		}
		if n, err := models.DeleteExpiredSessions(t.Context(), db.Write, later); err != nil || n != 1 {
			t.Errorf("forgot %d sessions, %v", n, err)
		}
	})
}

func TestSessions_AreEndedByTheirOwner(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ana, ben := modelstest.Account(t, db, "Ana"), modelstest.Account(t, db, "Ben")
		here, there, bens := modelstest.Session(t, db, ana, "a"), modelstest.Session(t, db, ana, "b"), modelstest.Session(t, db, ben, "c")
		if err := models.DeleteSession(t.Context(), db.Write, ana.ID, bens.ID); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("another's session: %v, want %v", err, models.ErrNotFound)
		}
		ended, err := models.DeleteSessions(t.Context(), db.Write, ana.ID, here.ID)
		if diff := gocmp.Diff([]uuid.UUID{there.ID}, ended); diff != "" || err != nil {
			t.Errorf("want (-), got (+), %v:\n%s", err, diff)
		}
		left, err := models.ListSessions(t.Context(), db.Read, ana.ID, now)
		if err != nil || len(left) != 1 || !left[0].Read(here.ID).Current {
			t.Errorf("left are %+v, %v", left, err)
		}
		if err := models.DeleteSession(t.Context(), db.Write, ana.ID, here.ID); err != nil {
			t.Error(err)
		}
	})
}

func TestSessions_TheOnesThatHaveEndedAreFound(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ana := modelstest.Account(t, db, "Ana")
		kept, ended, never := modelstest.Session(t, db, ana, "kept"), modelstest.Session(t, db, ana, "ended"), models.NewID()
		if err := models.DeleteSession(t.Context(), db.Write, ana.ID, ended.ID); err != nil {
			t.Fatal(err)
		}
		got, err := models.EndedSessions(t.Context(), db.Read, []uuid.UUID{kept.ID, ended.ID, never})
		if want := []uuid.UUID{ended.ID, never}; err != nil || !slices.Equal(got, want) {
			t.Errorf("ended are %v, %v, want %v", got, err, want)
		}
	})
}

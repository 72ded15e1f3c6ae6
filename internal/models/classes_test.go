package models_test

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

func TestClasses_ShowEachAskerWhatIsTheirs(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ana, ben, cem, dora := modelstest.Account(t, db, "Ana"), modelstest.Guest(t, db, "Ben"), modelstest.Guest(t, db, "Cem"), modelstest.Account(t, db, "Dora")
		class := modelstest.Class(t, db, ana, "HIST101")
		modelstest.Class(t, db, dora, "Another")
		modelstest.Enrol(t, db, class, ben, models.RoleStudent)
		modelstest.Enrol(t, db, class, cem, models.RoleTutor)
		modelstest.Conversation(t, db, class, ben, models.VisibilityPrivate)
		modelstest.Conversation(t, db, class, ben, models.VisibilityStaff)
		modelstest.Conversation(t, db, class, ana, models.VisibilityStaff)
		modelstest.Conversation(t, db, class, ana, models.VisibilityClass)
		gone := modelstest.Conversation(t, db, class, ana, models.VisibilityClass)
		modelstest.Delete(t, db, gone.ID)
		base := models.ClassRead{
			ID: class.ID, ClassFields: class.ClassFields, OwnerID: ana.ID, Members: 3,
			Staff: []models.Person{ana.Person(), cem.Person()}, Settings: class.Settings, CreatedAt: class.CreatedAt,
		}
		for _, c := range []struct {
			asker         *models.User
			role          models.Role
			conversations int
		}{
			{ana, models.RoleInstructor, 3}, // not Ben's private one
			{cem, models.RoleTutor, 3},
			{ben, models.RoleStudent, 3}, // not Ana's for the staff
			{dora, "", 1},
		} {
			want := base
			want.Role, want.Conversations = c.role, c.conversations
			got, err := models.GetClassFor(t.Context(), db.Read, class.ID, c.asker.ID)
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(want, got.Read()); diff != "" {
				t.Errorf("for %s: want (-), got (+):\n%s", c.asker.DisplayName, diff)
			}
			listed, err := models.ListClasses(t.Context(), db.Read, c.asker.ID)
			if err != nil || len(listed) != 1 {
				t.Fatalf("%s is in %d classes, %v", c.asker.DisplayName, len(listed), err)
			}
			if c.asker != dora && !gocmp.Equal(want, listed[0].Read()) {
				t.Errorf("for %s the list says otherwise: %+v", c.asker.DisplayName, listed[0].Read())
			}
		}
		if all, err := models.ListAllClasses(t.Context(), db.Read, ben.ID); err != nil || len(all) != 2 {
			t.Errorf("there are %d classes, %v", len(all), err)
		}
	})
}

func TestClasses_AShortCodeOpensOneClass(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ana := modelstest.Account(t, db, "Ana")
		one, two := modelstest.Class(t, db, ana, "One"), modelstest.Class(t, db, ana, "Two") // neither has a code
		one.InviteCode, two.InviteCode = "K7QM2XR", "K7QM2XR"
		if err := models.UpdateClass(t.Context(), db.Write, one, "invite_code"); err != nil {
			t.Fatal(err)
		}
		if err := models.UpdateClass(t.Context(), db.Write, two, "invite_code"); !errors.Is(err, models.ErrConflict) {
			t.Errorf("a code twice: %v, want %v", err, models.ErrConflict)
		}
		if got, err := models.GetClassByCode(t.Context(), db.Read, "K7QM2XR"); err != nil || got.ID != one.ID {
			t.Errorf("found %+v, %v", got, err)
		}
		if _, err := models.GetClassByCode(t.Context(), db.Read, ""); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("no code: %v, want %v", err, models.ErrNotFound)
		}
	})
}

func TestClasses_WhoHoldsOneReadsWhatOthersHaveWritten(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		class := modelstest.Class(t, db, modelstest.Account(t, db, "Ana"), "HIST101")
		const joiners = 8
		errs := make([]error, joiners)
		var all sync.WaitGroup
		for i := range joiners {
			all.Go(func() {
				errs[i] = db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					if err := models.HoldClass(ctx, tx, class.ID); err != nil {
						return err
					}
					c, err := models.GetClass(ctx, tx, class.ID)
					if err != nil {
						return err
					}
					c.Name += "+"
					return models.UpdateClass(ctx, tx, c, "name")
				})
			})
		}
		all.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		got, err := models.GetClass(t.Context(), db.Read, class.ID)
		if err != nil || got.Name != "HIST101++++++++" {
			t.Errorf("it is called %s, %v", got.Name, err)
		}
		if epoch, err := models.RaisePolicyEpoch(t.Context(), db.Write, class.ID); err != nil || epoch != 1 {
			t.Errorf("epoch is %d, %v", epoch, err)
		}
		nowhere := models.NewID()
		epochs, err := models.PolicyEpochs(t.Context(), db.Read, []uuid.UUID{class.ID, nowhere})
		if want := map[uuid.UUID]int64{class.ID: 1}; err != nil || !maps.Equal(epochs, want) {
			t.Errorf("epochs are %v, %v, want %v", epochs, err, want)
		}
		if _, err := models.RaisePolicyEpoch(t.Context(), db.Write, nowhere); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("no such class: %v, want %v", err, models.ErrNotFound)
		}
	})
}

func TestEnrolments_AreOnePerPersonAndClass(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		class := modelstest.Class(t, db, modelstest.Account(t, db, "Ana"), "HIST101")
		ben := modelstest.Guest(t, db, "Ben")
		place := modelstest.Enrol(t, db, class, ben, models.RoleStudent)
		again := &models.Enrolment{ClassID: class.ID, UserID: ben.ID, EnrolmentFields: models.EnrolmentFields{Role: models.RoleTutor}}
		if err := models.InsertEnrolments(t.Context(), db.Write, again); !errors.Is(err, models.ErrConflict) {
			t.Errorf("twice: %v, want %v", err, models.ErrConflict)
		}
		nowhere := &models.Enrolment{ClassID: models.NewID(), UserID: ben.ID, EnrolmentFields: models.EnrolmentFields{Role: models.RoleTutor}}
		if err := models.InsertEnrolments(t.Context(), db.Write, nowhere); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("no such class: %v, want %v", err, models.ErrNotFound)
		}
		king := &models.Enrolment{ClassID: class.ID, UserID: modelstest.Guest(t, db, "Cem").ID, EnrolmentFields: models.EnrolmentFields{Role: "king"}}
		if err := models.InsertEnrolments(t.Context(), db.Write, king); err == nil {
			t.Error("enrolled a king")
		}

		place.ReturnCodeHash = "hash"
		columns := append(models.EnrolmentUpdate{Section: models.Some("B")}.Patch(place), "return_code_hash")
		if err := models.UpdateEnrolment(t.Context(), db.Write, place, columns...); err != nil {
			t.Fatal(err)
		}
		found, err := models.GetEnrolmentByReturnCode(t.Context(), db.Read, "hash")
		if err != nil {
			t.Fatal(err)
		}
		want := models.EnrolmentRead{UserID: ben.ID, DisplayName: "Ben", JoinedAt: now, Guest: true,
			EnrolmentFields: models.EnrolmentFields{Role: models.RoleStudent, Section: "B"}}
		if diff := gocmp.Diff(want, found.Read()); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
		if err := models.DeleteEnrolment(t.Context(), db.Write, class.ID, ben.ID); err != nil {
			t.Fatal(err)
		}
		if err := models.DeleteEnrolment(t.Context(), db.Write, class.ID, ben.ID); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("removed twice: %v, want %v", err, models.ErrNotFound)
		}
	})
}

func TestInvites_LetInNoMoreThanTheyAllow(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		class := modelstest.Class(t, db, modelstest.Account(t, db, "Ana"), "HIST101")
		invite := modelstest.Invite(t, db, class, "hash", 5)
		const guests = 20
		var in atomic.Int64
		errs := make([]error, guests)
		var all sync.WaitGroup
		for i := range guests {
			all.Go(func() {
				switch err := models.UseInvite(t.Context(), db.Write, invite.ID, now); {
				case err == nil:
					in.Add(1)
				case !errors.Is(err, models.ErrConflict):
					errs[i] = err
				}
			})
		}
		all.Wait()
		if err := errors.Join(errs...); err != nil || in.Load() != 5 {
			t.Errorf("%d got in, want 5, %v", in.Load(), err)
		}
		used, err := models.GetInviteByToken(t.Context(), db.Read, "hash")
		if err != nil || used.Uses != 5 || used.State(now) != models.InviteUsedUp {
			t.Errorf("%+v, %v", used, err)
		}
	})
}

func TestInvites_OpenUntilRevokedOrExpired(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		class := modelstest.Class(t, db, modelstest.Account(t, db, "Ana"), "HIST101")
		invite := modelstest.Invite(t, db, class, "hash", 5)
		check := func(at time.Time, want models.InviteState) {
			t.Helper()
			got, err := models.GetInvite(t.Context(), db.Read, invite.ID)
			if err != nil || got.Read(at).State != want {
				t.Errorf("state is %s, want %s, %v", got.Read(at).State, want, err)
			}
			if err := models.UseInvite(t.Context(), db.Write, invite.ID, at); errors.Is(err, models.ErrConflict) == (want == models.InviteOpen) {
				t.Errorf("%s, and used: %v", want, err)
			}
		}
		check(invite.ExpiresAt.Add(-time.Microsecond), models.InviteOpen)
		check(invite.ExpiresAt, models.InviteExpired)
		for _, at := range []time.Time{now, now.Add(time.Minute)} {
			if err := models.RevokeInvite(t.Context(), db.Write, invite.ID, at); err != nil {
				t.Fatal(err)
			}
		}
		check(now, models.InviteRevoked)
		got, err := models.GetInvite(t.Context(), db.Read, invite.ID)
		if err != nil || *got.RevokedAt != now {
			t.Errorf("revoked at %v, want %v, %v", got.RevokedAt, now, err)
		}
		if err := models.RevokeInvite(t.Context(), db.Write, uuid.New(), now); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("no such link: %v, want %v", err, models.ErrNotFound)
		}
	})
}

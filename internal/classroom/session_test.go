package classroom_test

import (
	"testing"
	"time"

	"grimoire/internal/classroom"
	"grimoire/internal/classroom/classroomtest"
	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

func TestAuthenticate_GoesOnWhileNothingCanBeWritten(t *testing.T) {
	w := classroomtest.New(t, modelstest.SQLite(t))
	demo, err := w.Demo(t.Context(), classroomtest.Operator, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.DB.Write.ExecContext(t.Context(), `CREATE TRIGGER full BEFORE UPDATE ON sessions BEGIN SELECT RAISE(FAIL, 'the disk is full'); END`); err != nil {
		t.Fatal(err)
	}
	w.Clock.Move(time.Hour)
	actor, err := w.Authenticate(t.Context(), demo.Sessions[0])
	if err != nil {
		t.Fatalf("signed out by a full disk: %v", err)
	}
	if _, err := w.Conversation(t.Context(), actor, demo.Conversations[0]); err != nil {
		t.Errorf("reading: %v", err)
	}
}

func TestTidy_ForgetsExpiredSessionsOnly(t *testing.T) {
	w := classroomtest.New(t, modelstest.SQLite(t))
	if _, err := w.Demo(t.Context(), classroomtest.Operator, 1, 3); err != nil {
		t.Fatal(err)
	}
	w.Clock.Move(31 * 24 * time.Hour)
	later, err := w.Demo(t.Context(), classroomtest.Operator, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	n, err := w.DB.Read.NewSelect().Table("sessions").Count(t.Context())
	if err != nil || int(n) != len(later.Sessions) {
		t.Errorf("%d sessions are left, %v; want %d", n, err, len(later.Sessions))
	}
}

func TestSignIn_IsSeenAtOnce(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		w := classroomtest.New(t, db)
		ana := w.MakeAccount(t, "Ana", true)
		if _, err := w.SignIn(t.Context(), classroom.SignInRequest{Name: "Ana", Passphrase: classroomtest.Passphrase}, classroom.Device{}); err != nil {
			t.Fatal(err)
		}
		user, err := models.GetUser(t.Context(), db.Read, ana.UserID)
		if err != nil {
			t.Fatal(err)
		}
		if now := models.Instant(w.Clock.Now()); user.LastSeenAt == nil || !user.LastSeenAt.Equal(now) {
			t.Errorf("last seen at %v, want %v", user.LastSeenAt, now)
		}
	})
}

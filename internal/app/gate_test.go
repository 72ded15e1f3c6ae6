package app

import (
	"context"
	"testing"
	"time"

	"grimoire/internal/models"
)

// The rooms ask again when a session may have ended, and about whom was judged by older rights: the pass has to say
// both.
func TestGate_SaysHowLongAPassIsGoodFor(t *testing.T) {
	a, err := Open(t.Context(), Config{Addr: "127.0.0.1:0", Data: t.TempDir(), LogLevel: "error"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	demo, err := a.Classroom.Demo(t.Context(), Operator, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	actor, err := a.Classroom.Authenticate(t.Context(), demo.Sessions[0])
	if err != nil {
		t.Fatal(err)
	}
	until := models.Instant(time.Now().Add(time.Hour))
	if err := models.SawSession(t.Context(), a.db.Write, actor.SessionID, time.Now(), until); err != nil {
		t.Fatal(err)
	}
	epoch, err := models.RaisePolicyEpoch(t.Context(), a.db.Write, demo.Class)
	if err != nil {
		t.Fatal(err)
	}
	pass, err := (&gate{a.Classroom}).Enter(t.Context(), demo.Sessions[0].Reveal(), demo.Conversations[0])
	if err != nil || !pass.Until.Equal(until) || pass.Epoch != epoch {
		t.Errorf("until %v as of %d, %v, want %v as of %d", pass.Until, pass.Epoch, err, until, epoch)
	}
}

package models_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

func TestUpdateLog_TheFirstUserKeepsAClientID(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		other, ben := r.another(t), modelstest.Guest(t, r.db, "Ben")
		const client = 1<<53 - 1 // the largest that a browser makes
		for _, c := range []struct {
			name       string
			room       room
			user, want uuid.UUID
		}{
			{"first", r, r.user.ID, r.user.ID},
			{"again", r, r.user.ID, r.user.ID},
			{"somebody else", r, ben.ID, r.user.ID},
			{"in another conversation", other, ben.ID, ben.ID},
		} {
			got, err := c.room.log.Bind(t.Context(), c.room.id, client, c.user)
			if err != nil || got != c.want {
				t.Errorf("%s: %v, want %v, %v", c.name, got, c.want, err)
			}
		}
		if owner, err := r.log.Owner(t.Context(), r.id, client); err != nil || owner != r.user.ID {
			t.Errorf("client %d is owned by %s, %v, want the first", client, owner, err)
		}
		if owner, err := r.log.Owner(t.Context(), r.id, 8); err != nil || owner != uuid.Nil {
			t.Errorf("a client nobody has shown is owned by %s, %v", owner, err)
		}
		if _, err := r.log.Bind(t.Context(), models.NewID(), client, ben.ID); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("no such conversation: %v, want %v", err, models.ErrNotFound)
		}
		if _, err := r.log.Bind(t.Context(), r.id, 7, models.NewID()); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("no such user: %v, want %v", err, models.ErrNotFound)
		}
	})
}

// Two processes are told of the same ids at once, in opposite orders, by people of whom each wants all.
func TestUpdateLog_OfManyWhoBindAClientIDAllSeeOneOwner(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		const clients = 200
		var all sync.WaitGroup
		var owners [2][clients]uuid.UUID
		var errs [2][clients]error
		for i := range owners {
			log, user := models.NewUpdateLog(r.db, time.Now), modelstest.Guest(t, r.db, "Ben")
			for client := range clients {
				if i == 1 {
					client = clients - 1 - client
				}
				all.Go(func() { owners[i][client], errs[i][client] = log.Bind(t.Context(), r.id, uint64(client), user.ID) })
			}
		}
		all.Wait()
		if err := errors.Join(slices.Concat(errs[0][:], errs[1][:])...); err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(owners[0], owners[1]); diff != "" {
			t.Errorf("two processes see different owners:\n%s", diff)
		}
	})
}

// Those who bind at once share a transaction, and nothing else.
func TestUpdateLog_WhoCannotBindAClientIDFailsAlone(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		const clients = 40
		nobody, nowhere := models.NewID(), models.NewID()
		var all sync.WaitGroup
		var errs [clients]error
		for client := range clients {
			conversation, user := r.id, r.user.ID
			switch client % 20 {
			case 5:
				user = nobody
			case 11:
				conversation = nowhere
			}
			all.Go(func() { _, errs[client] = r.log.Bind(t.Context(), conversation, uint64(client), user) })
		}
		all.Wait()
		for client, err := range errs {
			fails := client%20 == 5 || client%20 == 11
			if fails != errors.Is(err, models.ErrNotFound) || !fails && err != nil {
				t.Errorf("client %d: %v", client, err)
			}
			want := r.user.ID
			if fails {
				want = uuid.Nil
			}
			if owner, err := r.log.Owner(t.Context(), r.id, uint64(client)); err != nil || owner != want {
				t.Errorf("client %d is owned by %s, %v, want %s", client, owner, err, want)
			}
		}
	})
}

// Whoever gives up is not held up by a database that is busy. What was asked for is done all the same.
func TestUpdateLog_ABindEndsWithItsContext(t *testing.T) {
	r := newRoom(t, modelstest.SQLite(t))
	conn, err := r.db.Write.Conn(t.Context()) // the only one that writes
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error)
	go func() {
		_, err := r.log.Bind(ctx, r.id, 7, r.user.ID)
		answer <- err
	}()
	cancel()
	if err := <-answer; !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	for owner := uuid.Nil; owner == uuid.Nil; {
		if owner, err = r.log.Owner(t.Context(), r.id, 7); err != nil {
			t.Fatal(err)
		}
	}
	if conn, err = r.db.Write.Conn(t.Context()); err != nil { // whoever had it has let it go
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
}

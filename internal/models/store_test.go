package models_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

func TestStore_AValueIsTakenOnce(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		for _, value := range []string{"old", "new"} {
			if err := models.PutStoreValue(t.Context(), db.Write, models.KeySetupToken, value); err != nil {
				t.Fatal(err)
			}
		}
		if err := models.TakeStoreValue(t.Context(), db.Write, models.KeySetupToken, "old"); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("a value that was replaced: %v, want %v", err, models.ErrNotFound)
		}
		var taken atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if err := models.TakeStoreValue(t.Context(), db.Write, models.KeySetupToken, "new"); err == nil {
					taken.Add(1)
				} else if !errors.Is(err, models.ErrNotFound) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if taken.Load() != 1 {
			t.Errorf("it was taken %d times", taken.Load())
		}
		if err := models.DeleteStoreValue(t.Context(), db.Write, models.KeySetupToken); err != nil {
			t.Errorf("what is not there: %v", err)
		}
	})
}

func TestAudit_ListsTheLatestThatAreAskedForFirst(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ana, ben := modelstest.Account(t, db, "Ana"), modelstest.Account(t, db, "Ben")
		here, gone := modelstest.Class(t, db, ana, "HIST101").ID, models.NewID()
		for i, e := range []*models.AuditEvent{
			{Action: "import", ClassID: &here, ActorID: &ana.ID},
			{Action: "create invite: tutor", ClassID: &gone, ActorID: &ana.ID},
			{Action: "removed", ClassID: &here, ActorID: &ana.ID, SubjectID: &ben.ID},
			{Action: "create"}, // by the operator
		} {
			e.CreatedAt = now.Add(time.Duration(i) * time.Second)
			e.Detail = map[string]string{"was": "student"}
			if err := models.InsertAuditEvents(t.Context(), db.Write, e); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			name  string
			asked models.AuditFilter
			limit int
			want  []string // actor: action, in which class, about whom
		}{
			{"everything", models.AuditFilter{}, 10, []string{": create  ", "Ana: removed HIST101 Ben", "Ana: create invite: tutor  ", "Ana: import HIST101 "}},
			{"the latest", models.AuditFilter{}, 1, []string{": create  "}},
			{"a class", models.AuditFilter{Class: here}, 10, []string{"Ana: removed HIST101 Ben", "Ana: import HIST101 "}},
			{"since", models.AuditFilter{Since: now.Add(2 * time.Second)}, 10, []string{": create  ", "Ana: removed HIST101 Ben"}},
			{"who did it", models.AuditFilter{User: ana.ID, Since: now.Add(2 * time.Second)}, 10, []string{"Ana: removed HIST101 Ben"}},
			{"to whom it was done", models.AuditFilter{User: ben.ID}, 10, []string{"Ana: removed HIST101 Ben"}},
			{"an action with more to it", models.AuditFilter{Action: "create invite"}, 10, []string{"Ana: create invite: tutor  "}},
			{"all of it", models.AuditFilter{Action: "create invite: tutor"}, 10, []string{"Ana: create invite: tutor  "}},
			{"one that begins another", models.AuditFilter{Action: "create"}, 10, []string{": create  "}},
			{"one that nobody did", models.AuditFilter{Action: "%"}, 10, nil},
		} {
			events, err := models.ListAuditEvents(t.Context(), db.Read, c.asked, c.limit)
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, e := range events {
				r := e.Read()
				lines = append(lines, r.ActorName+": "+r.Action+" "+r.ClassName+" "+r.SubjectName)
				if e.Detail["was"] != "student" {
					t.Errorf("the detail of %s is %v", e.Action, e.Detail)
				}
			}
			if diff := gocmp.Diff(c.want, lines); diff != "" {
				t.Errorf("%s: want (-), got (+):\n%s", c.name, diff)
			}
		}
		actions, err := models.ListAuditActions(t.Context(), db.Read)
		if diff := gocmp.Diff([]string{"create", "create invite: tutor", "import", "removed"}, actions); err != nil || diff != "" {
			t.Errorf("the actions, %v:\n%s", err, diff)
		}
	})
}

func TestSealKey_IsOneForTheStoreAndKept(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		first, err := models.SealKey(t.Context(), db, rand.Reader)
		if err != nil || len(first) != 32 {
			t.Fatalf("key of %d bytes, %v", len(first), err)
		}
		again, err := models.SealKey(t.Context(), db, rand.Reader)
		if err != nil || !bytes.Equal(again, first) {
			t.Errorf("asked again it is another: %v", err)
		}
		if _, err := models.SealKey(t.Context(), db, strings.NewReader("short")); err == nil {
			t.Error("made without randomness")
		}
	})
}

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

func TestAudit_ListsTheLatestOfAClassFirst(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		here, there := models.NewID(), models.NewID() // an event outlives its class, so it needs none
		for i, class := range []*models.AuditEvent{{ClassID: &here}, {ClassID: &there}, {ClassID: &here}, {}} {
			class.CreatedAt = now.Add(time.Duration(i) * time.Second)
			class.Action = string(rune('a' + i))
			class.Detail = map[string]string{"was": "student"}
			if err := models.InsertAuditEvents(t.Context(), db.Write, class); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			name string
			list func() ([]*models.AuditEvent, error)
			want []string
		}{
			{"a class", func() ([]*models.AuditEvent, error) { return models.ListAuditEvents(t.Context(), db.Read, here, 10) }, []string{"c", "a"}},
			{"everything", func() ([]*models.AuditEvent, error) {
				return models.ListAuditEvents(t.Context(), db.Read, [16]byte{}, 3)
			}, []string{"d", "c", "b"}},
		} {
			events, err := c.list()
			if err != nil {
				t.Fatal(err)
			}
			var actions []string
			for _, e := range events {
				actions = append(actions, e.Read().Action)
				if e.Detail["was"] != "student" {
					t.Errorf("the detail of %s is %v", e.Action, e.Detail)
				}
			}
			if diff := gocmp.Diff(c.want, actions); diff != "" {
				t.Errorf("%s: want (-), got (+):\n%s", c.name, diff)
			}
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

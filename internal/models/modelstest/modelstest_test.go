package modelstest

import (
	"testing"

	"grimoire/internal/models"
)

func TestEach_GivesEveryTestAStoreOfItsOwn(t *testing.T) {
	for _, run := range []string{"first", "second"} {
		t.Run(run, func(t *testing.T) {
			Each(t, func(t *testing.T, db *models.DB) {
				users, err := models.ListUsers(t.Context(), db.Read)
				if err != nil || len(users) > 0 {
					t.Fatalf("a new store has %d users, %v", len(users), err)
				}
				ana := Account(t, db, "Ana")
				Conversation(t, db, Class(t, db, ana, "HIST101"), ana, models.VisibilityClass)
			})
		})
	}
}

package models_test

import (
	"context"
	"testing"

	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

// Somebody who goes away in the middle of a query takes the connection along that writes: SQLite was interrupted, so
// another one is opened. The log's statements go with the old one and come anew on the next.
func TestUpdateLog_GoesOnAfterTheConnectionWasGivenUp(t *testing.T) {
	r := newRoom(t, modelstest.SQLite(t))
	r.append(t, r.batch(1, "before"))
	for round := range 3 {
		ctx, goAway := context.WithCancel(t.Context())
		rows, err := r.db.Write.DB.QueryContext(ctx, `
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n`)
		if err != nil {
			t.Fatal(err)
		}
		if !rows.Next() {
			t.Fatal(rows.Err())
		}
		goAway()
		for rows.Next() {
		}
		if rows.Err() == nil {
			t.Fatal("a query without an end has come to one")
		}
		rows.Close()
		if heads := r.append(t, r.batch(1, "after")); heads[0] != int64(2+round) {
			t.Errorf("head after round %d: %d", round, heads[0])
		}
	}
}

// A batch that is not stored leaves no transaction behind.
func TestUpdateLog_RollsBackWhatSQLiteRefuses(t *testing.T) {
	r := newRoom(t, modelstest.SQLite(t))
	other := r.another(t)
	r.exec(t, "CREATE TRIGGER refuse BEFORE INSERT ON conversation_updates WHEN NEW.bytes = x'6e6f' BEGIN SELECT RAISE(ABORT, 'no'); END")
	for range 2 {
		if _, err := r.log.Append(t.Context(), []models.Batch{other.batch(1, "yes"), r.batch(1, "yes", "no")}); err == nil {
			t.Fatal("stored")
		}
	}
	if heads := r.append(t, r.batch(1, "yes"), other.batch(1, "yes")); heads[0] != 1 || heads[1] != 1 {
		t.Errorf("heads: %v", heads)
	}
	if got := len(r.load(t).Updates) + len(other.load(t).Updates); got != 2 {
		t.Errorf("%d rows", got)
	}
}

// A connection remembers where it left the heads, and others move them.
func TestUpdateLog_AppendsWhereTheHeadIsNow(t *testing.T) {
	r := newRoom(t, modelstest.SQLite(t))
	r.append(t, r.batch(1, "1", "2"))
	for _, change := range []struct {
		how  string
		what string
		want int64
	}{
		{"forward", "UPDATE conversation_heads SET head_seq = 7", 8},
		{"back", "UPDATE conversation_heads SET head_seq = 4", 5},
		{"another generation", "UPDATE conversation_heads SET generation = 2", models.Fenced},
		{"the first again", "UPDATE conversation_heads SET generation = 1", 6},
		{"away", "DELETE FROM conversation_heads", models.Fenced},
	} {
		r.exec(t, change.what)
		if heads := r.append(t, r.batch(1, "more")); heads[0] != change.want {
			t.Errorf("%s: head is %d, want %d", change.how, heads[0], change.want)
		}
	}
}

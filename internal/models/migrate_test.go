package models_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/uptrace/bun/dialect"

	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
	"grimoire/migrations"
)

func applied(t *testing.T, db *models.DB) (names []string, all int) {
	t.Helper()
	states, err := db.MigrationStatus(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range states {
		if s.AppliedAt != nil {
			names = append(names, s.Name)
		}
	}
	return names, len(states)
}

func TestMigrate_UpDownUp(t *testing.T) {
	modelstest.EachURL(t, func(t *testing.T, url string) {
		db := modelstest.Open(t, url)
		if names, all := applied(t, db); len(names) != 0 || all < 5 {
			t.Fatalf("a new database has %d of %d migrations", len(names), all)
		}
		for range 2 {
			if err := db.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if names, all := applied(t, db); len(names) != all || !slices.IsSorted(names) {
				t.Fatalf("of %d migrations, applied are %q", all, names)
			}
			ana := modelstest.Account(t, db, "Ana")
			modelstest.Conversation(t, db, modelstest.Class(t, db, ana, "HIST101"), ana, models.VisibilityClass)
			if err := db.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
			if names, _ := applied(t, db); len(names) != 0 {
				t.Fatalf("rolled back, applied are %q", names)
			}
			if left := tables(t, db); len(left) != 0 {
				t.Fatalf("rolled back, there are tables %q", left)
			}
		}
	})
}

func tables(t *testing.T, db *models.DB) []string {
	t.Helper()
	var columns []column
	if err := db.Read.NewRaw(builtColumns[db.Read.Dialect().Name()]).Scan(t.Context(), &columns); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range columns {
		if !slices.Contains(names, c.Table) {
			names = append(names, c.Table)
		}
	}
	return names
}

func TestMigrate_AgainChangesNothing(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		before, err := models.StoreEpoch(t.Context(), db)
		if err != nil || before == "" {
			t.Fatalf("epoch %q, %v", before, err)
		}
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		after, err := models.StoreEpoch(t.Context(), db)
		if err != nil || after != before {
			t.Errorf("epoch was %s, is %s, %v", before, after, err)
		}
	})
}

func TestMigrate_ManyProcessesAtOnceOnPostgres(t *testing.T) {
	url := modelstest.PostgresURL(t)
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		db := modelstest.Open(t, url)
		all.Go(func() { errs[i] = db.Migrate(t.Context()) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	if names, n := applied(t, modelstest.Open(t, url)); len(names) != n {
		t.Errorf("applied are %q", names)
	}
}

func TestMigrate_RefusesTheDatabaseOfALaterVersion(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		if _, err := db.Write.ExecContext(t.Context(), "INSERT INTO bun_migrations (name, group_id) VALUES ('9999', 2)"); err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(t.Context()); !errors.Is(err, models.ErrNewer) {
			t.Errorf("migrate: %v, want %v", err, models.ErrNewer)
		}
		if err := db.Rollback(t.Context()); !errors.Is(err, models.ErrNewer) {
			t.Errorf("roll back: %v, want %v", err, models.ErrNewer)
		}
	})
}

func TestMigrate_WhatFailsIsNotRecordedAndCanBeRepeated(t *testing.T) {
	modelstest.EachURL(t, func(t *testing.T, url string) {
		db := modelstest.Open(t, url)
		// In the way of the second migration: it makes classes, and then its index of enrolments fails.
		if _, err := db.Write.ExecContext(t.Context(), "CREATE TABLE enrolments (id text)"); err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(t.Context()); err == nil {
			t.Fatal("migrated over a table of somebody else")
		}
		if names, _ := applied(t, db); len(names) != 1 {
			t.Errorf("applied are %q, want the one before the one that failed", names)
		}
		if slices.Contains(tables(t, db), "classes") {
			t.Error("half a migration is there")
		}
		if _, err := db.Write.ExecContext(t.Context(), "DROP TABLE enrolments"); err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(t.Context()); err != nil {
			t.Errorf("the way is free: %v", err)
		}
	})
}

// Some migrations cannot be run twice, so a kill must leave one together with its record or neither.
func TestMigrate_WhatCannotBeRecordedIsNotDone(t *testing.T) {
	modelstest.EachURL(t, func(t *testing.T, url string) {
		db := modelstest.Open(t, url)
		applied(t, db) // makes the table
		if _, err := db.Write.ExecContext(t.Context(), "CREATE UNIQUE INDEX only_one ON bun_migrations (group_id)"); err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(t.Context()); !errors.Is(err, models.ErrConflict) {
			t.Fatalf("the second record was refused: %v, want %v", err, models.ErrConflict)
		}
		if names, _ := applied(t, db); len(names) != 1 {
			t.Errorf("applied are %q, want the first", names)
		}
		if slices.Contains(tables(t, db), "classes") {
			t.Error("the second is there without a record")
		}
		if err := db.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left := tables(t, db); len(left) != 0 {
			t.Errorf("rolled back, there are tables %q", left)
		}
	})
}

// before brings an empty database to the version before a migration.
func before(t *testing.T, db *models.DB, number string) {
	t.Helper()
	steps, err := migrations.For(db.Write.Dialect().Name())
	if err != nil {
		t.Fatal(err)
	}
	applied(t, db) // makes the table
	for _, step := range steps {
		if step.Number == number {
			return
		}
		for _, statement := range []string{step.Up, "INSERT INTO bun_migrations (name, group_id) VALUES ('" + step.Number + "', 1)"} {
			if _, err := db.Write.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Fatalf("there is no migration %s", number)
}

// oldConversation is a conversation of the version before 0007, with rows up to its head.
type oldConversation struct {
	id                         uuid.UUID
	generation, head, snapshot int64
	deleted                    *time.Time
}

func (c oldConversation) insert(t *testing.T, r room) {
	t.Helper()
	state := []byte("state")
	sum := sha256.Sum256(state)
	r.exec(t, `INSERT INTO conversations (id, created_at, class_id, owner_id, title, source, visibility, import_report,
	generation, head_seq, snapshot_seq, deleted_at, raw_text, crdt_state)
VALUES (?, ?, ?, ?, 'Rome', 'plain', 'class', '{}', ?, ?, ?, ?, 'Why', ?)`,
		c.id, now, r.class.ID, r.user.ID, c.generation, c.head, c.snapshot, c.deleted, state)
	r.exec(t, "INSERT INTO state_checksums (conversation_id, sha256) VALUES (?, ?)", c.id, sum[:])
	r.exec(t, `INSERT INTO previous_states (conversation_id, created_at, generation, snapshot_seq, sha256, state)
VALUES (?, ?, ?, 0, ?, ?)`, c.id, now, c.generation, sum[:], state)
	for seq := range c.head {
		update := fmt.Append(nil, "update ", seq+1)
		r.exec(t, `INSERT INTO conversation_updates (conversation_id, generation, seq, user_id, bytes, crc, at)
VALUES (?, ?, ?, ?, ?, ?, ?)`, c.id, c.generation, seq+1, r.user.ID, update, int64(crc32.Checksum(update, crc32.MakeTable(crc32.Castagnoli))), now)
	}
}

func TestMigrate_HeadsAreCarriedOverAndBack(t *testing.T) {
	modelstest.EachURL(t, func(t *testing.T, url string) {
		db := modelstest.Open(t, url)
		before(t, db, "0007")
		r := room{db: db, log: models.NewUpdateLog(db, func() time.Time { return now }), user: &models.User{Identity: identity(ana)}, class: &models.Class{Identity: identity(class)}}
		r.exec(t, "INSERT INTO users (id, created_at, display_name, is_admin) VALUES (?, ?, 'Ana', false)", ana, now)
		r.exec(t, "INSERT INTO classes (id, created_at, name, owner_id, settings, policy_epoch) VALUES (?, ?, 'HIST101', ?, '{}', 1)", class, now, ana)
		restored, deleted, fresh := r, r, r
		restored.id, deleted.id, fresh.id = id(11), id(12), id(13)
		oldConversation{restored.id, 3, 3, 1, nil}.insert(t, r)
		oldConversation{deleted.id, 2, 2, 0, &now}.insert(t, r)
		oldConversation{fresh.id, 1, 0, 0, nil}.insert(t, r)

		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		s := restored.load(t)
		if s.Generation != 3 || s.Snapshot != 1 || s.Head != 3 || string(s.State) != "state" || !gocmp.Equal(s.Updates, updates("update 2", "update 3")) {
			t.Errorf("after the migration it is %+v", s)
		}
		heads := r.append(t, restored.batch(2, "late"), restored.batch(3, "update 4"), deleted.batch(2, "late"), fresh.batch(1, "update 1"))
		if want := []int64{models.Fenced, 4, models.Fenced, 1}; !slices.Equal(heads, want) {
			t.Errorf("heads are %v, want %v", heads, want)
		}
		if ok, err := r.log.Compact(t.Context(), models.Compaction{Conversation: restored.id, Generation: 3, From: 1, To: 4, State: []byte("all")}); !ok || err != nil {
			t.Error(ok, err)
		}
		if read, err := models.GetConversation(t.Context(), db.Read, restored.id); err != nil || read.Generation != 3 {
			t.Errorf("it reads as %+v, %v", read, err)
		}

		if err := db.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		type log struct{ Generation, Head, Snapshot, Rows int64 }
		want := map[uuid.UUID]log{restored.id: {3, 4, 4, 4}, deleted.id: {2, 2, 0, 2}, fresh.id: {1, 1, 0, 1}}
		for id, want := range want {
			var got log
			if err := db.Read.NewRaw(`SELECT generation, head_seq AS head, snapshot_seq AS snapshot,
	(SELECT COUNT(*) FROM conversation_updates WHERE conversation_id = ?) AS rows
FROM conversations WHERE id = ?`, id, id).Scan(t.Context(), &got); err != nil || got != want {
				t.Errorf("rolled back, the log is %+v, %v; want %+v", got, err, want)
			}
		}
		if _, err := db.Write.ExecContext(t.Context(), "UPDATE conversations SET head_seq = snapshot_seq - 1"); err == nil {
			t.Error("rolled back, a head may be before the state again")
		}

		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if heads := r.append(t, restored.batch(3, "update 5"), deleted.batch(2, "late")); !slices.Equal(heads, []int64{5, models.Fenced}) {
			t.Errorf("migrated again, heads are %v", heads)
		}
		if s := restored.load(t); string(s.State) != "all" || !gocmp.Equal(s.Updates, updates("update 5")) {
			t.Errorf("migrated again, it is %+v", s)
		}
		if db.Write.Dialect().Name() == dialect.SQLite {
			var said string
			if err := db.Write.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&said); err != nil || said != "ok" {
				t.Errorf("SQLite says of the file: %s, %v", said, err)
			}
		}
	})
}

package models_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
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

// A kill between a migration's commit and its record, in either direction, is mended by the next start.
func TestMigrate_WhatWasDoneButNotRecordedIsRepeatedHarmlessly(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ana := modelstest.Account(t, db, "Ana")
		if _, err := db.Write.ExecContext(t.Context(), "DELETE FROM bun_migrations"); err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if names, all := applied(t, db); len(names) != all {
			t.Errorf("applied are %q", names)
		}
		if _, err := models.GetUser(t.Context(), db.Read, ana.ID); err != nil {
			t.Errorf("who was there before: %v", err)
		}
	})
}

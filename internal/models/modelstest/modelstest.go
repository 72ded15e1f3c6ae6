// Package modelstest gives tests stores of their own: real ones, on both databases, thrown away afterwards.
//
//	modelstest.Each(t, func(t *testing.T, db *models.DB) { … })   // "sqlite", then "postgres"
//
// SQLite lives in the test's temporary directory. PostgreSQL is a private cluster (cluster.go) that starts with
// the first test of a process that asks for it; every test gets a database in it. A machine without
// PostgreSQL's programs fails such a test, and says what to install.
package modelstest

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/uptrace/bun"

	"grimoire/internal/models"
)

// Each runs fn on an empty, migrated store of either kind.
func Each(t *testing.T, fn func(t *testing.T, db *models.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// EachURL runs fn with the URL of a store of either kind that nobody has opened. It is not migrated.
func EachURL(t *testing.T, fn func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLiteURL(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, PostgresURL(t)) })
}

// SQLite returns an empty, migrated store in a file. It is closed when the test ends.
func SQLite(t testing.TB) *models.DB {
	t.Helper()
	db := Open(t, SQLiteURL(t))
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// SQLiteURL returns the URL of a file that does not exist yet.
func SQLiteURL(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "grimoire.db") }

// Postgres returns an empty, migrated store in PostgreSQL. It is closed when the test ends.
func Postgres(t testing.TB) *models.DB {
	t.Helper()
	return Open(t, newDatabase(t, migratedTemplate))
}

// PostgresURL returns the URL of an empty database.
func PostgresURL(t testing.TB) string {
	t.Helper()
	return newDatabase(t, emptyTemplate)
}

// OwnPostgres returns the URL of an empty database in a PostgreSQL that belongs to this test alone, and a function
// that ends that server as a crash does and starts it again.
func OwnPostgres(t testing.TB) (url string, restart func()) {
	t.Helper()
	c, err := startCluster()
	if err != nil {
		t.Fatalf("start a private PostgreSQL: %v", err)
	}
	t.Cleanup(func() {
		if err := c.stop(); err != nil {
			t.Errorf("stop a private PostgreSQL: %v", err)
		}
	})
	return c.url("postgres"), func() {
		t.Helper()
		if err := c.restart(); err != nil {
			t.Fatalf("restart PostgreSQL: %v", err)
		}
	}
}

// Open opens a store and closes it when the test ends.
func Open(t testing.TB, url string) *models.DB {
	t.Helper()
	db, err := models.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return db
}

// Queries runs fn with a handle on db and returns the queries that it made, as the database got them.
func Queries(db *bun.DB, fn func(db bun.IDB)) []string {
	var r recorder
	fn(db.WithQueryHook(&r))
	return r.queries
}

type recorder struct{ queries []string }

func (r *recorder) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (r *recorder) AfterQuery(_ context.Context, event *bun.QueryEvent) {
	r.queries = append(r.queries, event.Query)
}

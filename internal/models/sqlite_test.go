package models_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uptrace/bun"

	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

// Half a megabyte each, they are the largest part of a server that nobody uses.
func TestSQLite_ReadersGoWhenNobodyNeedsThem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grimoire.db")
	synctest.Test(t, func(t *testing.T) {
		db, err := models.Open(t.Context(), "sqlite:"+path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}()
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 2 { // those who come later find the same
			epoch := readAtOnce(t, db, 4)
			if epoch == "" {
				t.Error("read nothing")
			}
			if got := db.Read.Stats().OpenConnections; got != 4 {
				t.Errorf("%d readers have just been used, want 4", got)
			}
			time.Sleep(500 * time.Millisecond)
			if got := db.Read.Stats().OpenConnections; got != 4 {
				t.Errorf("%d readers wait for the next query, want 4", got)
			}
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if got := db.Read.Stats().OpenConnections; got != 0 {
				t.Errorf("%d readers are left, want none", got)
			}
			if got := db.Write.Stats().OpenConnections; got != 1 {
				t.Errorf("%d writers, want 1", got)
			}
		}
	})
}

func TestSQLite_CopiesItsLogIntoTheFileOnceItIsLong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grimoire.db")
	db := modelstest.Open(t, "sqlite:"+path)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := newRoom(t, db)
	large := strings.Repeat("x", 4<<20)
	for _, step := range []struct{ appends, atLeast, atMost int }{{2, 0, 1 << 20}, {3, 16 << 20, 32 << 20}} {
		for range step.appends {
			r.append(t, r.batch(1, large))
		}
		file, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if size := int(file.Size()); size < step.atLeast || size > step.atMost {
			t.Errorf("after %d more appends of 4 MiB the file has %d bytes, want %d to %d", step.appends, size, step.atLeast, step.atMost)
		}
	}
}

// readAtOnce reads the store's epoch over n connections, all open at the same time.
func readAtOnce(t *testing.T, db *models.DB, n int) (epoch string) {
	t.Helper()
	var conns []bun.Conn
	for range n {
		conn, err := db.Read.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
		if err := conn.QueryRowContext(t.Context(), "SELECT value FROM store WHERE key = 'epoch'").Scan(&epoch); err != nil {
			t.Fatal(err)
		}
	}
	for _, conn := range conns {
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return epoch
}

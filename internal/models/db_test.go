package models_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

func TestOpen_RefusesWhatIsNoDatabase(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte(strings.Repeat("this is not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, url := range map[string]string{
		"no scheme":        "grimoire.db",
		"another kind":     "mysql://root@localhost/grimoire",
		"no file":          "sqlite:",
		"a text file":      "sqlite:" + file,
		"under a file":     "sqlite:" + file + "/grimoire.db",
		"nobody listens":   "postgres://postgres@/grimoire?host=" + t.TempDir(),
		"a broken address": "postgres://%zz",
	} {
		t.Run(name, func(t *testing.T) {
			db, err := models.Open(t.Context(), url)
			if err == nil {
				t.Fatal(errors.Join(errors.New("it opened"), db.Close()))
			}
		})
	}
}

func TestOpen_RefusesPostgresThatAnswersBeforeTheDisk(t *testing.T) {
	url := modelstest.PostgresURL(t)
	for setting, says := range map[string]string{
		"synchronous_commit=off": "synchronous_commit gives off",
		"grimoire.throwaway=no":  "gives off", // the fsync of the tests' cluster, as any other one's
	} {
		db, err := models.Open(t.Context(), url+"&"+setting)
		if !errors.Is(err, models.ErrWeak) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %v", setting, err, models.ErrWeak)
		}
		if err == nil {
			t.Error(db.Close())
		}
	}
}

// Rights that another process moves are looked for in a store that one may have open.
func TestOpen_SaysWhetherOtherProcessesMayHaveTheStore(t *testing.T) {
	if !modelstest.Postgres(t).Shared || modelstest.SQLite(t).Shared {
		t.Error("PostgreSQL is shared by processes, and a SQLite directory is held by one")
	}
}

// Whoever weakens the writer of an open SQLite store is found out by the same reading that Open relies on.
func TestVerify_ReadsTheSettingsOfSQLiteBack(t *testing.T) {
	db := modelstest.SQLite(t)
	if err := models.VerifySQLite(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	for weak, strong := range map[string]string{
		"PRAGMA synchronous=NORMAL":    "PRAGMA synchronous=FULL",
		"PRAGMA fullfsync=OFF":         "PRAGMA fullfsync=ON",
		"PRAGMA foreign_keys=OFF":      "PRAGMA foreign_keys=ON",
		"PRAGMA journal_mode=TRUNCATE": "PRAGMA journal_mode=WAL",
	} {
		for _, statement := range []string{weak, strong} {
			if _, err := db.Write.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
			if err := models.VerifySQLite(t.Context(), db); errors.Is(err, models.ErrWeak) != (statement == weak) {
				t.Errorf("after %s: %v", statement, err)
			}
		}
	}
}

func TestOpen_SQLiteConnectionsWaitForTheDisk(t *testing.T) {
	db := modelstest.SQLite(t)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "fullfsync": "1", "foreign_keys": "1", "busy_timeout": "5000", "query_only": "0",
	} {
		var got string
		if err := db.Write.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, want %s, %v", pragma, got, want, err)
		}
	}
}

func TestOpen_TakesAnyFileName(t *testing.T) {
	for _, name := range []string{"100% of 7b?mode=memory#x.db", `C:\Users\Ana\grimoire.db`} {
		path := filepath.Join(t.TempDir(), "not yet there", name)
		db := modelstest.Open(t, "sqlite:"+path)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path + "-wal"); err != nil { // SQLite made it
			t.Error(err)
		}
	}
}

// holdsDirectory makes this test binary, when it is run with the variable, open a store, say so, and be killed.
const holdsDirectory = "GRIMOIRE_TEST_HOLDS"

// appends makes it append rows to a store; syncFails, on a disk that fails; synchronous, with that setting.
const (
	appends     = "GRIMOIRE_TEST_APPENDS"
	syncFails   = "GRIMOIRE_TEST_SYNC_FAILS"
	synchronous = "GRIMOIRE_TEST_SYNCHRONOUS"
)

var mainContext = context.Background() // of what has no test

func TestMain(m *testing.M) {
	time.Local = time.FixedZone("somewhere", 3*60*60+30*60) // before anybody looks at the clock: UTC must not be met by chance
	if url := os.Getenv(appends); url != "" {
		appendForEver(url)
	}
	if url := os.Getenv(holdsDirectory); url != "" {
		if _, err := models.Open(mainContext, url); err != nil {
			panic(err)
		}
		os.Stdout.WriteString("held")
		select {}
	}
	os.Exit(m.Run())
}

func TestOpen_HoldsTheDirectoryAgainstOtherProcesses(t *testing.T) {
	url := modelstest.SQLiteURL(t)
	other := exec.Command(os.Args[0])
	other.Env = append(os.Environ(), holdsDirectory+"="+url)
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("held"))); err != nil {
		t.Fatal(err)
	}
	if _, err := models.Open(t.Context(), url); !errors.Is(err, models.ErrLocked) {
		t.Errorf("beside another process: %v, want %v", err, models.ErrLocked)
	}
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := other.Wait(); err == nil {
		t.Error("the other process ended by itself")
	}
	db, err := models.Open(t.Context(), url)
	if err != nil {
		t.Fatalf("after it was killed: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	modelstest.Open(t, url) // and after it was closed
}

func TestDB_ReadersOfSQLiteMayNotWrite(t *testing.T) {
	db := modelstest.SQLite(t)
	if err := models.PutStoreValue(t.Context(), db.Read, "key", "value"); err == nil {
		t.Error("a reader wrote")
	}
}

func TestDB_InTxCommitsAllOrNothing(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		failure := errors.New("something else went wrong")
		err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if err := models.PutStoreValue(ctx, tx, "key", "value"); err != nil {
				return err
			}
			return failure
		})
		if !errors.Is(err, failure) {
			t.Errorf("got %v, want %v", err, failure)
		}
		if _, err := models.GetStoreValue(t.Context(), db.Read, "key"); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("after a failure: %v, want %v", err, models.ErrNotFound)
		}
	})
}

func TestDB_TimesAreUTCWithMicroseconds(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		at := time.Date(2026, 3, 2, 9, 30, 0, 123456789, time.Local)
		ana := modelstest.Account(t, db, "Ana")
		if err := models.SawUser(t.Context(), db.Write, ana.ID, at); err != nil {
			t.Fatal(err)
		}
		got, err := models.GetUser(t.Context(), db.Read, ana.ID)
		if err != nil {
			t.Fatal(err)
		}
		// Not Equal: the zone counts too.
		if want := models.Instant(at); *got.LastSeenAt != want {
			t.Errorf("got %v, want %v", got.LastSeenAt, want)
		}
		if at.Location() == time.UTC {
			t.Error("this test proves nothing where the time is UTC")
		}
		if got.CreatedAt != ana.CreatedAt {
			t.Errorf("got %v, inserted %v", got.CreatedAt, ana.CreatedAt)
		}
	})
}

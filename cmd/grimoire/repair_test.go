package main

import (
	"encoding/json"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"grimoire/internal/classroom"
	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

// fails runs a verb that must end with status 1, and returns everything that it printed.
func fails(t *testing.T, s store, args ...string) string {
	t.Helper()
	out, err := exec.Command(binary, append(args, s.flags()...)...).CombinedOutput()
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 {
		t.Fatalf("grimoire %s: %v, want exit status 1\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// url is what models.Open takes.
func (s store) url() string {
	if s.databaseURL != "" {
		return s.databaseURL
	}
	return "sqlite:" + s.data + "/grimoire.db"
}

// A row of the log rots while the server is down. The conversation is found by verify, opens for reading, takes
// no writing, is recovered beside the running server, and gets the lost word back from its author's browser.
func TestRepair_ADamagedRowIsFoundRecoveredAndHealed(t *testing.T) {
	eachStore(t, func(t *testing.T, s store) {
		addr := freeAddr(t)
		srv := startServer(t, s, addr)
		demo := seed(t, s, 2, 2)
		author := newWriter(addr, demo, 0, 0)
		author.converse(t, 3)
		srv.stop(t, syscall.SIGTERM)

		if out := string(grimoire(t, s, nil, "conversation", "verify", "--all")); strings.Count(out, "sound") != 2 {
			t.Errorf("before anything happened:\n%s", out)
		}
		damage(t, s, "UPDATE conversation_updates SET crc = crc + 1 WHERE seq = 2")
		if out := fails(t, s, "conversation", "verify", "--all"); !strings.Contains(out, "row 2: crc32c differs") || strings.Count(out, "sound") != 1 {
			t.Errorf("verify says:\n%s", out)
		}

		startServer(t, s, addr)
		if got := readRoom(t, addr, demo, 0).Text("notes").String(); got != author.word(0) {
			t.Errorf("read-only, the notes are %q, want what comes before the lost word: %q", got, author.word(0))
		}
		stranger := newWriter(addr, demo, 0, 1)
		if refused := stranger.offer(t); !strings.Contains(refused.Reason, "damaged") {
			t.Errorf("a stranger's word: %+v", refused)
		}
		room := demo.Rooms[0]
		if out := fails(t, s, "conversation", "compact", room); !strings.Contains(out, "NOT COMPACTED") {
			t.Errorf("compact says:\n%s", out)
		}
		if out := fails(t, s, "conversation", "recover", room); !strings.Contains(out, "lost: change 2, by ") || !strings.Contains(out, "say --yes") {
			t.Errorf("recover without --yes says:\n%s", out)
		}
		var reports []classroom.Report
		if err := json.Unmarshal(grimoire(t, s, nil, "conversation", "recover", room, "--yes", "--json"), &reports); err != nil {
			t.Fatal(err)
		}
		if len(reports) != 1 || len(reports[0].Lost) != 1 || reports[0].Lost[0].Seq != 2 || !reports[0].Waiting {
			t.Errorf("recovered: %+v", reports)
		}
		author.converse(t, 1) // comes back with what the server lost, and goes on
		if got, want := readNotes(t, addr, demo, 0), author.word(0)+author.word(1)+author.word(2)+author.word(3); got != want {
			t.Errorf("healed, the notes are %q, want %q", got, want)
		}
		grimoire(t, s, nil, "conversation", "compact", "--all")
		if out := string(grimoire(t, s, nil, "conversation", "verify", "--all")); strings.Count(out, "sound") != 2 {
			t.Errorf("in the end:\n%s", out)
		}
	})
}

func TestRepair_SaysWhenOnlyABackupHelps(t *testing.T) {
	s := store{data: t.TempDir()}
	demo := seed(t, s, 1, 1)
	damage(t, s, "UPDATE conversations SET crdt_state = x'01'")
	if out := fails(t, s, "conversation", "verify", demo.Rooms[0]); !strings.Contains(out, "the previous one") {
		t.Errorf("with a sound previous state:\n%s", out)
	}
	damage(t, s, "UPDATE previous_states SET state = x'02'")
	if out := fails(t, s, "conversation", "recover", demo.Rooms[0], "--yes"); !strings.Contains(out, "bring back a backup") {
		t.Errorf("without:\n%s", out)
	}
}

// eachStore runs fn on a store of either kind.
func eachStore(t *testing.T, fn func(t *testing.T, s store)) {
	t.Run("sqlite", func(t *testing.T) { fn(t, store{data: t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) { fn(t, store{data: t.TempDir(), databaseURL: modelstest.PostgresURL(t)}) })
}

// damage changes what is stored while no server runs.
func damage(t *testing.T, s store, statement string) {
	t.Helper()
	db, err := models.Open(t.Context(), s.url())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Write.ExecContext(t.Context(), statement); err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

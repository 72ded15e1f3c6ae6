package models_test

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"grimoire/internal/models"
	"grimoire/internal/models/disktest"
	"grimoire/internal/models/modelstest"
)

var (
	powerCuts = flag.Int("cuts", 60, "how often TestPowerCut cuts the power")
	powerSeed = flag.Uint64("cut-seed", 0, "seed of TestPowerCut; 0 takes a random one")
)

// newDisk returns a room in a SQLite store, and the directory of its files.
func newDisk(t *testing.T) (r room, directory string) {
	t.Helper()
	directory = t.TempDir()
	db := modelstest.Open(t, "sqlite:"+filepath.Join(directory, "grimoire.db"))
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return newRoom(t, db), directory
}

func TestAppend_WhatTheDiskDoesNotTakeIsNotStoredAndCanBeRepeated(t *testing.T) {
	for what, result := range map[string]int32{"full": disktest.Full, "broken": disktest.BadWrite} {
		for _, healthy := range []int{0, 1, 2, 5} { // operations before it happens
			t.Run(fmt.Sprint(what, " after ", healthy), func(t *testing.T) {
				r, directory := newDisk(t)
				r.append(t, r.batch(1, "a"))
				var operations atomic.Int64
				disktest.SetFault(directory, func(disktest.Op, string) int32 {
					if operations.Add(1) > int64(healthy) {
						return result
					}
					return 0
				})
				large := strings.Repeat("b", 64<<10)
				for range 2 {
					if _, err := r.log.Append(t.Context(), []models.Batch{r.batch(1, large)}); err == nil || errors.Is(err, models.ErrRejected) {
						t.Errorf("got %v, want an error that may pass", err)
					}
				}
				if s := r.load(t); s.Head != 1 || len(s.Updates) != 1 {
					t.Errorf("head is %d, with %d rows", s.Head, len(s.Updates))
				}
				disktest.SetFault(directory, nil)
				r.append(t, r.batch(1, large))
				if s := r.load(t); s.Head != 2 || string(s.Updates[1]) != large {
					t.Errorf("repeated, head is %d, with %d rows", s.Head, len(s.Updates))
				}
			})
		}
	}
}

// TestMain runs this in another process. It appends rows to the one conversation of a store, and writes down the
// number of each that is acknowledged.
func appendForEver(url string) {
	db, err := models.Open(mainContext, url)
	if err != nil {
		panic(err)
	}
	if value := os.Getenv(synchronous); value != "" {
		if _, err := db.Write.ExecContext(mainContext, "PRAGMA synchronous="+value); err != nil {
			panic(err)
		}
	}
	ids, err := models.ListConversationIDs(mainContext, db.Read)
	if err != nil {
		panic(err)
	}
	if os.Getenv(syncFails) != "" {
		syncs := 0
		disktest.SetFault(filepath.Dir(strings.TrimPrefix(url, "sqlite:")), func(op disktest.Op, _ string) int32 {
			if op == disktest.Sync {
				syncs++
			}
			if syncs == 10 {
				syncs = 0 // the next one would succeed, and be worth nothing
				return disktest.BadSync
			}
			return 0
		})
	}
	log := models.NewUpdateLog(db, modelstest.Clock)
	for {
		row := models.UpdateRow{User: ids[0], Bytes: []byte(strings.Repeat("row ", 100))}
		heads, err := log.Append(mainContext, []models.Batch{{Conversation: ids[0], Generation: 1, Rows: []models.UpdateRow{row}}})
		if err != nil {
			panic(err)
		}
		fmt.Println(heads[0])
	}
}

// newStore makes a store with one conversation and closes it.
func newStore(t *testing.T, url string) room {
	t.Helper()
	db, err := models.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := newRoom(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAppend_ADiskThatDoesNotConfirmEndsTheProcess(t *testing.T) {
	url := modelstest.SQLiteURL(t)
	r := newStore(t, url)
	other := exec.Command(os.Args[0])
	other.Env = append(os.Environ(), appends+"="+url, syncFails+"=yes")
	var said bytes.Buffer
	other.Stderr = &said
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	acknowledged := 0
	for lines := bufio.NewScanner(out); lines.Scan(); acknowledged++ {
	}
	if exit := new(exec.ExitError); !errors.As(other.Wait(), &exit) || exit.ExitCode() != models.ExitSync {
		t.Errorf("it ended with %v, want status %d:\n%s", other.ProcessState, models.ExitSync, &said)
	}
	if !strings.Contains(said.String(), "did not confirm") {
		t.Errorf("it said %q", &said)
	}
	r.log = models.NewUpdateLog(modelstest.Open(t, url), modelstest.Clock)
	if s := r.load(t); acknowledged == 0 || s.Head < int64(acknowledged) {
		t.Errorf("%d rows were acknowledged, %d are there", acknowledged, s.Head)
	}
}

// The power goes at random operations while rows are appended, compacted and checkpointed. Whatever a disk with a
// cache makes of what was not confirmed, every acknowledged row is there and the file is sound. With
// synchronous=NORMAL the same cuts must lose rows: otherwise this test would prove nothing.
func TestPowerCut_NothingAcknowledgedIsLost(t *testing.T) {
	seed := *powerSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("repeat with: go test ./internal/models -run TestPowerCut -args -cuts %d -cut-seed %d", *powerCuts, seed)
	for _, c := range []struct {
		synchronous string
		loses       bool
	}{{"FULL", false}, {"NORMAL", true}} {
		t.Run(c.synchronous, func(t *testing.T) {
			lost := cutPower(t, c.synchronous, rand.New(rand.NewPCG(seed, 0)))
			t.Logf("%d power cuts, %d lost acknowledged rows", *powerCuts, lost)
			if (lost > 0) != c.loses {
				t.Errorf("lost in %d of %d cuts", lost, *powerCuts)
			}
		})
	}
}

// cutsPerStore bounds the store, all of which is copied at each cut.
const cutsPerStore = 20

// cutPower returns in how many of the cuts an acknowledged row was lost.
func cutPower(t *testing.T, synchronous string, random *rand.Rand) (lost int) {
	var r room
	var directory string
	var head, snapshot int64
	for cut := range *powerCuts {
		if cut%cutsPerStore == 0 {
			r, directory = newDisk(t)
			r.exec(t, "PRAGMA synchronous="+synchronous)
			r.exec(t, "PRAGMA wal_autocheckpoint=30") // pages: so that cuts hit checkpoints too
			head, snapshot = 0, 0
		}
		recording, err := disktest.Record(directory)
		if err != nil {
			t.Fatal(err)
		}
		acknowledged, gone := int64(-1), false
		recording.CutAt(1+random.IntN(80), func() { acknowledged, gone = head, true })
		for !gone {
			if random.IntN(5) == 0 {
				r.compact(t, snapshot, head, fmt.Sprint(head))
				snapshot = head
			}
			var texts []string
			for n := range int64(1 + random.IntN(4)) {
				texts = append(texts, strconv.FormatInt(head+n+1, 10)+strings.Repeat(" ", random.IntN(3000)))
			}
			r.append(t, r.batch(1, texts...))
			head += int64(len(texts))
		}
		if restored := restore(t, recording, random, r); restored < acknowledged {
			lost++
			if synchronous == "FULL" {
				t.Errorf("cut %d: row %d was acknowledged, the last one is %d", cut, acknowledged, restored)
			}
		}
	}
	return lost
}

// restore opens what a power cut left, and returns the seq of its last row.
func restore(t *testing.T, recording *disktest.Recording, random *rand.Rand, r room) int64 {
	t.Helper()
	directory, err := os.MkdirTemp(t.TempDir(), "cut")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := os.RemoveAll(directory); err != nil {
			t.Error(err)
		}
	}()
	if err := recording.Restore(directory, random); err != nil {
		t.Fatal(err)
	}
	db, err := models.Open(t.Context(), "sqlite:"+filepath.Join(directory, "grimoire.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	expectSoundFile(t, db)
	r.log = models.NewUpdateLog(db, modelstest.Clock)
	s := r.load(t)
	if s.Fallback || s.Damaged != nil || s.Snapshot > 0 && string(s.State) != strconv.FormatInt(s.Snapshot, 10) {
		t.Fatalf("state %q at %d, damaged %v", s.State, s.Snapshot, s.Damaged)
	}
	for i, update := range s.Updates {
		if want := strconv.FormatInt(s.Snapshot+1+int64(i), 10); strings.TrimRight(string(update), " ") != want {
			t.Fatalf("row %s is %.20q", want, update)
		}
	}
	return s.Head
}

// expectSoundFile fails the test unless SQLite finds its own file whole.
func expectSoundFile(t *testing.T, db *models.DB) {
	t.Helper()
	var check string
	if err := db.Read.NewRaw("PRAGMA integrity_check").Scan(t.Context(), &check); err != nil || check != "ok" {
		t.Fatalf("the file is damaged: %s, %v", check, err)
	}
}

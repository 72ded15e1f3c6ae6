//go:build soak && linux

package models_test

import (
	"bufio"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

var deviceCuts = flag.Int("device-cuts", 40, "how often TestDeviceCut cuts the power")

// Another process appends rows to a store on an ext4 of its own, on a loop device. At a random moment that file
// system is shut down as a power cut does: nothing in memory reaches the device any more. Mounted again, after
// its journal was replayed, it must have every row that was acknowledged. With synchronous=NORMAL it must not.
func TestDeviceCut_NothingAcknowledgedIsLost(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("cannot run here: mounting a file system on a loop device needs root")
	}
	directory := t.TempDir()
	image, mount := filepath.Join(directory, "image"), filepath.Join(directory, "mount")
	command(t, "truncate", "-s", "64M", image)
	command(t, "mkfs.ext4", "-q", image)
	command(t, "mkdir", mount)
	if out, err := exec.Command("mount", "-o", "loop", image, mount).CombinedOutput(); err != nil {
		t.Skipf("cannot run here: no loop device: %s", out)
	}
	t.Cleanup(func() { command(t, "umount", "--lazy", mount) })
	for _, c := range []struct {
		synchronous string
		loses       bool
	}{{"FULL", false}, {"NORMAL", true}} {
		t.Run(c.synchronous, func(t *testing.T) {
			url := "sqlite:" + filepath.Join(mount, c.synchronous, "grimoire.db")
			r := newStore(t, url)
			command(t, "sync", "-f", mount)
			lost, rows := 0, int64(0)
			for range *deviceCuts {
				acknowledged := appendUntilCut(t, url, c.synchronous, mount)
				command(t, "umount", mount)
				command(t, "mount", "-o", "loop", image, mount)
				if rows = lastRow(t, r, url); rows < acknowledged {
					lost++
				}
			}
			t.Logf("%d power cuts, %d lost acknowledged rows; there are %d in the end", *deviceCuts, lost, rows)
			if (lost > 0) != c.loses {
				t.Errorf("lost in %d of %d cuts", lost, *deviceCuts)
			}
		})
	}
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// appendUntilCut cuts the power a moment after the first acknowledgement, and returns the number of the last one
// that came before. The kernel may report the sync that was under way as a success, which without power nobody
// would hear of.
func appendUntilCut(t *testing.T, url, setting, mount string) int64 {
	t.Helper()
	other := exec.Command(os.Args[0])
	other.Env = append(os.Environ(), appends+"="+url, synchronous+"="+setting)
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	var acknowledged atomic.Int64
	cut := make(chan int64, 1)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if acknowledged.Load() == 0 {
			time.AfterFunc(time.Duration(rand.IntN(int(200*time.Millisecond))), func() {
				before := acknowledged.Load()
				defer func() { cut <- before }()
				if err := shutDown(mount); err != nil {
					t.Error(err)
				}
				if err := other.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
					t.Error(err)
				}
			})
		}
		row, err := strconv.ParseInt(lines.Text(), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		acknowledged.Store(row)
	}
	if err := other.Wait(); err == nil {
		t.Fatal("it ended by itself")
	}
	if acknowledged.Load() == 0 {
		t.Fatal("nothing was acknowledged")
	}
	return <-cut
}

// shutDown is what a power cut is to a file system: it writes nothing any more, not even its journal.
func shutDown(mount string) error {
	directory, err := os.Open(mount)
	if err != nil {
		return err
	}
	defer directory.Close()
	const shutdown = 0x8004587d // FS_IOC_SHUTDOWN
	noLogFlush := uint32(2)
	_, _, code := syscall.Syscall(syscall.SYS_IOCTL, directory.Fd(), shutdown, uintptr(unsafe.Pointer(&noLogFlush)))
	if code != 0 {
		return code
	}
	return nil
}

// lastRow opens the store, looks whether it is sound, and returns the seq of its last row.
func lastRow(t *testing.T, r room, url string) int64 {
	t.Helper()
	db, err := models.Open(t.Context(), url)
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
	if s.Damaged != nil || s.Fallback {
		t.Fatalf("damaged: %+v", s.Damaged)
	}
	return s.Head
}

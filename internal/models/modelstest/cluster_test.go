package modelstest

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"
)

func TestCluster_LeavesNothingBehind(t *testing.T) {
	c, err := startCluster()
	if err != nil {
		t.Fatal(err)
	}
	pid, err := os.ReadFile(c.directory + "/data/postmaster.pid")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.stop(); err != nil {
		t.Errorf("the guard: %v", err)
	}
	if _, err := os.Stat(c.directory); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there: %v", c.directory, err)
	}
	server, _, _ := strings.Cut(string(pid), "\n")
	// It says that it has ended while it still does. Another process may get its number.
	command := []byte(c.directory)
	for ended := time.Now().Add(time.Minute); bytes.Contains(command, []byte(c.directory)) && time.Now().Before(ended); {
		command, err = os.ReadFile("/proc/" + server + "/cmdline")
	}
	if err == nil && bytes.Contains(command, []byte(c.directory)) {
		t.Errorf("the server still runs: %s", command)
	}
}

func TestFindBinaries_SaysWhatToInstall(t *testing.T) {
	t.Setenv("PG_BIN", "")
	t.Setenv("PATH", t.TempDir())
	found, err := findBinaries(t.TempDir() + "/*/bin")
	if err == nil || !strings.Contains(err.Error(), "apt-get install --no-install-recommends postgresql") {
		t.Fatalf("found %q and said: %v", found, err)
	}
}

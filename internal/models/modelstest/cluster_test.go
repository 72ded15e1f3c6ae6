package modelstest

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
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
	// A process that has ended and that nobody has waited for has no command line.
	if command, err := os.ReadFile("/proc/" + server + "/cmdline"); err == nil && len(command) > 0 {
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

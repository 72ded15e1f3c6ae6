package crdttest

import (
	"flag"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

var (
	seed  = flag.Int("seed", 2, "seed of the generated cases")
	cases = flag.Int("cases", 5000, "number of generated cases")
)

// TestOracle_EqualsYjs generates cases with real yjs and compares.
func TestOracle_EqualsYjs(t *testing.T) {
	requireOracle(t)
	cmd := exec.Command("node", "fuzz.mjs", "--seed", strconv.Itoa(*seed), "--cases", strconv.Itoa(*cases), "--steps")
	cmd.Dir = "oracle"
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var tally Tally
	err = Read(out, func(c *Case) error { tally.Check(c); return nil })
	if werr := cmd.Wait(); err == nil {
		err = werr
	}
	if err != nil {
		t.Fatal(err)
	}
	if tally.Cases != *cases {
		t.Errorf("%d cases were generated, want %d", tally.Cases, *cases)
	}
	t.Logf("seed %d", *seed)
	report(t, &tally)
}

// requireOracle fails, saying what to run, unless yjs is installed.
func requireOracle(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal("this test compares with real yjs: install node 20 or later")
	}
	if _, err := os.Stat("oracle/node_modules/yjs"); err != nil {
		t.Fatal("this test compares with real yjs: run npm ci --prefix internal/crdt/crdttest/oracle")
	}
}

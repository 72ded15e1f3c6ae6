package crdttest

import (
	"compress/gzip"
	"os"
	"testing"
)

// TestCorpus_EqualsYjs runs the stored cases, which need no node.
func TestCorpus_EqualsYjs(t *testing.T) {
	var tally Tally
	if err := readCorpus(func(c *Case) error { tally.Check(c); return nil }); err != nil {
		t.Fatal(err)
	}
	report(t, &tally)
}

// readCorpus calls f for every stored case until it fails.
func readCorpus(f func(*Case) error) error {
	file, err := os.Open("testdata/cases/seed1.jsonl.gz")
	if err != nil {
		return err
	}
	defer file.Close()
	zr, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	return Read(zr, f)
}

// report logs the tally and fails with the first wrong comparisons.
func report(t *testing.T, tally *Tally) {
	t.Helper()
	t.Log(tally)
	for i, line := range tally.Wrong {
		if i == 10 {
			t.Errorf("and %d more", len(tally.Wrong)-i)
			break
		}
		t.Error(line)
	}
}

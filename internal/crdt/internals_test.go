package crdt_test

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"grimoire/internal/crdt"
)

// Who looks for something in a file finds it by INTERNALS.md.
func TestInternals_NamesEveryFile(t *testing.T) {
	page, err := os.ReadFile("INTERNALS.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if !strings.HasSuffix(name, "_test.go") && !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("INTERNALS.md does not name %s", name)
		}
	}
	for _, name := range regexp.MustCompile("`([a-z0-9]+\\.go)`").FindAllStringSubmatch(string(page), -1) {
		if !slices.Contains(files, name[1]) {
			t.Errorf("INTERNALS.md names %s, which is not there", name[1])
		}
	}
}

// The bytes that INTERNALS.md explains must be those that the engine writes.
func TestInternals_ExplainsRealBytes(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 7})
	text := d.Text("t")
	for _, edit := range []func(*crdt.Transaction){
		func(tx *crdt.Transaction) { text.Insert(tx, 0, "Hi!") },
		func(tx *crdt.Transaction) { d.Map("m").Set(tx, "k", true) },
		func(tx *crdt.Transaction) { text.Delete(tx, 1, 1) },
	} {
		d.Transact(nil, edit)
	}
	page, err := os.ReadFile("INTERNALS.md")
	if err != nil {
		t.Fatal(err)
	}
	// In the page bytes are in groups, each explained on a line of its own.
	bare := strings.ReplaceAll(string(page), " ", "")
	for name, b := range map[string][]byte{
		"v1": d.Encode(nil), "v2": d.EncodeV2(nil), "statevector": d.StateVector().Encode(),
		"deletesetv1": d.Snapshot().DeleteSet().Encode(), "deletesetv2": d.Snapshot().DeleteSet().EncodeV2(),
		"snapshotv1": d.Snapshot().Encode(), "snapshotv2": d.Snapshot().EncodeV2(),
		"relativeposition": d.RelativePosition(text, 1, 0).Encode(),
	} {
		if want := name + hex.EncodeToString(b); !strings.Contains(bare, "\n"+want) {
			t.Errorf("INTERNALS.md does not have %s", want)
		}
	}
}

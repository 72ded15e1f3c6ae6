package annotation

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"grimoire/internal/crdt"
)

var (
	yjsSeed      = flag.Uint64("seed", 2, "seed of the random edits of real yjs")
	yjsScenarios = flag.Int("scenarios", 8, "conversations that real yjs edits")
	record       = flag.Bool("record", false, "keep the edits in testdata/policy.jsonl.gz")
)

// scenario is a conversation and edits of it, each on its own.
type scenario struct {
	State []byte
	Cases []struct {
		Kind   string
		By     string
		Needs  [][]string // rights, each with those that do as well; nil: nobody may
		Update []byte
	}
}

// rights are those of a Guard, by the names that testdata/policy.mjs gives them.
var rights = map[string]func(*Guard) *bool{
	"Edit":       func(g *Guard) *bool { return &g.Edit },
	"Annotate":   func(g *Guard) *bool { return &g.Annotate },
	"AddTags":    func(g *Guard) *bool { return &g.AddTags },
	"LockedTags": func(g *Guard) *bool { return &g.LockedTags },
	"RemoveAny":  func(g *Guard) *bool { return &g.RemoveAny },
	"DeleteAny":  func(g *Guard) *bool { return &g.DeleteAny },
	"Respond":    func(g *Guard) *bool { return &g.Respond },
}

// Whatever people do with real yjs is let through with exactly the rights that it takes, and refused
// when one of them lacks, whichever others there are; what nobody may do is refused with all of them.
func TestGuard_RecordedEditsOfRealYjs(t *testing.T) {
	f, err := os.Open("testdata/policy.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	checkScenarios(t, lines)
}

func TestGuard_RandomEditsOfRealYjs(t *testing.T) {
	if _, err := os.Stat("../crdt/crdttest/oracle/node_modules/yjs"); err != nil {
		t.Fatalf("this test lets real yjs edit: run npm ci --prefix internal/crdt/crdttest/oracle (%v)", err)
	}
	t.Logf("repeat with: go test ./internal/annotation -run RandomEditsOfRealYjs -seed %d", *yjsSeed)
	cmd := exec.Command("node", "testdata/policy.mjs", strconv.FormatUint(*yjsSeed, 10), strconv.Itoa(*yjsScenarios))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var lines io.Reader = out
	if *record {
		f, err := os.Create("testdata/policy.jsonl.gz")
		if err != nil {
			t.Fatal(err)
		}
		kept, err := gzip.NewWriterLevel(f, gzip.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := errors.Join(kept.Close(), f.Close()); err != nil {
				t.Error(err)
			}
		}()
		lines = io.TeeReader(out, kept)
	}
	checkScenarios(t, lines)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}

func checkScenarios(t *testing.T, r io.Reader) {
	t.Helper()
	seen := 0
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		var s scenario
		if err := json.Unmarshal(line, &s); err != nil {
			t.Fatal(err)
		}
		doc := crdt.New(crdt.Options{})
		if err := doc.Apply(s.State, nil); err != nil {
			t.Fatal(err)
		}
		for _, c := range s.Cases {
			seen++
			changes, err := doc.Inspect(c.Update)
			if err != nil {
				t.Fatalf("%s: %v", c.Kind, err)
			}
			all := guardWith(c.By, nil)
			for _, right := range rights {
				*right(&all) = true
			}
			if c.Needs == nil {
				if all.Refuse(doc, changes) == nil {
					t.Errorf("%s: let through", c.Kind)
				}
				continue
			}
			for which := range 2 {
				if err := guardWith(c.By, choose(c.Needs, which)).Refuse(doc, changes); err != nil {
					t.Errorf("%s, with %q: %v", c.Kind, choose(c.Needs, which), err)
				}
			}
			for _, need := range c.Needs {
				without := all
				for _, right := range need {
					*rights[right](&without) = false
				}
				if without.Refuse(doc, changes) == nil {
					t.Errorf("%s, without %q: let through", c.Kind, need)
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d edits", seen)
	}
}

func guardWith(user string, given []string) Guard {
	g := Guard{User: user}
	for _, right := range given {
		*rights[right](&g) = true
	}
	return g
}

// choose takes the first or the last of those that do for each need.
func choose(needs [][]string, last int) []string {
	var given []string
	for _, need := range needs {
		given = append(given, need[last*(len(need)-1)])
	}
	return given
}

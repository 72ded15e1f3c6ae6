package app

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "grimoire/"

// The table of docs/architecture.md is the rule: a package that is not in it, or that imports
// more of ours than its row allows, fails here.
func TestImports_FollowTheTable(t *testing.T) {
	allowed := importTable(t)
	root := filepath.Join("..", "..")

	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = root
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}

	seen := map[string]bool{}
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var pkg struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&pkg); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(pkg.ImportPath, module)
		if testOnly(name) {
			continue
		}
		may, ok := allowed[name]
		if !ok {
			t.Errorf("%s has no row in docs/architecture.md", name)
			continue
		}
		seen[name] = true
		if slices.Contains(may, "everything") {
			continue
		}
		for _, imported := range pkg.Imports {
			if ours, yes := strings.CutPrefix(imported, module); yes && !slices.Contains(may, ours) {
				t.Errorf("%s imports %s; its row allows %v", name, ours, may)
			}
		}
	}
	for name := range allowed {
		if !seen[name] {
			t.Errorf("docs/architecture.md has a row for %s, which does not exist", name)
		}
	}
}

// testOnly tells packages that exist for tests and benchmarks: those in a directory like crdttest.
func testOnly(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return strings.HasSuffix(part, "test") })
}

// importTable reads package → allowed imports from the architecture note.
func importTable(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|[^|]*\\|([^|]*)\\|$")
	word := regexp.MustCompile("`([^`]+)`|everything")
	table := map[string][]string{}
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		may := []string{}
		for _, w := range word.FindAllString(m[2], -1) {
			may = append(may, strings.Trim(w, "`"))
		}
		table[m[1]] = may
	}
	if len(table) < 10 {
		t.Fatalf("found only %d rows in the table", len(table))
	}
	return table
}

package crdt_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every function that takes bytes from strangers is fuzzed, and held to what it may
// allocate.
func TestDecoders_AreAllFuzzedAndBounded(t *testing.T) {
	decoders := exportedDecoders(t)
	if len(decoders) < 25 || !slices.Contains(decoders, "ApplyV2") || !slices.Contains(decoders, "UnmarshalJSON") {
		t.Fatalf("these are not all decoders: %v", decoders)
	}
	calls := func(files ...string) map[string]bool {
		called := map[string]bool{}
		for _, name := range files {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok {
					called[s.Sel.Name] = true
				}
				return true
			})
		}
		return called
	}
	fuzzed, bounded := calls("fuzz_test.go"), calls("allocation_test.go")
	for _, name := range decoders {
		if !fuzzed[name] {
			t.Errorf("no fuzz target calls %s", name)
		}
		if !bounded[name] {
			t.Errorf("nothing measures what %s allocates", name)
		}
	}
}

// exportedDecoders returns the names of the package's exported functions and methods
// that take bytes and may refuse them.
func exportedDecoders(t *testing.T) (names []string) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || !f.Name.IsExported() || f.Type.Results == nil {
				continue
			}
			source := string(text[f.Type.Params.Pos()-1 : f.Type.Results.End()-1])
			takes, gives, _ := strings.Cut(source, ") ")
			if strings.Contains(takes, "[]byte") && strings.Contains(gives, "error") {
				names = append(names, f.Name.Name)
			}
		}
	}
	return names
}

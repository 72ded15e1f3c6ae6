package transcript

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// What is compiled at its first use must not wait for a reader's page to be found malformed.
func TestPatternsAndSelectorsAreWellFormed(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 {
				return true
			}
			switch f, _ := call.Fun.(*ast.Ident); {
			case f == nil:
			case f.Name == "lazily":
				found[f.Name]++
				if _, err := regexp.Compile(literal(t, call.Args[0])); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			case f.Name == "sel":
				found[f.Name]++
				parseSelector(literal(t, call.Args[0])) // panics
			}
			return true
		})
	}
	if found["lazily"] < 20 || found["sel"] < 60 {
		t.Errorf("found only %v", found)
	}
}

// literal is what an expression of string literals says.
func literal(t *testing.T, e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		if err != nil {
			t.Fatal(err)
		}
		return s
	case *ast.BinaryExpr:
		return literal(t, e.X) + literal(t, e.Y)
	}
	t.Fatalf("%T is not made of literals", e)
	return ""
}

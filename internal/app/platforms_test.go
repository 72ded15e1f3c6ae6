package app

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A teacher's laptop may run any of these. The types of the whole program are checked as they are there, which
// takes a few seconds where a build takes minutes.
func TestTypesFitOnOtherSystems(t *testing.T) {
	for _, target := range []string{"windows/arm64", "darwin/arm64", "freebsd/amd64"} {
		t.Run(target, func(t *testing.T) {
			for _, err := range typeErrors(t, target, "grimoire/cmd/grimoire") {
				t.Error(err)
			}
		})
	}
}

// listed is a package as go list prints it.
type listed struct {
	ImportPath, Dir string
	GoFiles         []string
	ImportMap       map[string]string // of imports whose path is not that of the package
}

// typeErrors checks our packages among those that program is made of for target, GOOS/GOARCH. Of the others it
// only reads the declarations. One that only target needs may not have been fetched here, and is empty then.
func typeErrors(t *testing.T, target, program string) (errs []error) {
	t.Helper()
	system, arch, _ := strings.Cut(target, "/")
	list := exec.CommandContext(t.Context(), "go", "list", "-e", "-deps", "-json=ImportPath,Dir,GoFiles,ImportMap", program)
	list.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+arch, "CGO_ENABLED=0", "GOPROXY=off")
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	checked := map[string]*types.Package{"unsafe": types.Unsafe}
	for packages := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := packages.Decode(&p); errors.Is(err, io.EOF) {
			return errs
		} else if err != nil {
			t.Fatal(err)
		}
		if p.ImportPath == "unsafe" {
			continue
		}
		fset := token.NewFileSet()
		var files []*ast.File
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		ours := strings.HasPrefix(p.ImportPath, module)
		config := types.Config{
			Importer:         imports{checked, p.ImportMap},
			Sizes:            types.SizesFor("gc", arch),
			IgnoreFuncBodies: !ours,
			Error: func(err error) {
				if ours {
					errs = append(errs, err)
				}
			},
		}
		checked[p.ImportPath], _ = config.Check(p.ImportPath, fset, files, nil) // Error has heard of it
	}
}

// imports finds packages, which go list prints before those that import them.
type imports struct {
	checked map[string]*types.Package
	renamed map[string]string
}

func (i imports) Import(path string) (*types.Package, error) {
	if other, ok := i.renamed[path]; ok {
		path = other
	}
	if p := i.checked[path]; p != nil {
		return p, nil
	}
	return nil, errors.New(path + " is not there")
}

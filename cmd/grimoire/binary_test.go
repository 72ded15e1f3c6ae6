package main

import (
	"bytes"
	"os"
	"testing"
)

// Where templates are filled in, any method may be called by its name, and the linker keeps them all: six
// megabytes of program, three of which every server would have in memory.
func TestBinary_FillsInNoTemplates(t *testing.T) {
	program, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"text/template.(*state).evalField": false,
		"main.newRoot":                     true, // so that names are there to be found
	} {
		if got := bytes.Contains(program, []byte(name)); got != want {
			t.Errorf("the binary holds %s: %t; see who calls it with go build -ldflags=-dumpdep", name, got)
		}
	}
}

// Package migrations holds the history of the schema, as SQL for each database.
//
//	postgres/0001_people.tx.up.sql      sqlite/0001_people.tx.up.sql
//	postgres/0001_people.tx.down.sql    sqlite/0001_people.tx.down.sql
//
// The two directories have the same file names, and lead to the same tables and columns. Every file is one
// transaction, and its record is part of that: a kill leaves both or neither. (Files up to 0006 were once recorded
// after their commit, and say IF [NOT] EXISTS so as to do nothing the second time.) A file is never edited once a
// release carries it: a change of the schema is a new pair.
package migrations

import (
	"embed"
	"fmt"
	"strings"

	"github.com/uptrace/bun/dialect"
)

//go:embed postgres/*.sql sqlite/*.sql
var files embed.FS

var directories = map[dialect.Name]string{
	dialect.PG:     "postgres",
	dialect.SQLite: "sqlite",
}

// Step is a pair of files: SQL that leads from the schema before it to the next one, and back.
type Step struct {
	Number   string // "0001": what a store remembers it by
	Words    string // "people"
	Up, Down string // statements
}

const (
	upSuffix   = ".tx.up.sql"
	downSuffix = ".tx.down.sql"
)

// For returns the steps of one database in their order.
//
// We read the files ourselves: bun's reader of directories can fill in templates, and with text/template
// in the program the linker keeps every exported method of every type, a seventh of the binary.
func For(name dialect.Name) ([]Step, error) {
	directory, ok := directories[name]
	if !ok {
		return nil, fmt.Errorf("no migrations for %s", name)
	}
	entries, err := files.ReadDir(directory) // in order
	if err != nil {
		return nil, err
	}
	var steps []Step
	for _, e := range entries {
		stem, isUp := strings.CutSuffix(e.Name(), upSuffix)
		if !isUp {
			continue
		}
		up, err := files.ReadFile(directory + "/" + stem + upSuffix)
		if err != nil {
			return nil, err
		}
		down, err := files.ReadFile(directory + "/" + stem + downSuffix)
		if err != nil {
			return nil, err
		}
		number, words, _ := strings.Cut(stem, "_")
		steps = append(steps, Step{Number: number, Words: words, Up: string(up), Down: string(down)})
	}
	return steps, nil
}

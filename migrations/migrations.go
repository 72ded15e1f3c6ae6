// Package migrations holds the history of the schema, as SQL for each database.
//
//	postgres/0001_people.tx.up.sql      sqlite/0001_people.tx.up.sql
//	postgres/0001_people.tx.down.sql    sqlite/0001_people.tx.down.sql
//
// The two directories have the same file names, and lead to the same tables and columns. Every file is one
// transaction, and is recorded after its commit. A kill in between makes the next start run it again, so a
// file must do nothing the second time: that is why all say IF [NOT] EXISTS. A file is never edited once a
// release carries it: a change of the schema is a new pair.
package migrations

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/migrate"
)

//go:embed postgres/*.sql sqlite/*.sql
var files embed.FS

var directories = map[dialect.Name]string{
	dialect.PG:     "postgres",
	dialect.SQLite: "sqlite",
}

// For returns the migrations of one database, in no order of their own: the migrator sorts them by name.
func For(name dialect.Name) (*migrate.Migrations, error) {
	directory, ok := directories[name]
	if !ok {
		return nil, fmt.Errorf("no migrations for %s", name)
	}
	sub, err := fs.Sub(files, directory)
	if err != nil {
		return nil, err
	}
	found := migrate.NewMigrations()
	if err := found.Discover(sub); err != nil {
		return nil, fmt.Errorf("read the %s migrations: %w", directory, err)
	}
	return found, nil
}

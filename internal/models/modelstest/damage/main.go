// Command damage executes statements in a store that no server has open, for tests that cannot do it themselves:
//
//	damage URL STATEMENT ...
//
// What rots on a disk looks like that, and a conversation that was restored.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"grimoire/internal/models"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: damage URL STATEMENT ...")
		os.Exit(2)
	}
	if err := execute(context.Background(), os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func execute(ctx context.Context, url string, statements []string) (err error) {
	db, err := models.Open(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, statement := range statements {
		if _, err := db.Write.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

package models

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"
)

// DB is an open store. It is safe for concurrent use.
type DB struct {
	// Write sees every committed row and may change them; Read sees the same rows and may not. On SQLite
	// Write is the one connection that writes, so whoever holds a transaction on it makes all others wait:
	// do in it only what belongs to the database. On PostgreSQL both are the same pool.
	Write, Read *bun.DB

	// Shared: other processes may have the store open at the same time, and write to it.
	Shared bool

	// appending runs fn in a transaction that appends to the log.
	appending func(ctx context.Context, fn func(appendTx) error) error

	// exclusively runs fn while no other process migrates this database.
	exclusively func(ctx context.Context, fn func(context.Context) error) error
	close       func() error
}

// Open opens the store at url, which is sqlite:PATH or postgres://…, and refuses settings under which a row
// that was committed could be lost (ErrWeak). It changes nothing: see Migrate.
//
// A SQLite file's directory is made if it is missing, and held until Close: ErrLocked says that another
// process has it, usually a running server.
func Open(ctx context.Context, url string) (*DB, error) {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return openSQLite(ctx, path)
	}
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		return openPostgres(ctx, url)
	}
	return nil, errors.New("database URL must be sqlite:PATH or postgres://…")
}

// Close ends all connections and lets go of the directory.
func (db *DB) Close() error { return db.close() }

// InTx runs fn in a transaction on Write: all that it does with tx is committed when it returns nil, and
// nothing of it otherwise. An error of the commit itself leaves open which.
func (db *DB) InTx(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	return translate(db.Write.RunInTx(ctx, nil, fn))
}

// A setting is a property of a connection on which durability rests.
type setting struct {
	query  string
	strong func(value string) bool
}

// verify reads the settings back from a fresh connection, since asking for them proves nothing.
func verify(ctx context.Context, db *bun.DB, settings []setting) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, s := range settings {
		var value string
		if err := conn.QueryRowContext(ctx, s.query).Scan(&value); err != nil {
			return fmt.Errorf("%s: %w", s.query, err)
		}
		if !s.strong(value) {
			return fmt.Errorf("%w: %s gives %s", ErrWeak, s.query, value)
		}
	}
	return nil
}

func is(wanted ...string) func(string) bool {
	return func(value string) bool {
		for _, w := range wanted {
			if strings.EqualFold(value, w) {
				return true
			}
		}
		return false
	}
}

package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"
)

// sqliteSettings are those of the writer. With synchronous=NORMAL a power cut takes back commits; so it does on
// macOS without fullfsync, as the disk confirms there what it only has in its cache.
var sqliteSettings = []setting{
	{"PRAGMA journal_mode", is("wal")},
	{"PRAGMA synchronous", is("2", "3")},
	{"PRAGMA fullfsync", is("1")},
	{"PRAGMA foreign_keys", is("1")},
}

// checkpointPages is how long the log grows before its pages are copied into the file. A busy room's page is copied once
// for all its changes until then, so that more pages are less work: as many as one block of the index of the log, of
// 32 KiB, can hold. The file of the log stays that long, 16 MiB, and is read in some 10 ms after a kill.
const checkpointPages = 4000

// readerIdleTime is how long a connection that reads waits for the next query.
const readerIdleTime = time.Second

func openSQLite(ctx context.Context, path string) (_ *DB, err error) {
	if path == "" {
		return nil, errors.New("database URL sqlite: names no file")
	}
	directory := filepath.Dir(path)
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory of the database: %w", err)
	}
	unlock, err := LockDir(directory)
	if err != nil {
		return nil, err
	}
	db := &DB{exclusively: func(ctx context.Context, fn func(context.Context) error) error { return fn(ctx) }}
	db.close = func() error {
		// The readers first: the last connection to close is the writer, which empties the log into the file.
		return errors.Join(closeAll(db.Read, db.Write), unlock())
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.close())
		}
	}()

	// SQLite would make the file readable to others, and its log and index like the file.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make the database: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	// The pages that busy rooms append to should fit the cache.
	if db.Write, err = sqlitePool(path, 1, fmt.Sprintf("_txlock=immediate&_pragma=cache_size(-16384)&_pragma=wal_autocheckpoint(%d)", checkpointPages)); err != nil {
		return nil, err
	}
	db.appending = func(ctx context.Context, fn func(appendTx) error) error { return appendToSQLite(ctx, db.Write.DB, fn) }
	// Readers find the rest in the system's cache: pages of each of them would be kept as often as there are readers.
	// One that nobody needs goes: it keeps half a megabyte, and another is there in less than a millisecond.
	if db.Read, err = sqlitePool(path, max(4, runtime.NumCPU()), "_pragma=query_only(1)&_pragma=cache_size(-512)"); err != nil {
		return nil, err
	}
	db.Read.SetConnMaxIdleTime(readerIdleTime)
	if err := verify(ctx, db.Write, sqliteSettings); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return db, nil
}

// sqlitePool opens up to n connections with what every connection needs, and one thing more.
func sqlitePool(path string, n int, more string) (*bun.DB, error) {
	connector, err := sqlite.NewConnector("file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=busy_timeout(5000)" +
		"&_pragma=journal_mode(WAL)" +
		"&_pragma=synchronous(FULL)" +
		"&_pragma=fullfsync(1)" +
		"&_pragma=foreign_keys(1)" +
		"&_time_format=sqlite&_timezone=UTC&" + more)
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(logConnector{connector})
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	return bun.NewDB(pool, sqlitedialect.New()), nil
}

func closeAll(pools ...*bun.DB) error {
	var errs []error
	for _, pool := range pools {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}

package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// postgresSettings: all values of synchronous_commit but off wait for this server's own disk. With the others as
// they should be, that disk has confirmed what the server says is committed, and a server whose disk does not
// ends itself. A cluster that is made to be thrown away says so by a setting of ours.
var postgresSettings = []setting{
	{"SHOW synchronous_commit", is("on", "local", "remote_write", "remote_apply")},
	{unlessThrowaway("fsync"), is("on", throwaway)},
	{unlessThrowaway("full_page_writes"), is("on", throwaway)},
	{unlessThrowaway("data_sync_retry"), is("off", throwaway)},
}

// throwaway is what is read of any setting in a cluster with grimoire.throwaway=yes.
const throwaway = "throwaway"

func unlessThrowaway(name string) string {
	return "SELECT CASE current_setting('grimoire.throwaway', true) WHEN 'yes' THEN '" + throwaway + "' ELSE current_setting('" + name + "') END"
}

const (
	postgresConns    = 20
	postgresIdleTime = 5 * time.Minute

	// migrationLock is the advisory lock that migrating processes take. Nobody else may use the number.
	migrationLock = 0x6772696d6f697265 // "grimoire"
)

func openPostgres(ctx context.Context, url string) (*DB, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	// bun writes values into the text of a query, so no two texts are the same and preparing them is waste.
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	pool := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(readTimesAsUTC))
	pool.SetMaxOpenConns(postgresConns)
	pool.SetMaxIdleConns(postgresConns)
	pool.SetConnMaxIdleTime(postgresIdleTime)

	both := bun.NewDB(pool, pgdialect.New())
	appends := &postgresAppends{pool: pool, byText: make(map[string]*sql.Stmt)}
	db := &DB{Write: both, Read: both, Shared: true, appending: appends.run}
	db.close = func() error { return errors.Join(appends.close(), both.Close()) }
	db.exclusively = db.underAdvisoryLock
	if err := verify(ctx, both, postgresSettings); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s at %s: %w", config.Database, config.Host, err), db.close())
	}
	return db, nil
}

func readTimesAsUTC(_ context.Context, conn *pgx.Conn) error {
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}

// underAdvisoryLock holds the lock on a connection of its own, so it ends with the process at the latest.
func (db *DB) underAdvisoryLock(ctx context.Context, fn func(context.Context) error) (err error) {
	conn, err := db.Write.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(?)", int64(migrationLock)); err != nil {
		return fmt.Errorf("wait for other processes that migrate: %w", err)
	}
	defer func() {
		_, unlockErr := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock(?)", int64(migrationLock))
		err = errors.Join(err, unlockErr)
	}()
	return fn(ctx)
}

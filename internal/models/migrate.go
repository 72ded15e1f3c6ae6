package models

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"

	"grimoire/migrations"
)

// MigrationState is one migration, and when it was applied.
type MigrationState struct {
	Name      string     `json:"name"`
	AppliedAt *time.Time `json:"applied_at"`
}

// Migrate applies all migrations that have not been applied, each with its record in a transaction of its own, and
// gives a new store its epoch. Of several processes that migrate at once, one does and the others wait. ErrNewer: a later
// version of the program has been here.
func (db *DB) Migrate(ctx context.Context) error {
	return db.migrating(ctx, func(ctx context.Context, m *migrate.Migrator) error {
		crash("migrate")
		all, err := m.MigrationsWithStatus(ctx)
		if err != nil {
			return fmt.Errorf("read the migrations: %w", err)
		}
		group := all.LastGroupID() + 1 // those that one Rollback takes back
		for _, migration := range all.Unapplied() {
			migration.GroupID = group
			if err := migration.Up(ctx, m, &migration); err != nil {
				return fmt.Errorf("migrate: %s: %w", migration, err)
			}
		}
		crash("migrate/done")
		return ensureEpoch(ctx, db.Write)
	})
}

// Rollback takes back the migrations that the last Migrate applied, with everything in their tables.
func (db *DB) Rollback(ctx context.Context) error {
	return db.migrating(ctx, func(ctx context.Context, m *migrate.Migrator) error {
		all, err := m.MigrationsWithStatus(ctx)
		if err != nil {
			return fmt.Errorf("read the migrations: %w", err)
		}
		for _, migration := range all.LastGroup().Migrations.Applied() { // the last first
			if err := migration.Down(ctx, m, &migration); err != nil {
				return fmt.Errorf("roll back: %s: %w", migration, err)
			}
		}
		return nil
	})
}

// MigrationStatus returns all migrations in order.
func (db *DB) MigrationStatus(ctx context.Context) ([]MigrationState, error) {
	var states []MigrationState
	err := db.migrating(ctx, func(ctx context.Context, m *migrate.Migrator) error {
		all, err := m.MigrationsWithStatus(ctx)
		if err != nil {
			return fmt.Errorf("read the migrations: %w", err)
		}
		for _, migration := range all {
			state := MigrationState{Name: migration.Name + "_" + migration.Comment}
			if migration.IsApplied() {
				at := Instant(migration.MigratedAt)
				state.AppliedAt = &at
			}
			states = append(states, state)
		}
		return nil
	})
	return states, err
}

// migrating runs fn alone, with the migrations of this database.
func (db *DB) migrating(ctx context.Context, fn func(context.Context, *migrate.Migrator) error) error {
	steps, err := migrations.For(db.Write.Dialect().Name())
	if err != nil {
		return err
	}
	known := migrate.NewMigrations()
	for _, step := range steps {
		known.Add(migrate.Migration{Name: step.Number, Comment: step.Words, Up: db.running(step.Up, applied), Down: db.running(step.Down, takenBack)})
	}
	m := migrate.NewMigrator(db.Write, known, migrate.WithTableName(migrationsTable))
	return db.exclusively(ctx, func(ctx context.Context) error {
		if err := m.Init(ctx); err != nil {
			return fmt.Errorf("make the table of migrations: %w", err)
		}
		unknown, err := m.MissingMigrations(ctx)
		if err != nil {
			return fmt.Errorf("read the migrations: %w", err)
		}
		if len(unknown) > 0 {
			var names []string
			for _, migration := range unknown {
				names = append(names, migration.Name)
			}
			return fmt.Errorf("%w: it has migration %s", ErrNewer, strings.Join(names, ", "))
		}
		return fn(ctx, m)
	})
}

// migrationsTable has a row for each migration that was applied.
const migrationsTable = "bun_migrations"

// running returns what runs statements and records that they were, in one transaction. The migrator's own way records
// it afterwards, and some statements cannot be run again after a kill in between.
func (db *DB) running(statements string, record func(context.Context, bun.Tx, *migrate.Migration) error) func(context.Context, *migrate.Migrator, *migrate.Migration) error {
	return func(ctx context.Context, _ *migrate.Migrator, migration *migrate.Migration) error {
		return db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			if _, err := tx.ExecContext(ctx, statements); err != nil {
				return err
			}
			crash("migrate/ran") // and is neither recorded nor committed
			return record(ctx, tx, migration)
		})
	}
}

func applied(ctx context.Context, tx bun.Tx, migration *migrate.Migration) error {
	_, err := tx.NewInsert().Model(migration).ModelTableExpr(migrationsTable).Exec(ctx)
	return err
}

func takenBack(ctx context.Context, tx bun.Tx, migration *migrate.Migration) error {
	_, err := tx.NewDelete().Model(migration).ModelTableExpr(migrationsTable).Where("id = ?", migration.ID).Exec(ctx)
	return err
}

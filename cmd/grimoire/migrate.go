package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"grimoire/internal/app"
	"grimoire/internal/models"
)

// Migrations are never left to a running server: it has done them when it started.
func (c *cli) migrateCommand() *cobra.Command {
	body := func(work func(cmd *cobra.Command, db *models.DB) error) func(*cobra.Command, []string) error {
		return func(cmd *cobra.Command, _ []string) error {
			if err := c.config.Check(); err != nil {
				return usageError{err}
			}
			return app.WithStore(cmd.Context(), c.config, func(db *models.DB) error {
				if err := work(cmd, db); err != nil {
					return err
				}
				states, err := db.MigrationStatus(cmd.Context())
				if err != nil {
					return err
				}
				return c.print(cmd.OutOrStdout(), states, func(out io.Writer) { showMigrations(out, states) })
			})
		}
	}
	up := &cobra.Command{
		Use:   "up",
		Short: "Apply every migration that is missing; 'serve' does so by itself",
		Args:  words(),
		RunE:  body(func(cmd *cobra.Command, db *models.DB) error { return db.Migrate(cmd.Context()) }),
	}
	down := &cobra.Command{
		Use:   "down",
		Short: "Take back the last group of migrations, and with it what their tables hold",
		Args:  words(),
		RunE:  body(func(cmd *cobra.Command, db *models.DB) error { return db.Rollback(cmd.Context()) }),
	}
	var sure bool
	down.Flags().BoolVar(&sure, "yes-delete-the-data", false, "required: the tables go with their rows")
	required(down, "yes-delete-the-data")
	status := &cobra.Command{
		Use:   "status",
		Short: "List the migrations",
		Args:  words(),
		RunE:  body(func(*cobra.Command, *models.DB) error { return nil }),
	}
	return group("migrate", "Bring the store's schema up to this version, or back", up, down, status)
}

func showMigrations(out io.Writer, states []models.MigrationState) {
	fmt.Fprintln(out, "MIGRATION\tAPPLIED")
	for _, s := range states {
		applied := "not yet"
		if s.AppliedAt != nil {
			applied = s.AppliedAt.Local().Format(time.DateTime)
		}
		fmt.Fprintf(out, "%s\t%s\n", s.Name, applied)
	}
}

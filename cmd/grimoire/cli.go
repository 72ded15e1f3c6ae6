package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"grimoire/internal/app"
)

// cli is what every verb shares: the settings and how to print.
type cli struct {
	config app.Config
	json   bool
}

func newRoot() *cobra.Command {
	c := &cli{}
	root := group("grimoire", "A self-hosted classroom where people read conversations together")
	root.Long = `Grimoire is a self-hosted classroom where people read conversations together.

  grimoire serve                          run it; everything is kept under ./data
  grimoire class create "HIST 101"        every other verb works beside a running server or without one

Settings may also come from the environment: GRIMOIRE_ADDR, GRIMOIRE_DATA, GRIMOIRE_DATABASE_URL,
GRIMOIRE_PUBLIC_URL, GRIMOIRE_TRUSTED_PROXIES, GRIMOIRE_METRICS_ADDR and GRIMOIRE_LOG_LEVEL.
A flag beats the environment.`
	root.SilenceErrors = true
	root.SilenceUsage = true
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w\nsee '%s --help'", err, cmd.CommandPath())}
	})

	var data, databaseURL string
	flags := root.PersistentFlags()
	flags.StringVar(&data, "data", "", "directory of the data (default ./data)")
	flags.StringVar(&databaseURL, "database-url", "", "postgres://… to use PostgreSQL (default SQLite in the data directory)")
	flags.BoolVar(&c.json, "json", false, "print the result as one JSON value")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		config, err := app.ConfigFromEnv()
		if err != nil {
			return err
		}
		if data != "" {
			config.Data = data
		}
		if databaseURL != "" {
			config.DatabaseURL = databaseURL
		}
		c.config = config
		return nil
	}
	root.AddCommand(
		c.serveCommand(), c.migrateCommand(), c.userCommand(), c.classCommand(), c.inviteCommand(),
		c.conversationCommand(), c.auditCommand(), c.demoCommand(), c.openapiCommand(), c.versionCommand(),
	)
	return root
}

// group makes a command that only holds others: alone it shows its help, an unknown word is refused.
func group(use, short string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return usageError{fmt.Errorf("%q is not a verb of '%s'; see '%s --help'", args[0], cmd.CommandPath(), cmd.CommandPath())}
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(children...)
	return cmd
}

// words takes exactly the named arguments.
func words(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		if len(names) == 0 {
			return usageError{fmt.Errorf("'%s' takes no argument, got %q", cmd.CommandPath(), args[0])}
		}
		return usageError{fmt.Errorf("'%s' takes %s; see '%s --help'", cmd.CommandPath(), strings.Join(names, " "), cmd.CommandPath())}
	}
}

// verb makes the body of a command: read the call into a request, do the operation in the running server
// or here, print the result.
func verb[Req, Res any](c *cli, do app.Operation[Req, Res], read func(args []string) (Req, error), show func(io.Writer, Res)) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := c.config.Check(); err != nil {
			return usageError{err}
		}
		request, err := read(args)
		if err != nil {
			return err
		}
		result, err := do.Do(cmd.Context(), c.config, request)
		if err != nil {
			return err
		}
		return c.print(cmd.OutOrStdout(), result, func(w io.Writer) { show(w, result) })
	}
}

// print writes result as JSON, or as people read it.
func (c *cli) print(out io.Writer, result any, show func(io.Writer)) error {
	if c.json {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(result)
	}
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	show(table)
	return table.Flush()
}

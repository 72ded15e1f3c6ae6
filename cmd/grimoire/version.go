package main

import (
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// build says which source a binary was built of.
type build struct {
	Version  string `json:"version"`  // "(devel)" outside of a checkout
	Revision string `json:"revision"` // commit; empty if it is not known
	Modified bool   `json:"modified"` // the checkout had changes that were not committed
	Go       string `json:"go"`       // version of the compiler
}

func thisBuild() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return build{Version: "(devel)"}
	}
	b := build{Version: info.Main.Version, Go: info.GoVersion}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

func (c *cli) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which version this is",
		Args:  words(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			b := thisBuild()
			return c.print(cmd.OutOrStdout(), b, func(out io.Writer) {
				fmt.Fprintf(out, "grimoire %s, built with %s\n", b.Version, b.Go)
			})
		},
	}
}

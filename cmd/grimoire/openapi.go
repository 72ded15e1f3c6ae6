package main

import (
	"github.com/spf13/cobra"

	"grimoire/internal/app"
)

func (c *cli) openapiCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "openapi",
		Short: "Print the OpenAPI 3.1 document of the HTTP API",
		Args:  words(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			document, err := app.OpenAPI()
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(append(document, '\n'))
			return err
		},
	}
}

package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"grimoire/internal/app"
)

// operations are what a running server can be asked over its local socket.
var operations = []app.Handler{
	createUser, listUsers, setPassphrase, disableUser, enableUser,
	createClass, listClasses,
	createInvite, listInvites, revokeInvite,
	importConversation, exportConversation, listConversations,
	verifyConversation, compactConversation, recoverConversation,
	readAudit,
	seedDemo,
}

func (c *cli) serveCommand() *cobra.Command {
	var addr, publicURL, trustedProxies string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve browsers until interrupted",
		Long: `Serve browsers until interrupted.

The store is made and brought up to date first. As long as nobody has set this server up, a link to do
so is printed; it works once. SIGTERM saves what is open, tells browsers to come back, and ends within 25 s.`,
		Example: `  grimoire serve
  grimoire serve --addr 0.0.0.0:8080 --data /var/lib/grimoire
  grimoire serve --public-url https://grimoire.school.example --trusted-proxies 127.0.0.1
  grimoire serve --database-url postgres://grimoire@localhost/grimoire`,
		Args: words(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if addr != "" {
				c.config.Addr = addr
			}
			if publicURL != "" {
				c.config.PublicURL = publicURL
			}
			if trustedProxies != "" {
				c.config.TrustedProxies = trustedProxies
			}
			if err := c.config.Check(); err != nil {
				return usageError{err}
			}
			a, err := app.Open(cmd.Context(), c.config)
			if err != nil {
				return err
			}
			return a.Serve(cmd.Context(), operations, func(origin, setupLink string) {
				announce(cmd.OutOrStdout(), origin, setupLink)
			})
		},
	}
	cmd.Flags().StringVar(&addr, "addr", "", "host:port to listen on (default 127.0.0.1:8080)")
	cmd.Flags().StringVar(&publicURL, "public-url", "", "address people type, when a proxy stands in front")
	cmd.Flags().StringVar(&trustedProxies, "trusted-proxies", "", "proxies whose X-Forwarded-For is believed, such as 127.0.0.1,10.0.0.0/8;\nwithout it, limits on guessing count everybody behind a proxy as one")
	return cmd
}

func announce(out io.Writer, origin, setupLink string) {
	fmt.Fprintf(out, "Grimoire is at %s\n", origin)
	if setupLink != "" {
		fmt.Fprintf(out, "\nNobody has set it up yet. Open this link once, to make your account:\n\n  %s\n\n", setupLink)
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"grimoire/internal/app"
)

type demoRequest struct {
	Rooms   int `json:"rooms"`
	Clients int `json:"clients"`
}

// demonstration is what a load generator needs to connect: headers for everybody, headers of each
// client, and the conversations that all of them may enter.
type demonstration struct {
	Headers map[string]string   `json:"headers"`
	Clients []map[string]string `json:"clients"`
	Rooms   []uuid.UUID         `json:"rooms"`
}

var seedDemo = app.Operation[demoRequest, demonstration]{Name: "demo/seed",
	Run: func(ctx context.Context, a *app.App, r demoRequest) (demonstration, error) {
		demo, err := a.Classroom.Demo(ctx, app.Operator, r.Rooms, r.Clients)
		if err != nil {
			return demonstration{}, err
		}
		result := demonstration{Headers: map[string]string{}, Rooms: demo.Conversations}
		for _, token := range demo.Sessions {
			result.Clients = append(result.Clients, map[string]string{
				"Cookie": a.Cookie(token), "Origin": a.Origin(),
			})
		}
		return result, nil
	}}

func (c *cli) demoCommand() *cobra.Command {
	seed := &cobra.Command{
		Use:   "seed",
		Short: "Make a class with conversations and signed-in members, for load tests and screenshots",
		Long: `Make a class with conversations and signed-in members, for load tests and screenshots.

The environment says how many: ROOMS conversations and CLIENTS members, one each by default. Every
member may enter and write in every conversation.`,
		Example: `  ROOMS=100 CLIENTS=30 grimoire demo seed --json`,
		Args:    words(),
		RunE: verb(c, seedDemo, func([]string) (demoRequest, error) {
			rooms, err := count("ROOMS")
			clients, err2 := count("CLIENTS")
			return demoRequest{Rooms: rooms, Clients: clients}, errors.Join(err, err2)
		}, func(out io.Writer, d demonstration) {
			fmt.Fprintf(out, "Conversations: %d. Members who are signed in: %d; --json prints their cookies.\n", len(d.Rooms), len(d.Clients))
		}),
	}
	return group("demo", "Make classes to try things with", seed)
}

// count reads a whole number from the environment; it is 1 when nothing is said.
func count(name string) (int, error) {
	text := os.Getenv(name)
	if text == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, usageError{fmt.Errorf("%s=%q is not a number from 1 up", name, text)}
	}
	return n, nil
}

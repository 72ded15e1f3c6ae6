package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"grimoire/internal/app"
	"grimoire/internal/models"
)

type inviteRequest struct {
	ID    uuid.UUID `json:"id"`
	Class uuid.UUID `json:"class"`
	models.InviteCreate
}

// invitation is a new invite with its link, which is shown this once.
type invitation struct {
	Invite        models.InviteRead `json:"invite"`
	URL           string            `json:"url"`
	Code          string            `json:"code"`
	CodeExpiresAt time.Time         `json:"code_expires_at"`
}

var (
	createInvite = app.Operation[inviteRequest, invitation]{Name: "invite/create",
		Run: func(ctx context.Context, a *app.App, r inviteRequest) (invitation, error) {
			made, err := a.Classroom.CreateInvite(ctx, app.Operator, r.Class, r.InviteCreate)
			if err != nil {
				return invitation{}, err
			}
			return invitation{
				Invite: made.Invite, URL: a.Origin() + "/j/#" + made.Token.Reveal(),
				Code: made.Code.Code, CodeExpiresAt: made.Code.ExpiresAt,
			}, nil
		}}

	listInvites = app.Operation[inviteRequest, []models.InviteRead]{Name: "invite/list",
		Run: func(ctx context.Context, a *app.App, r inviteRequest) ([]models.InviteRead, error) {
			invites, _, err := a.Classroom.Invites(ctx, app.Operator, r.Class)
			return invites, err
		}}

	revokeInvite = app.Operation[inviteRequest, struct{}]{Name: "invite/revoke",
		Run: func(ctx context.Context, a *app.App, r inviteRequest) (struct{}, error) {
			return struct{}{}, a.Classroom.RevokeInvite(ctx, app.Operator, r.ID)
		}}
)

func (c *cli) inviteCommand() *cobra.Command {
	var class, role string
	var hours, uses int
	create := &cobra.Command{
		Use:     "create --class ID",
		Short:   "Make a link into a class; it is shown this once",
		Example: `  grimoire invite create --class 0198… --role student --hours 48 --uses 30`,
		Args:    words(),
		RunE: verb(c, createInvite, func([]string) (inviteRequest, error) {
			id, err := parseID("class", class)
			r := inviteRequest{Class: id}
			r.Role, r.ExpiresInHours, r.MaxUses = models.Role(role), hours, uses
			return r, err
		}, func(out io.Writer, i invitation) {
			fmt.Fprintf(out, "%s\n\nFor a %s, %d times until %s.\n", i.URL, i.Invite.Role, i.Invite.MaxUses, i.Invite.ExpiresAt.Local().Format(time.DateTime))
			if i.Code != "" {
				fmt.Fprintf(out, "In the room, until %s: code %s\n", i.CodeExpiresAt.Local().Format(time.TimeOnly), i.Code)
			}
		}),
	}
	create.Flags().StringVar(&class, "class", "", "id of the class")
	create.Flags().StringVar(&role, "role", "student", "instructor, tutor, student or viewer")
	create.Flags().IntVar(&hours, "hours", 168, "how long it lets people in")
	create.Flags().IntVar(&uses, "uses", 200, "how many people it lets in")
	required(create, "class")

	var of string
	list := &cobra.Command{
		Use:   "list --class ID",
		Short: "List a class's links, used and unused",
		Args:  words(),
		RunE: verb(c, listInvites, func([]string) (inviteRequest, error) {
			id, err := parseID("class", of)
			return inviteRequest{Class: id}, err
		}, func(out io.Writer, invites []models.InviteRead) {
			fmt.Fprintln(out, "ID\tROLE\tUSES\tENDS\tSTATE")
			for _, i := range invites {
				fmt.Fprintf(out, "%s\t%s\t%d of %d\t%s\t%s\n", i.ID, i.Role, i.Uses, i.MaxUses, i.ExpiresAt.Local().Format(time.DateTime), i.State)
			}
		}),
	}
	list.Flags().StringVar(&of, "class", "", "id of the class")
	required(list, "class")

	revoke := &cobra.Command{
		Use:   "revoke ID",
		Short: "End a link; whoever joined with it stays",
		Args:  words("ID"),
		RunE: verb(c, revokeInvite, func(args []string) (inviteRequest, error) {
			id, err := parseID("invite", args[0])
			return inviteRequest{ID: id}, err
		}, func(out io.Writer, _ struct{}) { fmt.Fprintln(out, "The link lets nobody in any more.") }),
	}
	return group("invite", "Make, list and end links into a class", create, list, revoke)
}

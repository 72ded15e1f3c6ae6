package main

import (
	"context"
	"fmt"
	"io"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"grimoire/internal/app"
	"grimoire/internal/models"
)

type classRequest struct {
	Name  string `json:"name"`
	Owner string `json:"owner"`
}

var (
	createClass = app.Operation[classRequest, models.ClassRead]{Name: "class/create",
		Run: func(ctx context.Context, a *app.App, r classRequest) (models.ClassRead, error) {
			owner, err := a.Classroom.UserByEmail(ctx, app.Operator, r.Owner)
			if err != nil {
				return models.ClassRead{}, err
			}
			return a.Classroom.CreateClass(ctx, app.Operator, owner.ID, models.ClassCreate{ClassFields: models.ClassFields{Name: r.Name}})
		}}

	listClasses = app.Operation[struct{}, []models.ClassRead]{Name: "class/list",
		Run: func(ctx context.Context, a *app.App, _ struct{}) ([]models.ClassRead, error) {
			return a.Classroom.Classes(ctx, app.Operator)
		}}
)

func (c *cli) classCommand() *cobra.Command {
	var owner string
	create := &cobra.Command{
		Use:     "create NAME --owner EMAIL",
		Short:   "Make a class; its owner is its first instructor",
		Example: `  grimoire class create "HIST 101, Europe since 1789" --owner ana@school.example`,
		Args:    words("NAME"),
		RunE: verb(c, createClass, func(args []string) (classRequest, error) {
			return classRequest{Name: args[0], Owner: owner}, nil
		}, func(out io.Writer, class models.ClassRead) { showClasses(out, []models.ClassRead{class}) }),
	}
	create.Flags().StringVar(&owner, "owner", "", "e-mail address of the account that teaches it")
	required(create, "owner")

	list := &cobra.Command{
		Use:   "list",
		Short: "List all classes",
		Args:  words(),
		RunE:  verb(c, listClasses, nothing, showClasses),
	}
	return group("class", "Make and list classes", create, list)
}

func showClasses(out io.Writer, classes []models.ClassRead) {
	fmt.Fprintln(out, "ID\tNAME\tMEMBERS\tCONVERSATIONS")
	for _, class := range classes {
		name := class.Name
		if class.ArchivedAt != nil {
			name += " (archived)"
		}
		fmt.Fprintf(out, "%s\t%s\t%d\t%d\n", class.ID, name, class.Members, class.Conversations)
	}
}

// required marks flags without which a call makes no sense.
func required(cmd *cobra.Command, names ...string) {
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error { return checkRequired(cmd, names...) }
}

func checkRequired(cmd *cobra.Command, names ...string) error {
	for _, name := range names {
		if !cmd.Flags().Changed(name) {
			return usageError{fmt.Errorf("'%s' needs --%s; see '%s --help'", cmd.CommandPath(), name, cmd.CommandPath())}
		}
	}
	return nil
}

// parseID reads an id that somebody copied from a listing.
func parseID(what, text string) (uuid.UUID, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return uuid.Nil, usageError{fmt.Errorf("%q is not an id; 'grimoire %s list' shows them", text, what)}
	}
	return id, nil
}

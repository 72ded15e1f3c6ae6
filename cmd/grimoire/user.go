package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"grimoire/internal/app"
	"grimoire/internal/classroom"
	"grimoire/internal/models"
)

// account is a user as the command line prints one.
type account struct {
	ID          uuid.UUID  `json:"id"`
	DisplayName string     `json:"display_name"`
	Email       *string    `json:"email"`
	Admin       bool       `json:"admin"`
	Guest       bool       `json:"guest"`
	DisabledAt  *time.Time `json:"disabled_at"`
	CreatedAt   time.Time  `json:"created_at"`
}

func newAccount(u *models.User) account {
	return account{
		ID: u.ID, DisplayName: u.DisplayName, Email: u.Email, Admin: u.IsAdmin,
		Guest: u.Email == nil && u.PasswordHash == "", DisabledAt: u.DisabledAt, CreatedAt: u.CreatedAt,
	}
}

// userRequest makes or changes an account.
type userRequest struct {
	Email      string `json:"email"`
	Name       string `json:"name"`
	Passphrase string `json:"passphrase"`
	Admin      bool   `json:"admin"`
}

var (
	createUser = app.Operation[userRequest, account]{Name: "user/create",
		Run: func(ctx context.Context, a *app.App, r userRequest) (account, error) {
			user, err := a.Classroom.CreateUser(ctx, app.Operator, classroom.UserCreate{
				DisplayName: r.Name, Email: &r.Email, Passphrase: r.Passphrase, Admin: r.Admin,
			})
			if err != nil {
				return account{}, err
			}
			return newAccount(user), nil
		}}

	listUsers = app.Operation[struct{}, []account]{Name: "user/list",
		Run: func(ctx context.Context, a *app.App, _ struct{}) ([]account, error) {
			users, err := a.Classroom.Users(ctx, app.Operator)
			accounts := make([]account, 0, len(users))
			for _, u := range users {
				accounts = append(accounts, newAccount(u))
			}
			return accounts, err
		}}

	setPassphrase = app.Operation[userRequest, account]{Name: "user/passphrase",
		Run: func(ctx context.Context, a *app.App, r userRequest) (account, error) {
			return changeUser(ctx, a, r.Email, classroom.UserChange{Passphrase: models.Some(r.Passphrase)})
		}}

	disableUser = app.Operation[userRequest, account]{Name: "user/disable",
		Run: func(ctx context.Context, a *app.App, r userRequest) (account, error) {
			return changeUser(ctx, a, r.Email, classroom.UserChange{Disabled: models.Some(true)})
		}}

	enableUser = app.Operation[userRequest, account]{Name: "user/enable",
		Run: func(ctx context.Context, a *app.App, r userRequest) (account, error) {
			return changeUser(ctx, a, r.Email, classroom.UserChange{Disabled: models.Some(false)})
		}}
)

func changeUser(ctx context.Context, a *app.App, email string, change classroom.UserChange) (account, error) {
	user, err := a.Classroom.UserByEmail(ctx, app.Operator, email)
	if err != nil {
		return account{}, err
	}
	user, err = a.Classroom.UpdateUser(ctx, app.Operator, user.ID, change)
	if err != nil {
		return account{}, err
	}
	return newAccount(user), nil
}

func (c *cli) userCommand() *cobra.Command {
	var name string
	var admin bool
	create := &cobra.Command{
		Use:   "create EMAIL --name NAME [--admin] < PASSPHRASE",
		Short: "Make an account; its passphrase is the first line of standard input",
		Example: `  grimoire user create ana@school.example --name Ana --admin
  pass show grimoire | grimoire user create ana@school.example --name Ana`,
		Args: words("EMAIL"),
		RunE: verb(c, createUser, func(args []string) (userRequest, error) {
			passphrase, err := readPassphrase(os.Stdin)
			return userRequest{Email: args[0], Name: name, Passphrase: passphrase, Admin: admin}, err
		}, showAccount),
	}
	create.Flags().StringVar(&name, "name", "", "the name others see")
	create.Flags().BoolVar(&admin, "admin", false, "may do everything on this server")
	required(create, "name")

	list := &cobra.Command{
		Use:   "list",
		Short: "List accounts and guests",
		Args:  words(),
		RunE:  verb(c, listUsers, nothing, showAccounts),
	}
	passphrase := &cobra.Command{
		Use:   "passphrase EMAIL < PASSPHRASE",
		Short: "Set a new passphrase and end the account's sessions",
		Args:  words("EMAIL"),
		RunE: verb(c, setPassphrase, func(args []string) (userRequest, error) {
			passphrase, err := readPassphrase(os.Stdin)
			return userRequest{Email: args[0], Passphrase: passphrase}, err
		}, showAccount),
	}
	named := func(args []string) (userRequest, error) { return userRequest{Email: args[0]}, nil }
	disable := &cobra.Command{
		Use:   "disable EMAIL",
		Short: "Let nobody sign in to an account, and end its sessions; what was written stays",
		Args:  words("EMAIL"),
		RunE:  verb(c, disableUser, named, showAccount),
	}
	enable := &cobra.Command{
		Use:   "enable EMAIL",
		Short: "Let people sign in to a disabled account again",
		Args:  words("EMAIL"),
		RunE:  verb(c, enableUser, named, showAccount),
	}
	return group("user", "Make, list, disable and enable accounts", create, list, passphrase, disable, enable)
}

// nothing is the request of a verb that takes none.
func nothing([]string) (struct{}, error) { return struct{}{}, nil }

// readPassphrase reads one line, asking for it when a person is at the keyboard.
func readPassphrase(in *os.File) (string, error) {
	if info, err := in.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		fmt.Fprint(os.Stderr, "Passphrase (it is shown as you type): ")
	}
	line, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the passphrase: %w", err)
	}
	passphrase := strings.TrimRight(line, "\r\n")
	if passphrase == "" {
		return "", usageError{errors.New("the passphrase is read from standard input, and there was none")}
	}
	return passphrase, nil
}

func showAccount(out io.Writer, a account) { showAccounts(out, []account{a}) }

func showAccounts(out io.Writer, accounts []account) {
	fmt.Fprintln(out, "ID\tNAME\tE-MAIL\tKIND")
	for _, a := range accounts {
		email, kind := "–", "account"
		if a.Email != nil {
			email = *a.Email
		}
		switch {
		case a.DisabledAt != nil:
			kind = "disabled"
		case a.Admin:
			kind = "admin"
		case a.Guest:
			kind = "guest"
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", a.ID, a.DisplayName, email, kind)
	}
}

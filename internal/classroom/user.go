package classroom

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"grimoire/internal/auth"
	"grimoire/internal/models"
)

// A UserCreate makes an account. Without a passphrase nobody can sign in to it
// until one is set.
type UserCreate struct {
	DisplayName string
	Email       *string
	Passphrase  string
	Admin       bool
}

// A UserChange is what an operator changes of an account.
type UserChange struct {
	Passphrase models.Optional[string]
	Admin      models.Optional[bool]
	Disabled   models.Optional[bool]
}

// Users returns every account and guest, for the operator.
func (c *Classroom) Users(ctx context.Context, actor auth.Actor) ([]*models.User, error) {
	if !actor.Operator {
		return nil, operatorOnly()
	}
	return models.ListUsers(ctx, c.db.Read)
}

// UserByEmail returns the account with an address, for the operator.
func (c *Classroom) UserByEmail(ctx context.Context, actor auth.Actor, email string) (*models.User, error) {
	if !actor.Operator {
		return nil, operatorOnly()
	}
	user, err := models.GetUserByEmail(ctx, c.db.Read, email)
	return user, missing(err, "Nobody has the e-mail address "+email+".")
}

// CreateUser makes an account, for the operator.
func (c *Classroom) CreateUser(ctx context.Context, actor auth.Actor, r UserCreate) (*models.User, error) {
	if !actor.Operator {
		return nil, operatorOnly()
	}
	user, err := c.newUser(ctx, r)
	if err != nil {
		return nil, err
	}
	err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := insertUser(ctx, tx, user); err != nil {
			return err
		}
		return c.audit(ctx, tx, actor, "create user", uuid.Nil, user.ID)
	})
	return user, err
}

// UpdateUser changes an account, for the operator. A new passphrase, disabling and
// a change of who administers end the user's sessions.
func (c *Classroom) UpdateUser(ctx context.Context, actor auth.Actor, id uuid.UUID, r UserChange) (*models.User, error) {
	if !actor.Operator {
		return nil, operatorOnly()
	}
	user, err := models.GetUser(ctx, c.db.Read, id)
	if err != nil {
		return nil, missing(err, "There is no such user.")
	}
	var columns []string
	if r.Passphrase.Given {
		if user.PasswordHash, err = c.hash(ctx, r.Passphrase.Value); err != nil {
			return nil, err
		}
		columns = append(columns, "password_hash")
	}
	if r.Admin.Given {
		user.IsAdmin = r.Admin.Value
		columns = append(columns, "is_admin")
	}
	if r.Disabled.Given {
		user.DisabledAt = nil
		if r.Disabled.Value {
			now := c.now()
			user.DisabledAt = &now
		}
		columns = append(columns, "disabled_at")
	}
	var ended []uuid.UUID
	err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := models.UpdateUser(ctx, tx, user, columns...); err != nil {
			return err
		}
		if r.Passphrase.Given || r.Disabled.Value || r.Admin.Given {
			if ended, err = models.DeleteSessions(ctx, tx, user.ID, uuid.Nil); err != nil {
				return err
			}
		}
		return c.audit(ctx, tx, actor, "change user: "+strings.Join(columns, ", "), uuid.Nil, user.ID)
	})
	if err != nil {
		return nil, err
	}
	for _, session := range ended {
		c.rooms.EndSession(session)
	}
	return user, nil
}

// newUser checks what was asked for and hashes the passphrase; it writes nothing.
func (c *Classroom) newUser(ctx context.Context, r UserCreate) (*models.User, error) {
	user := &models.User{IsAdmin: r.Admin}
	user.ID, user.CreatedAt = models.NewID(), c.now()
	var err error
	if user.DisplayName, err = cleanName("display_name", r.DisplayName, maxPersonName); err != nil {
		return nil, err
	}
	if user.Email, err = cleanEmail(r.Email); err != nil {
		return nil, err
	}
	if r.Passphrase != "" {
		user.PasswordHash, err = c.hash(ctx, r.Passphrase)
	}
	return user, err
}

func (c *Classroom) hash(ctx context.Context, passphrase string) (string, error) {
	hash, err := c.passwords.Hash(ctx, passphrase)
	switch {
	case errors.Is(err, auth.ErrTooShort):
		return "", invalid("passphrase", "A passphrase has at least 10 characters. Four words are a good one.")
	case errors.Is(err, auth.ErrTooLong):
		return "", invalid("passphrase", "A passphrase has at most 128 characters.")
	}
	return hash, err
}

func insertUser(ctx context.Context, db bun.IDB, user *models.User) error {
	return emailTaken(models.InsertUsers(ctx, db, user))
}

func updateUser(ctx context.Context, db bun.IDB, user *models.User, columns []string) error {
	return emailTaken(models.UpdateUser(ctx, db, user, columns...))
}

func emailTaken(err error) error {
	if !errors.Is(err, models.ErrConflict) {
		return err
	}
	const sentence = "Somebody else has this e-mail address here."
	return &Error{Code: Conflict, Reason: "email_taken", Message: sentence, Fields: []Field{{"email", sentence}}, Err: err}
}

func operatorOnly() error {
	return fail(Forbidden, "Only whoever runs this server can do that.", nil)
}

// Longest names, in characters.
const (
	maxPersonName = 80
	maxClassName  = 120
	maxTitle      = 200
)

// cleanName returns a name as people mean it: with single spaces, and without
// characters that show nothing or turn the line around. It refuses one of
// which nothing is left.
func cleanName(field, name string, longest int) (string, error) {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, name)
	name = strings.Join(strings.Fields(name), " ")
	switch {
	case strings.IndexFunc(name, visible) < 0:
		return "", invalid(field, "This is missing.")
	case utf8.RuneCountInString(name) > longest:
		return "", invalid(field, fmt.Sprintf("This has more than %d characters.", longest))
	}
	return name, nil
}

func visible(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }

// cleanEmail returns an address, or nil for none.
func cleanEmail(email *string) (*string, error) {
	if email == nil || strings.TrimSpace(*email) == "" {
		return nil, nil
	}
	folded := models.FoldEmail(*email)
	if parsed, err := mail.ParseAddress(folded); err != nil || parsed.Address != folded || len(folded) > 254 {
		return nil, invalid("email", "This is not an e-mail address.")
	}
	return &folded, nil
}

func truncate(s string, bytes int) string {
	if len(s) <= bytes {
		return s
	}
	return strings.ToValidUTF8(s[:bytes], "")
}

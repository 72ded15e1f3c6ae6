package classroom

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"grimoire/internal/auth"
	"grimoire/internal/models"
)

// A SetupRequest makes the first administrator.
type SetupRequest struct {
	Token       string  `json:"token" minLength:"1" maxLength:"200" doc:"From the link the server printed at its start"`
	DisplayName string  `json:"display_name" minLength:"1" maxLength:"80"`
	Email       *string `json:"email,omitempty" format:"email" maxLength:"254"`
	Passphrase  string  `json:"passphrase" minLength:"10" maxLength:"128"`
}

// A MeUpdate changes one's own account. Fields that are left out stay.
type MeUpdate struct {
	models.UserUpdate
	Passphrase        models.Optional[string] `json:"passphrase,omitzero" minLength:"10" maxLength:"128"`
	CurrentPassphrase string                  `json:"current_passphrase,omitempty" maxLength:"128" doc:"Needed to change a passphrase one already has"`
}

// SetupNeeded reports whether nobody administers the server yet.
func (c *Classroom) SetupNeeded(ctx context.Context) (bool, error) {
	has, err := models.HasAdmin(ctx, c.db.Read)
	return !has, err
}

// NewSetupToken returns the token of a new one-time setup link and makes any
// earlier one useless. When an administrator exists it returns "".
func (c *Classroom) NewSetupToken(ctx context.Context) (auth.Token, error) {
	needed, err := c.SetupNeeded(ctx)
	if err != nil || !needed {
		return "", err
	}
	token, err := auth.NewSessionToken(c.random)
	if err != nil {
		return "", err
	}
	return token, models.PutStoreValue(ctx, c.db.Write, models.KeySetupToken, token.Hash())
}

// Setup makes the first administrator and signs them in. Its token works once.
func (c *Classroom) Setup(ctx context.Context, r SetupRequest, from Device) (Session, error) {
	if !c.limits.secrets.take(from.Address) {
		return Session{}, tooMany()
	}
	user, err := c.newUser(ctx, UserCreate{DisplayName: r.DisplayName, Email: r.Email, Passphrase: r.Passphrase, Admin: true})
	if err != nil {
		return Session{}, err
	}
	var session Session
	err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := models.TakeStoreValue(ctx, tx, models.KeySetupToken, auth.Token(r.Token).Hash())
		if errors.Is(err, models.ErrNotFound) {
			return fail(Gone, "This setup link has been used or replaced. The server prints a new one when it starts without an administrator.", err)
		}
		if err != nil {
			return err
		}
		if err := insertUser(ctx, tx, user); err != nil {
			return err
		}
		if session, err = c.startSession(ctx, tx, user, from, false); err != nil {
			return err
		}
		return c.audit(ctx, tx, auth.Actor{UserID: user.ID}, "setup", uuid.Nil, user.ID)
	})
	if err != nil {
		return Session{}, err
	}
	c.limits.secrets.give(from.Address)
	return session, nil
}

// Me returns what the actor sees of the own account.
func (c *Classroom) Me(ctx context.Context, actor auth.Actor) (models.UserRead, error) {
	user, err := models.GetUser(ctx, c.db.Read, actor.UserID)
	if err != nil {
		return models.UserRead{}, missing(err, signInFirst)
	}
	return c.readMe(ctx, c.db.Read, actor, user)
}

func (c *Classroom) readMe(ctx context.Context, db bun.IDB, actor auth.Actor, user *models.User) (models.UserRead, error) {
	me := user.Read()
	sessions, err := models.ListSessions(ctx, db, user.ID, c.now())
	if err != nil {
		return me, err
	}
	for _, s := range sessions {
		me.Sessions = append(me.Sessions, s.Read(actor.SessionID))
	}
	me.MayCreateClasses, err = c.mayCreateClasses(ctx, db, actor)
	return me, err
}

// UpdateMe changes the actor's own account. A new passphrase ends all other
// sessions.
func (c *Classroom) UpdateMe(ctx context.Context, actor auth.Actor, r MeUpdate) (models.UserRead, error) {
	user, err := models.GetUser(ctx, c.db.Read, actor.UserID)
	if err != nil {
		return models.UserRead{}, missing(err, signInFirst)
	}
	columns := r.Patch(user)
	if user.DisplayName, err = cleanName("display_name", user.DisplayName, maxPersonName); err != nil {
		return models.UserRead{}, err
	}
	if user.Email, err = cleanEmail(user.Email); err != nil {
		return models.UserRead{}, err
	}
	if r.Passphrase.Given {
		if err := c.changePassphrase(ctx, user, r); err != nil {
			return models.UserRead{}, err
		}
		columns = append(columns, "password_hash")
	}
	var ended []uuid.UUID
	err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if r.DisplayName.Given {
			if err := c.checkNameAmongClassmates(ctx, tx, user); err != nil {
				return err
			}
		}
		if err := updateUser(ctx, tx, user, columns); err != nil || !r.Passphrase.Given {
			return err
		}
		if ended, err = models.DeleteSessions(ctx, tx, user.ID, actor.SessionID); err != nil {
			return err
		}
		return c.audit(ctx, tx, actor, "change passphrase", uuid.Nil, user.ID)
	})
	if err != nil {
		return models.UserRead{}, err
	}
	for _, session := range ended {
		c.rooms.EndSession(session)
	}
	return c.readMe(ctx, c.db.Read, actor, user)
}

// checkNameAmongClassmates refuses to take the name of somebody in the same class.
func (c *Classroom) checkNameAmongClassmates(ctx context.Context, tx bun.Tx, user *models.User) error {
	classmates, err := models.ListClassmates(ctx, tx, user.ID)
	if err != nil {
		return err
	}
	names := make([]string, 0, len(classmates))
	for _, other := range classmates {
		names = append(names, other.DisplayName)
	}
	return refuseTaken(user.DisplayName, names)
}

// changePassphrase hashes a new passphrase for whoever knows the present one.
func (c *Classroom) changePassphrase(ctx context.Context, user *models.User, r MeUpdate) error {
	if user.PasswordHash != "" {
		key := user.ID.String() // whoever found a page open has one account to guess at, from anywhere
		if !c.limits.names.take(key) {
			return tooMany()
		}
		fits, err := c.passwords.Verify(ctx, user.PasswordHash, r.CurrentPassphrase)
		if err != nil {
			return err
		}
		if !fits {
			return invalid("current_passphrase", "This is not your present passphrase.")
		}
		c.limits.names.give(key)
	}
	hash, err := c.hash(ctx, r.Passphrase.Value)
	user.PasswordHash = hash
	return err
}

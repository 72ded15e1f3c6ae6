package classroom

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"grimoire/internal/auth"
	"grimoire/internal/models"
)

// How long a session lasts after it was last used.
const (
	sessionLife       = 30 * 24 * time.Hour
	sharedSessionLife = 12 * time.Hour // a school day, then somebody else sits there

	// seenEvery is how often use of a session is written down.
	seenEvery = 5 * time.Minute
)

// A Device is where a request comes from, as far as limits and the list of
// sessions need it.
type Device struct {
	Address   string // a key for limits: an address, or the network it is in
	UserAgent string
}

// A SignInRequest names an account by its e-mail address, or by its name when
// no other account with a passphrase has the same.
type SignInRequest struct {
	Name           string `json:"name" minLength:"1" maxLength:"254" doc:"E-mail address or name"`
	Passphrase     string `json:"passphrase" minLength:"1" maxLength:"128"`
	SharedComputer bool   `json:"shared_computer,omitempty" doc:"The browser keeps nothing"`
}

// A Session is somebody who has just come in: the token for the browser, and
// whom it stands for.
type Session struct {
	Token          auth.Token
	SharedComputer bool
	Me             models.UserRead
}

// SignIn starts a session for whoever knows the passphrase.
func (c *Classroom) SignIn(ctx context.Context, r SignInRequest, from Device) (Session, error) {
	name := strings.TrimSpace(r.Name)
	key := strings.ToLower(name) + "\n" + from.Address
	if !c.limits.secrets.take(from.Address) || !c.limits.names.take(key) {
		return Session{}, tooMany()
	}
	user, err := c.findAccount(ctx, name)
	if err != nil {
		return Session{}, err
	}
	fits, err := c.passwords.Verify(ctx, user.PasswordHash, r.Passphrase)
	if err != nil {
		return Session{}, err
	}
	if !fits || user.DisabledAt != nil {
		if err := c.audit(ctx, c.db.Write, auth.Actor{}, "sign-in refused", uuid.Nil, user.ID); err != nil {
			return Session{}, err
		}
		return Session{}, &Error{Code: Unauthenticated, Reason: "wrong_passphrase", Message: "The name and the passphrase do not fit together."}
	}
	c.limits.secrets.give(from.Address)
	c.limits.names.give(key)
	var session Session
	err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if session, err = c.startSession(ctx, tx, user, from, r.SharedComputer); err != nil {
			return err
		}
		return c.audit(ctx, tx, auth.Actor{UserID: user.ID}, "sign in", uuid.Nil, user.ID)
	})
	return session, err
}

// findAccount returns the account that an e-mail address or an unmistakable
// name belongs to, or an empty one, whose passphrase nobody knows.
func (c *Classroom) findAccount(ctx context.Context, name string) (*models.User, error) {
	user, err := models.GetUserByEmail(ctx, c.db.Read, name)
	if errors.Is(err, models.ErrNotFound) {
		user, err = models.GetUserByName(ctx, c.db.Read, name)
	}
	if errors.Is(err, models.ErrNotFound) || errors.Is(err, models.ErrConflict) {
		return new(models.User), nil
	}
	return user, err
}

// startSession signs user in on a device. It changes the database through tx
// and nothing else.
func (c *Classroom) startSession(ctx context.Context, tx bun.Tx, user *models.User, from Device, shared bool) (Session, error) {
	token, err := auth.NewSessionToken(c.random)
	if err != nil {
		return Session{}, err
	}
	row := c.newSession(user.ID, token, from, shared)
	if err := models.InsertSessions(ctx, tx, row); err != nil {
		return Session{}, err
	}
	if err := models.SawUser(ctx, tx, user.ID, row.CreatedAt); err != nil {
		return Session{}, err
	}
	me, err := c.readMe(ctx, tx, auth.Actor{UserID: user.ID, SessionID: row.ID, Admin: user.IsAdmin}, user)
	return Session{Token: token, SharedComputer: shared, Me: me}, err
}

func (c *Classroom) newSession(user uuid.UUID, token auth.Token, from Device, shared bool) *models.Session {
	row := &models.Session{UserID: user, TokenHash: token.Hash()}
	row.ID, row.CreatedAt = models.NewID(), c.now()
	row.LastSeenAt = row.CreatedAt
	row.ExpiresAt = row.CreatedAt.Add(lifeOf(shared))
	row.UserAgent = truncate(from.UserAgent, 400)
	row.SharedComputer = shared
	return row
}

func lifeOf(shared bool) time.Duration {
	if shared {
		return sharedSessionLife
	}
	return sessionLife
}

// SignOut ends the actor's session and closes what it has open.
func (c *Classroom) SignOut(ctx context.Context, actor auth.Actor) error {
	err := models.DeleteSession(ctx, c.db.Write, actor.UserID, actor.SessionID)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return err
	}
	c.rooms.EndSession(actor.SessionID)
	return nil
}

// EndSession signs the actor out on another device, or on this one, and closes what is open there. NotFound: the
// actor has no such session.
func (c *Classroom) EndSession(ctx context.Context, actor auth.Actor, session uuid.UUID) error {
	err := c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := models.DeleteSession(ctx, tx, actor.UserID, session); err != nil {
			return missing(err, "You are signed in on no such device.")
		}
		return c.audit(ctx, tx, actor, "end session", uuid.Nil, session)
	})
	if err != nil {
		return err
	}
	c.rooms.EndSession(session)
	return nil
}

// Authenticate returns whose session token is, and notes that it was used. It
// refuses with Unauthenticated when there is no such session, it has expired,
// or its user was disabled.
func (c *Classroom) Authenticate(ctx context.Context, token auth.Token) (auth.Actor, error) {
	actor, session, err := c.identify(ctx, token)
	if err != nil {
		return auth.Actor{}, err
	}
	if now := c.now(); now.Sub(session.LastSeenAt) >= seenEvery {
		if err := c.saw(ctx, session, now); err != nil {
			// Whoever is signed in can read on while nothing can be written.
			c.logger.WarnContext(ctx, "use of a session not noted", "session", session.ID, "error", err)
		}
	}
	return actor, nil
}

// identify is Authenticate without the note.
func (c *Classroom) identify(ctx context.Context, token auth.Token) (auth.Actor, *models.Session, error) {
	if token == "" {
		return auth.Actor{}, nil, fail(Unauthenticated, signInFirst, nil)
	}
	session, err := models.GetSessionByToken(ctx, c.db.Read, token.Hash(), c.now())
	if errors.Is(err, models.ErrNotFound) {
		return auth.Actor{}, nil, fail(Unauthenticated, signInFirst, err)
	}
	if err != nil {
		return auth.Actor{}, nil, err
	}
	return auth.Actor{
		UserID:    session.UserID,
		SessionID: session.ID,
		Name:      session.User.DisplayName,
		Admin:     session.User.IsAdmin,
	}, session, nil
}

// saw notes the use of a session, which renews it. The session may have ended
// meanwhile; the request that is under way is then its last.
func (c *Classroom) saw(ctx context.Context, session *models.Session, now time.Time) error {
	err := c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := models.SawSession(ctx, tx, session.ID, now, now.Add(lifeOf(session.SharedComputer))); err != nil {
			return err
		}
		return models.SawUser(ctx, tx, session.UserID, now)
	})
	if errors.Is(err, models.ErrNotFound) {
		return nil
	}
	return err
}

// Tidy forgets sessions that have expired. Call it now and then.
func (c *Classroom) Tidy(ctx context.Context) error {
	_, err := models.DeleteExpiredSessions(ctx, c.db.Write, c.now())
	return err
}

const signInFirst = "Sign in first."

func tooMany() error {
	return fail(TooMany, "Too many attempts. Wait a minute and try again.", nil)
}

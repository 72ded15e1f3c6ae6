package models

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// SessionFields is what a session shows of itself.
type SessionFields struct {
	UserAgent      string    `bun:",notnull,type:text" json:"user_agent" maxLength:"400"`
	ExpiresAt      time.Time `bun:",notnull" json:"expires_at"`
	LastSeenAt     time.Time `bun:",notnull" json:"last_seen_at"`
	SharedComputer bool      `bun:",notnull" json:"shared_computer" doc:"The browser keeps nothing"`
}

// Session is a browser in which somebody is signed in.
type Session struct {
	bun.BaseModel `bun:"table:sessions,alias:session"`
	Identity
	SessionFields
	UserID    uuid.UUID `bun:",notnull,type:uuid"`
	TokenHash string    `bun:",notnull,type:text"` // of the cookie; the token itself is kept nowhere

	User *User `bun:"rel:belongs-to,join:user_id=id"`
}

// SessionRead is a session as its owner sees it.
type SessionRead struct {
	ID        uuid.UUID `json:"id"`
	CreatedAt time.Time `json:"created_at"`
	SessionFields
	Current bool `json:"current" doc:"The session of this very request"`
}

// Read returns the shape of s, seen from the session current.
func (s *Session) Read(current uuid.UUID) SessionRead {
	return SessionRead{ID: s.ID, CreatedAt: s.CreatedAt, SessionFields: s.SessionFields, Current: s.ID == current}
}

// InsertSessions signs people in.
func InsertSessions(ctx context.Context, db bun.IDB, sessions ...*Session) error {
	return insert(ctx, db, sessions)
}

// GetSessionByToken returns the session of a token, with its User, unless it has expired at now or its
// user is disabled.
func GetSessionByToken(ctx context.Context, db bun.IDB, tokenHash string, now time.Time) (*Session, error) {
	s := new(Session)
	err := db.NewSelect().Model(s).
		Relation("User").
		Where("?TableAlias.token_hash = ?", tokenHash).
		Where("?TableAlias.expires_at > ?", Instant(now)).
		Where(`"user".disabled_at IS NULL`).
		Scan(ctx)
	return found(s, err)
}

// ListSessions returns somebody's sessions that have not expired at now, the last used first.
func ListSessions(ctx context.Context, db bun.IDB, user uuid.UUID, now time.Time) ([]*Session, error) {
	var sessions []*Session
	err := db.NewSelect().Model(&sessions).
		Where("?TableAlias.user_id = ?", user).
		Where("?TableAlias.expires_at > ?", Instant(now)).
		OrderExpr("?TableAlias.last_seen_at DESC, ?TableAlias.id").
		Scan(ctx)
	return sessions, translate(err)
}

// EndedSessions returns which of the sessions are there no more.
func EndedSessions(ctx context.Context, db bun.IDB, sessions []uuid.UUID) ([]uuid.UUID, error) {
	var alive []uuid.UUID
	err := db.NewSelect().Model((*Session)(nil)).
		Column("id").
		Where("?TableAlias.id IN (?)", bun.List(sessions)).
		Scan(ctx, &alive)
	if err != nil {
		return nil, translate(err)
	}
	still := make(map[uuid.UUID]bool, len(alive))
	for _, id := range alive {
		still[id] = true
	}
	var ended []uuid.UUID
	for _, id := range sessions {
		if !still[id] {
			ended = append(ended, id)
		}
	}
	return ended, nil
}

// SawSession notes that a session was used, and until when it now lasts.
func SawSession(ctx context.Context, db bun.IDB, id uuid.UUID, at, expires time.Time) error {
	return one(db.NewUpdate().Model((*Session)(nil)).
		Set("last_seen_at = ?", Instant(at)).
		Set("expires_at = ?", Instant(expires)).
		Where("?TableAlias.id = ?", id).
		Exec(ctx))
}

// DeleteSession ends a session of the user. ErrNotFound: they have no such session.
func DeleteSession(ctx context.Context, db bun.IDB, user, id uuid.UUID) error {
	return one(db.NewDelete().Model((*Session)(nil)).
		Where("?TableAlias.id = ?", id).
		Where("?TableAlias.user_id = ?", user).
		Exec(ctx))
}

// DeleteSessions ends all sessions of the user but the one to keep, and returns their ids.
func DeleteSessions(ctx context.Context, db bun.IDB, user, keep uuid.UUID) ([]uuid.UUID, error) {
	var ended []uuid.UUID
	_, err := db.NewDelete().Model((*Session)(nil)).
		Where("?TableAlias.user_id = ?", user).
		Where("?TableAlias.id <> ?", keep).
		Returning("id").
		Exec(ctx, &ended)
	return ended, translate(err)
}

// DeleteExpiredSessions forgets the sessions that have expired at now, and returns how many.
func DeleteExpiredSessions(ctx context.Context, db bun.IDB, now time.Time) (int64, error) {
	return affected(db.NewDelete().Model((*Session)(nil)).Where("?TableAlias.expires_at <= ?", Instant(now)).Exec(ctx))
}

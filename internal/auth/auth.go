// Package auth knows who somebody is and what they may do.
//
//	passphrase ──argon2id──> hash        password.go
//	cookie ──> token ──SHA-256──> session token.go, cookie.go
//	actor, action, resource ──> yes or no policy.go
//
// It promises that a secret is compared in constant time and never kept as it
// was given, that no more than two passphrases are hashed at once, and that
// whatever the table of policy.go does not allow is refused. HTTP, websocket
// and command line all ask the same table.
package auth

import "github.com/google/uuid"

// An Actor is whoever asks for something. The zero Actor is nobody, and may
// do nothing.
type Actor struct {
	UserID    uuid.UUID
	SessionID uuid.UUID // the zero id when no session is behind the request
	Name      string
	Admin     bool
	Operator  bool // at the machine's own command line; may do what an admin may
}

// Nobody reports whether there is no person and no operator behind a.
func (a Actor) Nobody() bool { return a.UserID == uuid.Nil && !a.Operator }

package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
)

// A Token is a secret that opens a session, an invite or the first setup.
// Printing or logging it shows a placeholder; Reveal is the one way to its
// characters. Rows keep its Hash.
type Token string

// Sizes of tokens, in random bytes.
const (
	sessionBytes = 32
	inviteBytes  = 16
)

// NewSessionToken returns a token of 256 random bits.
func NewSessionToken(random io.Reader) (Token, error) { return newToken(random, sessionBytes) }

// NewInviteToken returns a token of 128 random bits, short enough for a QR
// code that a camera reads from the last row.
func NewInviteToken(random io.Reader) (Token, error) { return newToken(random, inviteBytes) }

func newToken(random io.Reader, n int) (Token, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("read token: %w", err)
	}
	return Token(base64.RawURLEncoding.EncodeToString(b)), nil
}

// Reveal returns the characters to hand to the token's owner.
func (t Token) Reveal() string { return string(t) }

// Hash returns what is kept of t: SHA-256 in hexadecimal. A token has enough
// bits of its own that neither salt nor a slow hash would add anything.
func (t Token) Hash() string {
	sum := sha256.Sum256([]byte(t))
	return hex.EncodeToString(sum[:])
}

// String hides t.
func (t Token) String() string { return "[secret]" }

// GoString hides t from %#v.
func (t Token) GoString() string { return t.String() }

// LogValue hides t from slog.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalText hides t from encoders, so that it cannot leave by accident.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

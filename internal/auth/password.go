package auth

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Bounds of a passphrase, in characters.
const (
	MinPassphrase = 10
	MaxPassphrase = 128
)

// Errors of a passphrase that cannot be one.
var (
	ErrTooShort = fmt.Errorf("a passphrase has at least %d characters", MinPassphrase)
	ErrTooLong  = fmt.Errorf("a passphrase has at most %d characters", MaxPassphrase)
)

// Cost of one hashing: about a tenth of a second on one core of a small server.
const (
	argonMemory  = 32 << 10 // KiB
	argonTime    = 3
	argonThreads = 1
	argonSalt    = 16
	argonKey     = 32

	hashingsAtOnce = 2
)

// Limits for what a stored hash may ask of this machine, so that a tampered
// row cannot exhaust it.
const (
	maxArgonMemory = 256 << 10
	maxArgonTime   = 16
)

// decoy stands in for the hash of an account that has none. No passphrase is
// known to fit it, and if one did, Verify would still say no.
var decoy = argonHash{
	memory: argonMemory, time: argonTime, threads: argonThreads,
	salt: make([]byte, argonSalt), key: make([]byte, argonKey),
}

// Passwords hashes and checks passphrases, at most two at a time: each takes
// 32 MiB. Make one with NewPasswords and share it.
type Passwords struct {
	random io.Reader
	slots  chan struct{}
}

// NewPasswords returns a Passwords that takes its salts from random.
func NewPasswords(random io.Reader) *Passwords {
	return &Passwords{random: random, slots: make(chan struct{}, hashingsAtOnce)}
}

// CheckPassphrase returns ErrTooShort or ErrTooLong for what Hash refuses.
func CheckPassphrase(passphrase string) error {
	switch n := utf8.RuneCountInString(passphrase); {
	case n < MinPassphrase:
		return ErrTooShort
	case n > MaxPassphrase:
		return ErrTooLong
	}
	return nil
}

// Hash returns the salted argon2id hash of passphrase in PHC form. It waits
// for its turn until ctx is done.
func (p *Passwords) Hash(ctx context.Context, passphrase string) (string, error) {
	if err := CheckPassphrase(passphrase); err != nil {
		return "", err
	}
	salt := make([]byte, argonSalt)
	if _, err := io.ReadFull(p.random, salt); err != nil {
		return "", fmt.Errorf("read salt: %w", err)
	}
	h := argonHash{memory: argonMemory, time: argonTime, threads: argonThreads, salt: salt, key: make([]byte, argonKey)}
	key, err := p.derive(ctx, passphrase, h)
	if err != nil {
		return "", err
	}
	h.key = key
	return h.String(), nil
}

// Verify reports whether passphrase is the one hash was made of. An empty hash
// fits nothing, but takes as long as a real one, so that the time of an answer
// does not tell who has an account.
func (p *Passwords) Verify(ctx context.Context, hash, passphrase string) (bool, error) {
	if utf8.RuneCountInString(passphrase) > MaxPassphrase {
		return false, nil
	}
	h, exists := decoy, hash != ""
	if exists {
		var err error
		if h, err = parseArgonHash(hash); err != nil {
			return false, err
		}
	}
	key, err := p.derive(ctx, passphrase, h)
	if err != nil {
		return false, err
	}
	return exists && subtle.ConstantTimeCompare(key, h.key) == 1, nil
}

func (p *Passwords) derive(ctx context.Context, passphrase string, h argonHash) ([]byte, error) {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-p.slots }()
	return argon2.IDKey([]byte(passphrase), h.salt, h.time, h.memory, h.threads, uint32(len(h.key))), nil
}

// An argonHash is one PHC string: $argon2id$v=19$m=…,t=…,p=…$salt$key.
type argonHash struct {
	memory, time uint32
	threads      uint8
	salt, key    []byte
}

func (h argonHash) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.time, h.threads,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.key))
}

var errHash = errors.New("stored passphrase hash is damaged")

func parseArgonHash(s string) (argonHash, error) {
	var h argonHash
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.threads); err != nil {
		return h, errHash
	}
	if h.memory > maxArgonMemory || h.time < 1 || h.time > maxArgonTime || h.threads < 1 {
		return h, errHash
	}
	var err error
	if h.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return h, errHash
	}
	if h.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(h.key) != argonKey {
		return h, errHash
	}
	return h, nil
}

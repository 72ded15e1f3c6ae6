package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
)

func TestPasswords_VerifiesWhatItHashed(t *testing.T) {
	p, ctx := NewPasswords(rand.Reader), t.Context()
	const passphrase = "correct horse battery"
	hash, err := p.Hash(ctx, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	again, err := p.Hash(ctx, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	if hash == again || strings.Contains(hash, passphrase) {
		t.Errorf("hashes %q and %q: want different salts and no passphrase", hash, again)
	}
	tests := []struct {
		name, hash, passphrase string
		want                   bool
	}{
		{"the right one", hash, passphrase, true},
		{"a wrong one", hash, "correct horse batterz", false},
		{"another case", hash, "Correct horse battery", false},
		{"empty", hash, "", false},
		{"far too long", hash, strings.Repeat("x", 1<<20), false},
		{"an account without a passphrase", "", passphrase, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := p.Verify(ctx, tt.hash, tt.passphrase)
			if err != nil || got != tt.want {
				t.Errorf("Verify = %v, %v; want %v", got, err, tt.want)
			}
		})
	}
}

func TestPasswords_LengthIsCountedInCharacters(t *testing.T) {
	tests := []struct {
		name, passphrase string
		want             error
	}{
		{"nine", "123456789", ErrTooShort},
		{"ten", "1234567890", nil},
		{"ten of many bytes", strings.Repeat("語", 10), nil},
		{"nine of many bytes", strings.Repeat("語", 9), ErrTooShort},
		{"one hundred and twenty-eight", strings.Repeat("x", 128), nil},
		{"one too many", strings.Repeat("x", 129), ErrTooLong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := CheckPassphrase(tt.passphrase); !errors.Is(err, tt.want) {
				t.Errorf("CheckPassphrase = %v, want %v", err, tt.want)
			}
		})
	}
}

func TestPasswords_DamagedHashIsAnErrorAndCostsNothing(t *testing.T) {
	p := NewPasswords(rand.Reader)
	for name, hash := range map[string]string{
		"not a hash":      "hello",
		"another kind":    "$2a$10$abcdefghijklmnopqrstuv",
		"too much memory": "$argon2id$v=19$m=99999999,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"too much time":   "$argon2id$v=19$m=64,t=9999,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"no key":          "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$",
	} {
		t.Run(name, func(t *testing.T) {
			if ok, err := p.Verify(t.Context(), hash, "correct horse battery"); ok || err == nil {
				t.Errorf("Verify = %v, %v; want an error", ok, err)
			}
		})
	}
}

func TestPasswords_AtMostTwoAtATime(t *testing.T) {
	p := NewPasswords(rand.Reader)
	for range hashingsAtOnce {
		p.slots <- struct{}{} // two hashings under way
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := p.Hash(ctx, "correct horse battery")
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("a third hashing: %v, want it to wait until its context ends", err)
	}
	<-p.slots
	if _, err := p.Hash(t.Context(), "correct horse battery"); err != nil {
		t.Errorf("with a free place: %v", err)
	}
}

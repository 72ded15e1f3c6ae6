package classroom

import (
	_ "embed"
	"fmt"
	"io"
	"strings"

	"grimoire/internal/auth"
)

// The short code of a class is read aloud and typed: seven characters, none of
// which can be taken for another.
const (
	codeAlphabet = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
	codeLength   = 7
	codeSplit    = 4 // K7QM-2XR is two breaths
)

// newShortCode returns a random short code: 34 bits, enough for the eight hours
// it lives behind a limit.
func newShortCode(random io.Reader) (string, error) {
	code := make([]byte, codeLength)
	for i := range code {
		n, err := below(random, len(codeAlphabet))
		if err != nil {
			return "", err
		}
		code[i] = codeAlphabet[n]
	}
	return string(code), nil
}

// normalCode returns a short code as it is kept, from what somebody typed.
func normalCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, strings.ToUpper(typed))
}

// A return code brings a guest back on another device. It has 256⁴ × 1000
// values, 42 bits, and is kept as a hash.
const returnWords = 4

//go:embed words.txt
var wordList string

var words = strings.Fields(wordList)

// newReturnCode returns a random return code such as maple-river-otter-fern-042.
func newReturnCode(random io.Reader) (auth.Token, error) {
	parts := make([]string, 0, returnWords+1)
	for range returnWords {
		n, err := below(random, len(words))
		if err != nil {
			return "", err
		}
		parts = append(parts, words[n])
	}
	n, err := below(random, 1000)
	if err != nil {
		return "", err
	}
	return auth.Token(strings.Join(append(parts, fmt.Sprintf("%03d", n)), "-")), nil
}

// normalReturnCode returns a return code as it is hashed, from what somebody
// typed: spaces and capital letters do not matter.
func normalReturnCode(typed string) auth.Token {
	parts := strings.FieldsFunc(strings.ToLower(typed), func(r rune) bool { return r == '-' || r == ' ' })
	return auth.Token(strings.Join(parts, "-"))
}

// below returns a random number from 0 to n-1, n ≤ 65536, each as likely.
func below(random io.Reader, n int) (int, error) {
	fair := 1<<16 - (1<<16)%n
	var b [2]byte
	for {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return 0, fmt.Errorf("read random bytes: %w", err)
		}
		if v := int(b[0])<<8 | int(b[1]); v < fair {
			return v % n, nil
		}
	}
}

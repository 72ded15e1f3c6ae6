package annotation

import (
	"fmt"
	"io"
	"regexp"
	"strings"
)

// A marker begins a turn: U+001E, the turn's id, a newline. Anything that only
// looks like one is text.
const markerSign = "\u001e"

var markerPattern = regexp.MustCompile(markerSign + `([a-z0-9]{10})\n`)

// afterTurn parts a turn's Markdown from the next marker.
const afterTurn = "\n\n"

// Marker returns the characters that begin the turn with the given id.
func Marker(id string) string { return markerSign + id + "\n" }

const (
	idLength   = 10
	idAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
)

// NewID returns a random id for a turn or a tag.
func NewID(random io.Reader) (string, error) {
	// 252 is the largest multiple of 36 in a byte: what lies above would
	// favour the first letters.
	const fair = 256 - 256%len(idAlphabet)
	id := make([]byte, 0, idLength)
	var b [1]byte
	for len(id) < idLength {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", fmt.Errorf("read id: %w", err)
		}
		if int(b[0]) < fair {
			id = append(id, idAlphabet[int(b[0])%len(idAlphabet)])
		}
	}
	return string(id), nil
}

// A piece is one turn's share of the text.
type piece struct {
	id       string // "" before the first marker
	markdown string
}

// cut takes text apart at its markers. Text before the first marker is a piece
// of its own if there is any.
func cut(text string) []piece {
	var pieces []piece
	id, start := "", 0
	add := func(end int) {
		markdown := text[start:end]
		if id != "" || strings.TrimSpace(markdown) != "" {
			pieces = append(pieces, piece{id, strings.TrimRight(markdown, "\n")})
		}
	}
	for _, m := range markerPattern.FindAllStringSubmatchIndex(text, -1) {
		add(m[0])
		id, start = text[m[2]:m[3]], m[1]
	}
	add(len(text))
	return pieces
}

// Clean returns s as the Doc keeps text: valid UTF-8, newlines as one
// character, which editors count alike, and none of the control characters
// that markers and databases give a meaning.
func Clean(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	return cleaner.Replace(s)
}

var cleaner = strings.NewReplacer("\r\n", "\n", "\r", "\n", markerSign, "", "\x00", "")

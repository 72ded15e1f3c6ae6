package crdt

import (
	"fmt"

	"grimoire/internal/crdt/lib0"
)

var (
	// ErrMalformed is wrapped by every error about bytes that break the format.
	ErrMalformed = lib0.ErrMalformed

	// ErrLimit is wrapped by every error about bytes that ask for more than an
	// engine will hold: more than 2 GiB of content, or nesting without end.
	ErrLimit = lib0.ErrLimit
)

// DecodeError is the error of every decoder: where in the input, what, and
// whether it was malformed or beyond a limit.
type DecodeError = lib0.DecodeError

func wrap(what string, err error) error { return fmt.Errorf("%s: %w", what, err) }

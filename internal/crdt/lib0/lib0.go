// Package lib0 reads and writes the binary primitives that Yjs is encoded
// with: variable-length integers, strings, Any values, JSON text as JavaScript
// prints it, and the run-length columns of update format v2.
//
//	bytes ── Reader ──> numbers, strings, spans of the input
//	numbers, strings ── Append… ──> bytes
//
// A Reader never copies and never allocates by a number it read: it hands out
// slices of its input, keeps the first error it met, and returns zero values
// from then on, so a decoder can read a whole record and ask for Err once.
//
// # Any
//
// An Any is a JavaScript value in lib0's encoding. The engine keeps Any values
// as their bytes until somebody reads them, in the canonical form that lib0
// itself would write. One liberty is taken in memory only: text that came from
// JSON may hold a lone surrogate as three bytes (WTF-8), because JavaScript
// prints it back as \udxxx. [AppendWellFormed] removes it on the way out.
package lib0

import (
	"errors"
	"fmt"
)

// MaxInt is the largest number the format carries: 2^53-1, JavaScript's
// largest safe integer.
const MaxInt = 1<<53 - 1

// The bytes of a variable-length integer hold seven bits each, the lowest first; a
// signed one has its sign in the first byte, and six bits beside it.
const (
	moreBytes  = 0x80 // bit: another byte follows
	signBit    = 0x40 // bit, in the first byte of a signed integer: it is negative
	valueBits  = 0x7f
	signedBits = 0x3f // in the first byte of a signed integer
)

// MaxDepth bounds how deeply Any and JSON values may nest. JavaScript's own
// stack gives up earlier.
const MaxDepth = 10_000

var (
	// ErrMalformed is wrapped by every error about bytes that break the format.
	ErrMalformed = errors.New("malformed")

	// ErrLimit is wrapped by every error about well-formed bytes that ask for
	// more than is allowed.
	ErrLimit = errors.New("limit exceeded")
)

// DecodeError says where in the input decoding stopped, and why.
// It wraps [ErrMalformed] or [ErrLimit].
type DecodeError struct {
	Offset int    // bytes of the input before the fault
	What   string // what was expected or found there
	Err    error  // ErrMalformed or ErrLimit
}

func (e *DecodeError) Error() string {
	return fmt.Sprintf("%v at byte %d: %s", e.Err, e.Offset, e.What)
}

func (e *DecodeError) Unwrap() error { return e.Err }

package yjs

import (
	"errors"
	"unicode/utf16"

	"grimoire/loadgen/internal/lib0"
)

// ErrFormat reports an update this package cannot read.
var ErrFormat = errors.New("yjs: unreadable update")

// Kinds of struct, as the low five bits of the info byte.
const (
	kindMask = 0x1f

	kindGC      = 0
	kindDeleted = 1
	kindJSON    = 2
	kindBinary  = 3
	kindString  = contentString
	kindEmbed   = 5
	kindFormat  = 6
	kindType    = 7
	kindAny     = 8
	kindDoc     = 9
	kindSkip    = 10
)

// Ranges calls visit for each run of clocks [clock, clock+length) of a client
// that update carries. It stops at the delete set, which carries no edits here.
func Ranges(update []byte, visit func(client, clock, length uint64)) error {
	d := lib0.NewDecoder(update)
	repeat(d, d.Uint(), func() {
		structs, client, clock := d.Uint(), d.Uint(), d.Uint()
		repeat(d, structs, func() {
			info := d.Byte()
			length := structLength(d, info)
			if d.Err() == nil && info&kindMask != kindSkip {
				visit(client, clock, length)
			}
			clock += length
		})
	})
	return d.Err()
}

// repeat calls step n times, or until the decoder fails: n is a number from the
// wire, and may be any.
func repeat(d *lib0.Decoder, n uint64, step func()) {
	for range n {
		if step(); d.Err() != nil {
			return
		}
	}
}

// structLength reads one struct after its info byte and returns how many
// clocks it spans.
func structLength(d *lib0.Decoder, info byte) uint64 {
	kind := info & kindMask
	if kind == kindGC || kind == kindSkip {
		return d.Uint()
	}
	skipPlace(d, info)
	switch kind {
	case kindDeleted:
		return d.Uint()
	case kindString:
		return utf16Length(d.Bytes())
	case kindJSON:
		n := d.Uint()
		repeat(d, n, func() { d.Bytes() })
		return n
	case kindBinary, kindEmbed:
		d.Bytes()
	case kindFormat:
		d.Bytes()
		d.Bytes()
	case kindType:
		const xmlElement, xmlHook = 3, 5
		if t := d.Uint(); t == xmlElement || t == xmlHook {
			d.Bytes()
		}
	case kindAny:
		n := d.Uint()
		repeat(d, n, func() { skipAny(d) })
		return n
	case kindDoc:
		d.Bytes()
		skipAny(d)
	default:
		d.Fail(ErrFormat)
	}
	return 1
}

// skipPlace skips an item's origins, or its parent where it has none.
func skipPlace(d *lib0.Decoder, info byte) {
	if info&flagOrigin != 0 {
		d.Uint()
		d.Uint()
	}
	if info&flagRightOrigin != 0 {
		d.Uint()
		d.Uint()
	}
	if info&(flagOrigin|flagRightOrigin) != 0 {
		return
	}
	if parentIsName := d.Uint() == 1; parentIsName {
		d.Bytes()
	} else {
		d.Uint()
		d.Uint()
	}
	if info&flagParentSub != 0 {
		d.Bytes()
	}
}

// skipAny skips one value of lib0's "any" encoding.
func skipAny(d *lib0.Decoder) {
	switch d.Byte() {
	case 127, 126, 121, 120: // undefined, null, false, true
	case 125: // integer
		d.Uint()
	case 124: // float32
		d.Skip(4)
	case 123, 122: // float64, bigint
		d.Skip(8)
	case 119, 116: // string, bytes
		d.Bytes()
	case 118: // object
		repeat(d, d.Uint(), func() { d.Bytes(); skipAny(d) })
	case 117: // array
		repeat(d, d.Uint(), func() { skipAny(d) })
	default:
		d.Fail(ErrFormat)
	}
}

// utf16Length returns the length JavaScript gives the UTF-8 text b.
func utf16Length(b []byte) uint64 {
	for _, c := range b {
		if c >= 0x80 {
			return uint64(len(utf16.Encode([]rune(string(b)))))
		}
	}
	return uint64(len(b))
}

package lib0

import (
	"encoding/binary"
	"math"
	"math/bits"
	"unicode/utf8"
)

// AppendUint appends n as a variable-length integer (lib0 writeVarUint).
func AppendUint(dst []byte, n uint64) []byte {
	if n < moreBytes {
		return append(dst, byte(n))
	}
	return appendLongUint(dst, n)
}

// appendLongUint spreads a number over eight bytes at once, if they can hold it.
func appendLongUint(dst []byte, n uint64) []byte {
	for ; n>>56 != 0; n >>= 7 {
		dst = append(dst, byte(n)|moreBytes)
	}
	size := (bits.Len64(n) + 6) / 7
	n = n&0x0fffffff | n<<4&0x0fffffff00000000
	n = n&0x00003fff00003fff | n<<2&0x3fff00003fff0000
	n = n&0x007f007f007f007f | n<<1&0x7f007f007f007f00
	n |= 0x8080808080808080 >> (8 * (9 - size)) // on all but the last
	return binary.LittleEndian.AppendUint64(dst, n)[:len(dst)+size]
}

// AppendInt appends n as a variable-length signed integer (lib0 writeVarInt).
// neg sets the sign bit, so that -0 can be written.
func AppendInt(dst []byte, n int64, neg bool) []byte {
	if n < 0 {
		n, neg = -n, true
	}
	first := byte(n & signedBits)
	if neg {
		first |= signBit
	}
	if n >>= 6; n == 0 {
		return append(dst, first)
	}
	return AppendUint(append(dst, first|moreBytes), uint64(n))
}

// AppendBytes appends the length of b and b (lib0 writeVarUint8Array).
func AppendBytes(dst, b []byte) []byte {
	return append(AppendUint(dst, uint64(len(b))), b...)
}

// AppendString appends s with its length (lib0 writeVarString). s must be
// UTF-8.
func AppendString(dst []byte, s string) []byte {
	return append(AppendUint(dst, uint64(len(s))), s...)
}

func appendFloat32(dst []byte, f float32) []byte {
	return binary.BigEndian.AppendUint32(dst, math.Float32bits(f))
}

func appendFloat64(dst []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(f))
}

// ASCII reports whether b holds ASCII only, so that bytes, code points and
// UTF-16 units count the same.
func ASCII(b []byte) bool {
	for len(b) >= 8 {
		if binary.LittleEndian.Uint64(b)&0x8080808080808080 != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// UTF16Len returns the length of b, valid UTF-8, in UTF-16 code units.
func UTF16Len(b []byte) int {
	if ASCII(b) {
		return len(b)
	}
	n := 0
	for _, c := range b {
		switch {
		case c >= 0xf0: // a pair of surrogates
			n += 2
		case c&0xc0 != 0x80:
			n++
		}
	}
	return n
}

// UTF16Offset returns how many bytes of b hold its first n UTF-16 units, and
// whether unit n is the second half of a surrogate pair; the offset is then
// that of the pair. n must not be beyond the end.
func UTF16Offset(b []byte, n int) (offset int, inPair bool) {
	for n > 0 {
		switch c := b[offset]; {
		case c < 0x80:
			offset++
			n--
		case c >= 0xf0:
			if n == 1 {
				return offset, true
			}
			offset += 4
			n -= 2
		case c >= 0xe0:
			offset += 3
			n--
		default:
			offset += 2
			n--
		}
	}
	return offset, false
}

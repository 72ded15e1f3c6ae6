package lib0

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// WellFormed returns b, which may hold lone surrogates, as UTF-8 text with
// U+FFFD in their place.
func WellFormed(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	return string(replaceSurrogates(nil, b))
}

func replaceSurrogates(dst, b []byte) []byte {
	for i := 0; i < len(b); {
		if surrogateAt(b[i:]) != 0 {
			dst = utf8.AppendRune(dst, utf8.RuneError)
			i += 3
			continue
		}
		dst = append(dst, b[i])
		i++
	}
	return dst
}

// AppendWellFormed appends a canonical Any with U+FFFD for each lone surrogate,
// as lib0 writes them. Both are three bytes, so nothing else moves.
func AppendWellFormed(dst, any []byte) []byte {
	if utf8.Valid(any) {
		return append(dst, any...)
	}
	r := NewReader(any)
	return r.wellFormedAny(dst)
}

func (r *Reader) wellFormedAny(dst []byte) []byte {
	switch tag := r.Byte(); tag {
	case anyString:
		dst = append(dst, tag)
		return r.wellFormedString(dst)
	case anyArray:
		n := r.Uint()
		dst = AppendUint(append(dst, tag), n)
		for ; n > 0; n-- {
			dst = r.wellFormedAny(dst)
		}
		return dst
	case anyObject:
		n := r.Uint()
		dst = AppendUint(append(dst, tag), n)
		for ; n > 0; n-- {
			dst = r.wellFormedAny(r.wellFormedString(dst))
		}
		return dst
	default:
		start := r.pos - 1
		r.pos = start
		r.skipAny(0)
		return append(dst, r.Since(start)...)
	}
}

func (r *Reader) wellFormedString(dst []byte) []byte {
	b := r.Bytes()
	return replaceSurrogates(AppendUint(dst, uint64(len(b))), b)
}

// JSON reads an Any and appends it as JSON.stringify prints it. What JSON
// cannot hold is printed as near as may be: undefined, NaN and the infinities
// as null, a bigint as a number.
func (r *Reader) JSON(dst []byte) []byte {
	switch tag := r.Byte(); tag {
	case anyTrue:
		return append(dst, "true"...)
	case anyFalse:
		return append(dst, "false"...)
	case anyInteger:
		n, _ := r.Int()
		return strconv.AppendInt(dst, n, 10)
	case anyFloat32:
		return appendJSONNumber(dst, r.float32())
	case anyFloat64:
		return appendJSONNumber(dst, r.float64())
	case anyBigInt:
		return strconv.AppendInt(dst, r.int64(), 10)
	case anyString:
		return AppendQuoted(dst, r.Bytes())
	case anyBytes:
		dst = append(dst, '{')
		for i, b := range r.Bytes() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(strconv.AppendInt(append(dst, '"'), int64(i), 10), `":`...)
			dst = strconv.AppendInt(dst, int64(b), 10)
		}
		return append(dst, '}')
	case anyArray:
		dst = append(dst, '[')
		for i, n := uint64(0), r.Uint(); i < n; i++ {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = r.JSON(dst)
		}
		return append(dst, ']')
	case anyObject:
		dst = append(dst, '{')
		first := true
		for n := r.Uint(); n > 0; n-- {
			key := r.Bytes()
			if r.Len() > 0 && r.buf[r.pos] == anyUndefined {
				r.pos++
				continue
			}
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = r.JSON(append(AppendQuoted(dst, key), ':'))
		}
		return append(dst, '}')
	default:
		return append(dst, "null"...)
	}
}

func appendJSONNumber(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	return AppendJSNumber(dst, f)
}

// AppendJSNumber appends f as JavaScript's String(f).
func AppendJSNumber(dst []byte, f float64) []byte {
	switch {
	case f == 0:
		return append(dst, '0')
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if abs := math.Abs(f); abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	// Go pads the exponent to two digits, JavaScript does not.
	if n := len(dst); n-start > 4 && dst[n-2] == '0' && (dst[n-3] == '+' || dst[n-3] == '-') {
		dst = append(dst[:n-2], dst[n-1])
	}
	return dst
}

const hex = "0123456789abcdef"

// AppendQuoted appends text as a JSON string the way JSON.stringify does: only
// quotes, backslashes, control characters and lone surrogates are escaped.
func AppendQuoted(dst, text []byte) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= ' ' && c != 0xed:
			dst = append(dst, c)
		case c == '\b':
			dst = append(dst, `\b`...)
		case c == '\f':
			dst = append(dst, `\f`...)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c < ' ':
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[c>>4], hex[c&15])
		default:
			unit := surrogateAt(text[i:])
			if unit == 0 {
				dst = append(dst, c)
				continue
			}
			dst = append(dst, `\u`...)
			dst = append(dst, hex[unit>>12], hex[unit>>8&15], hex[unit>>4&15], hex[unit&15])
			i += 2
		}
	}
	return append(dst, '"')
}

package lib0

import (
	"fmt"
	"math"
	"strconv"
)

// First byte of an Any. These numbers are part of the format.
const (
	anyBytes     = 116
	anyArray     = 117
	anyObject    = 118
	anyString    = 119
	anyTrue      = 120
	anyFalse     = 121
	anyBigInt    = 122
	anyFloat64   = 123
	anyFloat32   = 124
	anyInteger   = 125
	anyNull      = 126
	anyUndefined = 127
)

// maxAnyInteger is the largest magnitude written as an integer; beyond it a
// number is a float.
const maxAnyInteger = 1<<31 - 1

// Undefined is JavaScript's undefined, which differs from null (nil).
type Undefined struct{}

// BigInt is a JavaScript bigint of 64 bits.
type BigInt int64

// Raw is a value that is encoded already: one canonical Any.
type Raw []byte

// Any reads past one Any and returns its bytes, canonical: a slice of the
// input if that is so written, else new bytes.
func (r *Reader) Any() []byte {
	start := r.pos
	asIs := r.skipAny(0)
	if r.err != nil {
		return nil
	}
	raw := r.Since(start)
	if asIs {
		return raw
	}
	return canonical(raw, dropProto)
}

// skipAny reads past an Any and reports whether lib0 would write it the same.
func (r *Reader) skipAny(depth int) (canonical bool) {
	if depth > MaxDepth {
		r.Fail(ErrLimit, "Any nests too deep")
		return false
	}
	switch tag := r.Byte(); tag {
	case anyUndefined, anyNull, anyFalse, anyTrue:
		return true
	case anyInteger:
		start := r.pos
		n, _ := r.Int()
		return n >= -maxAnyInteger && n <= maxAnyInteger && minimal(r.Since(start))
	case anyFloat32:
		return !isInteger(r.float32())
	case anyFloat64:
		f := r.float64()
		return !isInteger(f) && !isFloat32(f) && (f == f || math.Float64bits(f) == jsNaN)
	case anyBigInt:
		r.int64()
		return true
	case anyString:
		return r.canonicalString()
	case anyBytes:
		start := r.pos
		n := r.Uint()
		canonical = minimal(r.Since(start))
		r.Take(n)
		return canonical
	case anyArray:
		start := r.pos
		n := r.Uint()
		canonical = minimal(r.Since(start))
		for ; n > 0 && r.err == nil; n-- {
			canonical = r.skipAny(depth+1) && canonical
		}
		return canonical
	case anyObject:
		return r.skipObject(depth)
	default:
		if r.err == nil {
			r.failAt(r.pos-1, ErrMalformed, fmt.Sprintf("unknown Any type %d", tag))
		}
		return false
	}
}

// skipObject reads past an object. Only one without an integer-like key,
// "__proto__" or a repeated key is known to be canonical.
func (r *Reader) skipObject(depth int) (canonical bool) {
	start := r.pos
	n := r.Uint()
	canonical = minimal(r.Since(start))
	var seen [8][]byte
	for i := 0; n > 0 && r.err == nil; i, n = i+1, n-1 {
		start := r.pos
		if !r.canonicalString() {
			canonical = false
		}
		whole := r.Since(start)
		key := NewReader(whole)
		name := key.Bytes()
		if i >= len(seen) || string(name) == "__proto__" || isIndex(name) {
			canonical = false
		} else if canonical {
			for _, other := range seen[:i] {
				if string(other) == string(name) {
					canonical = false
				}
			}
			seen[i] = name
		}
		canonical = r.skipAny(depth+1) && canonical
	}
	return canonical
}

func (r *Reader) canonicalString() bool {
	start := r.pos
	b := r.String()
	return minimal(r.buf[start : r.pos-len(b)])
}

// minimal reports whether a variable-length integer has no needless byte.
func minimal(varint []byte) bool {
	return len(varint) < 2 || varint[len(varint)-1] != 0
}

// CompareKeys orders the keys of an object as JavaScript does when keys that
// compare equal stay in the order in which they were set.
func CompareKeys(a, b string) int {
	ia, ib := isIndex(a), isIndex(b)
	switch {
	case ia && ib && len(a) != len(b):
		return len(a) - len(b)
	case ia && ib && a < b, ia && !ib:
		return -1
	case ia && ib && a > b, ib && !ia:
		return 1
	}
	return 0
}

// isIndex reports whether JavaScript takes key for an array index: a decimal
// number up to 2^32-2.
func isIndex[T string | []byte](key T) bool {
	if len(key) == 0 || len(key) > 10 || key[0] == '0' && len(key) > 1 {
		return false
	}
	n := uint64(0)
	for i := range len(key) {
		if key[i] < '0' || key[i] > '9' {
			return false
		}
		n = n*10 + uint64(key[i]-'0')
	}
	return n < math.MaxUint32
}

const jsNaN = 0x7ff8000000000000

func isInteger(f float64) bool { return f == math.Trunc(f) && math.Abs(f) <= maxAnyInteger }
func isFloat32(f float64) bool { return float64(float32(f)) == f }

// AppendNumber appends a JavaScript number as the shortest Any that holds it.
func AppendNumber(dst []byte, f float64) []byte {
	switch {
	case isInteger(f):
		return AppendInt(append(dst, anyInteger), int64(f), math.Signbit(f))
	case isFloat32(f):
		return appendFloat32(append(dst, anyFloat32), float32(f))
	case f != f:
		return appendFloat64(append(dst, anyFloat64), math.Float64frombits(jsNaN))
	}
	return appendFloat64(append(dst, anyFloat64), f)
}

// Object reads a canonical Any and calls f for every property, if it is an
// object. The values are slices of the input.
func (r *Reader) Object(f func(key string, value []byte)) {
	if r.Byte() != anyObject {
		return
	}
	for n := r.Uint(); n > 0 && r.err == nil; n-- {
		key := string(r.Bytes())
		start := r.pos
		r.skipAny(0)
		f(key, r.Since(start))
	}
}

// AppendArrayHead begins an array: n Any values must follow.
func AppendArrayHead(dst []byte, n uint64) []byte {
	return AppendUint(append(dst, anyArray), n)
}

// AppendObjectHead begins an object of n properties: key strings and Any
// values must follow, in JavaScript's order.
func AppendObjectHead(dst []byte, n uint64) []byte {
	return AppendUint(append(dst, anyObject), n)
}

// Truthy reports whether JavaScript takes a canonical Any for true.
func Truthy(any []byte) bool {
	switch any[0] {
	case anyUndefined, anyNull, anyFalse:
		return false
	case anyInteger:
		return any[1]&^0x40 != 0 // neither 0 nor -0
	case anyString:
		return any[1] != 0
	case anyFloat64:
		r := NewReader(any[1:])
		f := r.float64()
		return f == f
	case anyBigInt:
		r := NewReader(any[1:])
		return r.int64() != 0
	}
	return true
}

// IsObject reports whether JavaScript takes a canonical Any for an object:
// object, array or bytes.
func IsObject(any []byte) bool { return any[0] >= anyBytes && any[0] <= anyObject }

// Properties returns the own properties of a canonical Any that is an object,
// by key; of an array or of bytes the indexes are the keys.
func Properties(any []byte) map[string][]byte {
	props := map[string][]byte{}
	r := NewReader(any)
	switch r.Byte() {
	case anyObject:
		r.pos = 0
		r.Object(func(key string, value []byte) { props[key] = value })
	case anyArray:
		for i, n := uint64(0), r.Uint(); i < n; i++ {
			start := r.pos
			r.skipAny(0)
			props[strconv.FormatUint(i, 10)] = r.Since(start)
		}
	case anyBytes:
		for i, b := range r.Bytes() {
			props[strconv.Itoa(i)] = AppendNumber(nil, float64(b))
		}
	}
	return props
}

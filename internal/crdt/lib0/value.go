package lib0

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"unicode/utf8"
)

// AppendAny appends v: nil, [Undefined], bool, any Go integer or float (a
// JavaScript number), [BigInt], string, []byte, []any or map[string]any (keys
// sorted). Text that is not UTF-8 has its bad bytes replaced by U+FFFD.
// Another type is an error.
func AppendAny(dst []byte, v any) ([]byte, error) {
	var err error
	switch v := v.(type) {
	case nil:
		return append(dst, anyNull), nil
	case Undefined:
		return append(dst, anyUndefined), nil
	case bool:
		if v {
			return append(dst, anyTrue), nil
		}
		return append(dst, anyFalse), nil
	case BigInt:
		dst = append(dst, anyBigInt)
		for shift := 56; shift >= 0; shift -= 8 {
			dst = append(dst, byte(v>>shift))
		}
		return dst, nil
	case Raw:
		return append(dst, v...), nil
	case string:
		return AppendString(append(dst, anyString), validUTF8(v)), nil
	case []byte:
		return AppendBytes(append(dst, anyBytes), v), nil
	case []any:
		dst = AppendUint(append(dst, anyArray), uint64(len(v)))
		for _, e := range v {
			if dst, err = AppendAny(dst, e); err != nil {
				return nil, err
			}
		}
		return dst, nil
	case map[string]any:
		dst = AppendUint(append(dst, anyObject), uint64(len(v)))
		keys := slices.Sorted(maps.Keys(v))
		slices.SortStableFunc(keys, CompareKeys)
		for _, key := range keys {
			if dst, err = AppendAny(AppendString(dst, validUTF8(key)), v[key]); err != nil {
				return nil, err
			}
		}
		return dst, nil
	}
	if f, ok := number(v); ok {
		return AppendNumber(dst, f), nil
	}
	return nil, fmt.Errorf("a %T is no Any value", v)
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case int8:
		return float64(v), true
	case int16:
		return float64(v), true
	case int32:
		return float64(v), true
	case int64:
		return float64(v), true
	case uint:
		return float64(v), true
	case uint8:
		return float64(v), true
	case uint16:
		return float64(v), true
	case uint32:
		return float64(v), true
	case uint64:
		return float64(v), true
	case float32:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

func validUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

// Value reads an Any into Go: nil, [Undefined], bool, float64 (every
// JavaScript number, as in encoding/json), [BigInt], string, []byte, []any or
// map[string]any. Nothing of the input is shared.
func (r *Reader) Value() any { return r.value(0) }

func (r *Reader) value(depth int) any {
	if depth > MaxDepth {
		r.Fail(ErrLimit, "Any nests too deep")
		return nil
	}
	switch tag := r.Byte(); tag {
	case anyUndefined:
		return Undefined{}
	case anyNull:
		return nil
	case anyFalse:
		return false
	case anyTrue:
		return true
	case anyInteger:
		n, neg := r.Int()
		if n == 0 && neg {
			return math.Copysign(0, -1)
		}
		return float64(n)
	case anyFloat32:
		return r.float32()
	case anyFloat64:
		return r.float64()
	case anyBigInt:
		return BigInt(r.int64())
	case anyString:
		return WellFormed(r.Bytes())
	case anyBytes:
		return append([]byte{}, r.Bytes()...)
	case anyArray:
		list := []any{}
		for n := r.Uint(); n > 0 && r.err == nil; n-- {
			list = append(list, r.value(depth+1))
		}
		return list
	case anyObject:
		object := map[string]any{}
		for n := r.Uint(); n > 0 && r.err == nil; n-- {
			key := WellFormed(r.Bytes())
			object[key] = r.value(depth + 1)
		}
		return object
	default:
		r.Fail(ErrMalformed, fmt.Sprintf("unknown Any type %d", tag))
		return nil
	}
}

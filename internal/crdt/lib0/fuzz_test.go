package lib0

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzAny gives any bytes to the decoder of values. What it takes is canonical then:
// reading it again changes nothing, and its value encodes to the same.
func FuzzAny(f *testing.F) {
	for _, b := range []string{"\x7f", "\x7d\x40", "\x7c\x3f\x80\x00\x00", "\x7a\x80\x00\x00\x00\x00\x00\x00\x00",
		"\x76\x02\x01b\x7e\x010\x75\x01\x77\x01x", "\x76\x01\x09__proto__\x7e", "\x74\x02\x00\x01"} {
		f.Add([]byte(b))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(b)
		any := r.Any()
		var where *DecodeError
		if err := r.Err(); err != nil {
			if !errors.As(err, &where) || where.Offset > len(b) {
				t.Errorf("%v says not where", err)
			}
			return
		}
		again := NewReader(any)
		if got := again.Any(); !bytes.Equal(got, any) || again.Len() > 0 {
			t.Fatalf("%x was read as %x, that as %x", b, any, got)
		}
		again = NewReader(any)
		if _, err := AppendAny(nil, again.Value()); err != nil {
			t.Errorf("%x: its value cannot be written: %v", any, err)
		}
		again = NewReader(any)
		text := again.JSON(nil)
		if _, err := AnyFromJSON(nil, text, 0); err != nil && !errors.Is(err, ErrLimit) && len(text) > 0 {
			t.Errorf("%x prints as %s: %v", any, text, err)
		}
	})
}

// FuzzColumns gives any bytes to the columns of update format v2. They never fail
// without saying where, and give zeros from then on.
func FuzzColumns(f *testing.F) {
	f.Add([]byte{0x41, 5, 1, 2, 3})
	f.Add([]byte{3, 'a', 'b', 'c', 2, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		ints := IntDiffOptRleDecoder{Reader: NewReader(b)}
		uints := UintOptRleDecoder{Reader: NewReader(b)}
		bytes := RleDecoder{Reader: NewReader(b)}
		text := NewStringDecoder(NewReader(b))
		for range 64 {
			ints.Next()
			uints.Next()
			bytes.Next()
			text.Next()
		}
		for _, err := range []error{ints.Err(), uints.Err(), bytes.Err(), text.Err()} {
			var where *DecodeError
			if err != nil && (!errors.As(err, &where) || where.Offset > len(b)) {
				t.Errorf("%v says not where", err)
			}
		}
	})
}

package lib0

import (
	"slices"
	"unicode/utf8"
)

// Update format v2 keeps each field of all structs in a column of its own,
// where runs are short to write. A column is read to any length: that of an
// RleDecoder never ends, so whoever reads must know when to stop.

// RleDecoder reads a column of bytes: a value, how often it is repeated, the
// next value. Behind the last value there is no count.
type RleDecoder struct {
	Reader
	value   byte
	left    uint64
	forever bool
}

// Next returns the next byte.
func (d *RleDecoder) Next() byte {
	if d.left == 0 && !d.forever {
		d.value = d.Byte()
		if d.forever = d.Len() == 0; !d.forever {
			d.left = d.Uint() + 1
		}
	}
	d.left--
	return d.value
}

// RleEncoder writes what an [RleDecoder] reads.
type RleEncoder struct {
	buf   []byte
	value byte
	count uint64
}

// Write appends a byte to the column.
func (e *RleEncoder) Write(v byte) {
	if e.count > 0 && e.value == v {
		e.count++
		return
	}
	if e.count > 0 {
		e.buf = AppendUint(e.buf, e.count-1)
	}
	e.count = 1
	e.value = v
	e.buf = append(e.buf, v)
}

// Grow makes room for n more bytes.
func (e *RleEncoder) Grow(n int) { e.buf = slices.Grow(e.buf, n) }

// Bytes returns the column.
func (e *RleEncoder) Bytes() []byte { return e.buf }

// UintOptRleDecoder reads a column of unsigned integers. A value with the sign
// bit is followed by a count; so 0 can be written as -0.
type UintOptRleDecoder struct {
	Reader
	value uint64
	left  uint64
}

// Next returns the next integer.
func (d *UintOptRleDecoder) Next() uint64 {
	if d.left == 0 {
		n, repeated := d.Int()
		d.left = 1
		if repeated {
			n = -n
			d.left = d.Uint() + 2
		}
		d.value = uint64(n)
		if d.value > MaxInt {
			d.Fail(ErrMalformed, "integer above 2^53-1")
			d.value = 0
		}
	}
	d.left--
	return d.value
}

// UintOptRleEncoder writes what a [UintOptRleDecoder] reads.
type UintOptRleEncoder struct {
	buf   []byte
	value uint64
	count uint64
}

// Write appends an integer to the column.
func (e *UintOptRleEncoder) Write(v uint64) {
	if e.value == v {
		e.count++
		return
	}
	e.flush()
	e.count = 1
	e.value = v
}

func (e *UintOptRleEncoder) flush() {
	if e.count > 0 {
		e.buf = AppendInt(e.buf, int64(e.value), e.count > 1)
	}
	if e.count > 1 {
		e.buf = AppendUint(e.buf, e.count-2)
	}
	e.count = 0
}

// Grow makes room for n more bytes.
func (e *UintOptRleEncoder) Grow(n int) { e.buf = slices.Grow(e.buf, n) }

// Bytes ends the column and returns it.
func (e *UintOptRleEncoder) Bytes() []byte {
	e.flush()
	return e.buf
}

// IntDiffOptRleDecoder reads a column of integers by their differences. The
// lowest bit of a written difference says that a count follows.
type IntDiffOptRleDecoder struct {
	Reader
	value int64
	diff  int64
	left  uint64
}

// Next returns the next integer. One below 0 or above [MaxInt] is a fault.
func (d *IntDiffOptRleDecoder) Next() uint64 {
	if d.left == 0 {
		n, _ := d.Int()
		d.diff = n >> 1
		d.left = 1
		if n&1 != 0 {
			d.left = d.Uint() + 2
		}
	}
	d.left--
	d.value += d.diff
	if d.value < 0 || d.value > MaxInt {
		d.Fail(ErrMalformed, "column of differences leaves its range")
		d.value = 0
	}
	return uint64(d.value)
}

// IntDiffOptRleEncoder writes what an [IntDiffOptRleDecoder] reads.
type IntDiffOptRleEncoder struct {
	buf   []byte
	value int64
	diff  int64
	count uint64
}

// Write appends an integer to the column.
func (e *IntDiffOptRleEncoder) Write(v uint64) {
	diff := int64(v) - e.value
	e.value = int64(v)
	if e.diff == diff {
		e.count++
		return
	}
	e.flush()
	e.count = 1
	e.diff = diff
}

func (e *IntDiffOptRleEncoder) flush() {
	switch {
	case e.count == 1:
		e.buf = AppendInt(e.buf, e.diff*2, false)
	case e.count > 1:
		e.buf = AppendInt(e.buf, e.diff*2+1, false)
		e.buf = AppendUint(e.buf, e.count-2)
	}
	e.count = 0
}

// Grow makes room for n more bytes.
func (e *IntDiffOptRleEncoder) Grow(n int) { e.buf = slices.Grow(e.buf, n) }

// Bytes ends the column and returns it.
func (e *IntDiffOptRleEncoder) Bytes() []byte {
	e.flush()
	return e.buf
}

// StringDecoder reads a column of strings: one long string, then a column of
// lengths in UTF-16 units.
type StringDecoder struct {
	lengths UintOptRleDecoder
	text    []byte
	tail    bool // text begins with the second half of a surrogate pair
}

// NewStringDecoder returns a decoder at the start of a column.
func NewStringDecoder(r Reader) StringDecoder {
	text := r.String()
	return StringDecoder{lengths: UintOptRleDecoder{Reader: r}, text: text}
}

// Err returns the first error met.
func (d *StringDecoder) Err() error { return d.lengths.Err() }

// Next returns the next string, a slice of the input. If a surrogate pair is
// cut, both parts get U+FFFD in new memory.
func (d *StringDecoder) Next() []byte {
	n := d.lengths.Next()
	if n > 2*uint64(len(d.text))+1 || !d.holds(int(n)) {
		d.lengths.Fail(ErrMalformed, "string beyond the end of its column")
		return nil
	}
	var out []byte
	if d.tail && n > 0 {
		out = utf8.AppendRune(out, utf8.RuneError)
		d.text, d.tail = d.text[utf8.UTFMax:], false
		n--
	}
	offset, inPair := UTF16Offset(d.text, int(n))
	head := d.text[:offset:offset]
	d.text, d.tail = d.text[offset:], inPair
	if out != nil || inPair {
		out = append(out, head...)
		if inPair {
			out = utf8.AppendRune(out, utf8.RuneError)
		}
		return out
	}
	return head
}

// holds reports whether n more UTF-16 units are there.
func (d *StringDecoder) holds(n int) bool {
	if n <= len(d.text)/3 {
		return true // no unit takes more than three bytes
	}
	rest := UTF16Len(d.text)
	if d.tail {
		rest--
	}
	return n <= rest
}

// StringEncoder writes what a [StringDecoder] reads.
type StringEncoder struct {
	text    []byte
	lengths UintOptRleEncoder
}

// Write appends a string, valid UTF-8, to the column.
func (e *StringEncoder) Write(s []byte) {
	e.text = append(e.text, s...)
	e.lengths.Write(uint64(UTF16Len(s)))
}

// Grow makes room for n more bytes of text, and for as many lengths as take the second
// number of bytes.
func (e *StringEncoder) Grow(n, lengths int) {
	e.text = slices.Grow(e.text, n)
	e.lengths.Grow(lengths)
}

// Bytes ends the column and returns it.
func (e *StringEncoder) Bytes() []byte {
	return append(AppendBytes(nil, e.text), e.lengths.Bytes()...)
}

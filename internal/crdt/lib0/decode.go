package lib0

import (
	"encoding/binary"
	"math"
	"math/bits"
	"unicode/utf8"
)

// Reader reads primitives from bytes it does not own. The zero Reader is at
// the end of no bytes. After the first error every read returns zero.
type Reader struct {
	buf  []byte
	pos  int
	base int // offset of buf in the whole input
	err  error

	padded bool
}

// NewReader returns a Reader at the start of buf.
func NewReader(buf []byte) Reader { return Reader{buf: buf} }

// Part reads a length and returns a Reader of that many bytes, whose errors say
// where they are in the whole input.
func (r *Reader) Part() Reader {
	b := r.Bytes()
	return Reader{buf: b, base: r.base + r.pos - len(b)}
}

// Padded reports whether an integer was written longer than it needed to be.
func (r *Reader) Padded() bool { return r.padded }

// Err returns the first error met, a *[DecodeError], or nil.
func (r *Reader) Err() error { return r.err }

// Pos returns how many bytes were read.
func (r *Reader) Pos() int { return r.pos }

// Len returns how many bytes are left.
func (r *Reader) Len() int { return len(r.buf) - r.pos }

// Left returns the bytes that are left. They belong to whoever owns the input.
func (r *Reader) Left() []byte { return r.buf[r.pos:] }

// Since returns the bytes read since pos.
func (r *Reader) Since(pos int) []byte { return r.buf[pos:r.pos:r.pos] }

// Fail records a fault at the current position, unless one is known already.
// It moves to the end, so that loops over the input stop.
func (r *Reader) Fail(err error, what string) { r.failAt(r.pos, err, what) }

func (r *Reader) failAt(pos int, err error, what string) {
	if r.err == nil {
		r.err = &DecodeError{Offset: r.base + pos, What: what, Err: err}
	}
	r.pos = len(r.buf)
}

// FailWith records err, a *[DecodeError], unless it is nil or a fault is known
// already.
func (r *Reader) FailWith(err error) {
	if err == nil {
		return
	}
	if r.err == nil {
		r.err = err
	}
	r.pos = len(r.buf)
}

// Byte reads one byte.
func (r *Reader) Byte() byte {
	if r.pos >= len(r.buf) {
		r.Fail(ErrMalformed, "unexpected end")
		return 0
	}
	b := r.buf[r.pos]
	r.pos++
	return b
}

// Uint reads a variable-length unsigned integer (lib0 readVarUint), at most
// [MaxInt]. No number is longer than eight bytes, which are read at once where
// there are as many.
func (r *Reader) Uint() uint64 {
	if len(r.buf)-r.pos < 8 {
		return r.lastUint()
	}
	word := binary.LittleEndian.Uint64(r.buf[r.pos:])
	switch { // what most are, and a processor foretells
	case word&0x80 == 0:
		r.pos++
		return word & 0x7f
	case word&0x8000 == 0:
		r.pos += 2
		r.padded = r.padded || word&0x7f00 == 0
		return word&0x7f | word>>1&0x3f80
	case word&0x800000 == 0:
		r.pos += 3
		r.padded = r.padded || word&0x7f0000 == 0
		return word&0x7f | word>>1&0x3f80 | word>>2&0x1fc000
	}
	return r.longUint(word)
}

// longUint reads the number at the start of word.
func (r *Reader) longUint(word uint64) uint64 {
	n, size := LongNumber(word)
	if size > 8 || n > MaxInt {
		r.Fail(ErrMalformed, "integer above 2^53-1")
		return 0
	}
	r.pos += size
	r.padded = r.padded || r.buf[r.pos-1] == 0
	return n
}

// LongNumber is [Number] for numbers of any size, all bytes at a time. The size is 9 if word does
// not hold all of it.
func LongNumber(word uint64) (n uint64, size int) {
	ends := ^word & 0x8080808080808080 // bytes that end a number
	word &= ends ^ (ends - 1)          // up to the first of them
	word = word&0x007f007f007f007f | word>>1&0x3f803f803f803f80
	word = word&0x00003fff00003fff | word>>2&0x0fffc0000fffc000
	return word&0x0fffffff | word>>4&0x00fffffff0000000, bits.TrailingZeros64(ends)/8 + 1
}

// Number decodes the number with which eight bytes, little-endian in word, start. If it takes
// more than four of them, it returns zeros. It is for loops that read so many that calls
// would show.
func Number(word uint64) (n uint64, size int) {
	n = word & 0x7f
	if word&0x80 == 0 {
		return n, 1
	}
	n |= word >> 1 & 0x3f80
	if word&0x8000 == 0 {
		return n, 2
	}
	n |= word >> 2 & 0x1fc000
	if word&0x800000 == 0 {
		return n, 3
	}
	n |= word >> 3 & 0xfe00000
	if word&0x80000000 == 0 {
		return n, 4
	}
	return 0, 0
}

// Mark is a number that was read, and how it was written.
type Mark struct {
	Value uint64
	bytes uint64 // little-endian
	mask  uint64 // of those bytes
	size  int    // 0: there are more than 8
}

// MarkSince returns the number that was read since pos.
func (r *Reader) MarkSince(pos int, value uint64) Mark {
	var word [8]byte
	size := copy(word[:], r.buf[pos:r.pos])
	return Mark{value, binary.LittleEndian.Uint64(word[:]), 1<<(8*size) - 1, size}
}

// Again reads a number if it is the marked one, written in the same way, and
// reports whether it is.
func (r *Reader) Again(m *Mark) bool {
	if len(r.buf)-r.pos < 8 || binary.LittleEndian.Uint64(r.buf[r.pos:])&m.mask != m.bytes {
		return false
	}
	r.pos += m.size
	return true
}

// Starts returns the size of the marked number if eight bytes, little-endian in word, start
// with it, written in the same way, and 0 if they do not.
func (m *Mark) Starts(word uint64) (size int) {
	if word&m.mask == m.bytes {
		return m.size
	}
	return 0
}

// lastUint reads byte by byte, near the end.
func (r *Reader) lastUint() uint64 {
	var n uint64
	for i, shift := r.pos, uint(0); i < len(r.buf); i, shift = i+1, shift+7 {
		b := r.buf[i]
		n |= uint64(b&valueBits) << shift
		if b < moreBytes {
			r.pos = i + 1
			r.padded = r.padded || b == 0
			return n
		}
	}
	r.failAt(len(r.buf), ErrMalformed, "unexpected end in an integer")
	return 0
}

// Int reads a variable-length signed integer (lib0 readVarInt). Its sign is a
// bit of its own, so there is a negative zero: neg reports the bit. Format v2
// writes twice the difference of two clocks, so up to 55 bits are read.
func (r *Reader) Int() (n int64, neg bool) {
	first := r.Byte()
	neg = first&signBit != 0
	n = int64(first & signedBits)
	if first >= moreBytes {
		shift := uint(6)
		for {
			b := r.Byte()
			if r.err != nil {
				return 0, false
			}
			if shift >= 55 {
				r.Fail(ErrMalformed, "integer beyond 2^55")
				return 0, false
			}
			n |= int64(b&valueBits) << shift
			shift += 7
			if b < moreBytes {
				break
			}
		}
	}
	if neg {
		n = -n
	}
	return n, neg
}

// Take reads n bytes and returns them as a slice of the input.
func (r *Reader) Take(n uint64) []byte {
	if n > uint64(len(r.buf)-r.pos) {
		r.Fail(ErrMalformed, "length beyond the end")
		return nil
	}
	b := r.buf[r.pos : r.pos+int(n) : r.pos+int(n)]
	r.pos += int(n)
	return b
}

// Bytes reads a length and that many bytes (lib0 readVarUint8Array).
func (r *Reader) Bytes() []byte { return r.Take(r.Uint()) }

// String reads a length and that many bytes of strict UTF-8 (lib0
// readVarString). A byte order mark is kept.
func (r *Reader) String() []byte {
	start := r.pos
	b := r.Bytes()
	if !ASCII(b) && !utf8.Valid(b) {
		r.failAt(start, ErrMalformed, "string is not UTF-8")
		return nil
	}
	return b
}

func (r *Reader) float32() float64 {
	b := r.Take(4)
	if b == nil {
		return 0
	}
	return float64(math.Float32frombits(binary.BigEndian.Uint32(b)))
}

func (r *Reader) float64() float64 {
	b := r.Take(8)
	if b == nil {
		return 0
	}
	return math.Float64frombits(binary.BigEndian.Uint64(b))
}

func (r *Reader) int64() int64 {
	b := r.Take(8)
	if b == nil {
		return 0
	}
	return int64(binary.BigEndian.Uint64(b))
}

package crdt

import "grimoire/internal/crdt/lib0"

// encoder writes the fields of an update.
type encoder struct {
	buf     []byte // v1: all there is; v2: the rest
	cols    *columnWriters
	dsClock uint64
}

type columnWriters struct {
	keyClock   lib0.IntDiffOptRleEncoder
	client     lib0.UintOptRleEncoder
	leftClock  lib0.IntDiffOptRleEncoder
	rightClock lib0.IntDiffOptRleEncoder
	info       lib0.RleEncoder
	str        lib0.StringEncoder
	parentInfo lib0.RleEncoder
	typeRef    lib0.UintOptRleEncoder
	length     lib0.UintOptRleEncoder
	keys       uint64
}

func newEncoder(f format) encoder {
	if f == v1 {
		return encoder{}
	}
	return encoder{cols: &columnWriters{}}
}

// grow makes room for an update that holds about so much.
func (e *encoder) grow(structs, content, ranges int) {
	if c := e.cols; c != nil { // most numbers are differences, of two bytes
		c.leftClock.Grow(2 * structs)
		c.rightClock.Grow(2 * structs)
		c.info.Grow(structs)
		c.str.Grow(content, 2*structs)
		c.length.Grow(structs)
		e.buf = make([]byte, 0, 2*ranges)
		return
	}
	const perStruct, perRange = 20, 4 // two IDs of a long client and a long clock; two numbers
	e.buf = make([]byte, 0, content+perStruct*structs+perRange*ranges)
}

// bytes ends the update and returns it.
func (e *encoder) bytes() []byte {
	c := e.cols
	if c == nil {
		return e.buf
	}
	columns := [...][]byte{
		c.keyClock.Bytes(), c.client.Bytes(), c.leftClock.Bytes(), c.rightClock.Bytes(), c.info.Bytes(),
		c.str.Bytes(), c.parentInfo.Bytes(), c.typeRef.Bytes(), c.length.Bytes(),
	}
	size := 1 + len(e.buf)
	for _, column := range columns {
		size += maxSize + len(column)
	}
	out := append(make([]byte, 0, size), noFeatures)
	for _, column := range columns {
		out = lib0.AppendBytes(out, column)
	}
	return append(out, e.buf...)
}

// uint writes a number that has no column.
func (e *encoder) uint(n uint64) { e.buf = lib0.AppendUint(e.buf, n) }

func (e *encoder) info(b byte) {
	if e.cols == nil {
		e.buf = append(e.buf, b)
		return
	}
	e.cols.info.Write(b)
}

func (e *encoder) client(client uint64) {
	if e.cols == nil {
		e.uint(client)
		return
	}
	e.cols.client.Write(client)
}

// head writes the info of an Item and the origins it says there are.
func (e *encoder) head(info byte, origin, right ID) {
	if e.cols == nil {
		buf := append(e.buf, info)
		if info&infoOrigin != 0 {
			buf = lib0.AppendUint(lib0.AppendUint(buf, origin.Client), origin.Clock)
		}
		if info&infoRight != 0 {
			buf = lib0.AppendUint(lib0.AppendUint(buf, right.Client), right.Clock)
		}
		e.buf = buf
		return
	}
	e.info(info)
	if info&infoOrigin != 0 {
		e.leftID(origin)
	}
	if info&infoRight != 0 {
		e.cols.client.Write(right.Client)
		e.cols.rightClock.Write(right.Clock)
	}
}

func (e *encoder) leftID(id ID) {
	e.client(id.Client)
	if e.cols == nil {
		e.uint(id.Clock)
		return
	}
	e.cols.leftClock.Write(id.Clock)
}

func (e *encoder) parentInfo(b byte) {
	if e.cols == nil {
		e.buf = append(e.buf, b)
		return
	}
	e.cols.parentInfo.Write(b)
}

func (e *encoder) string(s []byte) {
	if e.cols == nil {
		e.buf = lib0.AppendBytes(e.buf, s)
		return
	}
	e.cols.str.Write(s)
}

func (e *encoder) key(s []byte) {
	if e.cols != nil {
		e.cols.keyClock.Write(e.cols.keys)
		e.cols.keys++
	}
	e.string(s)
}

func (e *encoder) typeRef(k typeKind) {
	if e.cols == nil {
		e.uint(uint64(k))
		return
	}
	e.cols.typeRef.Write(uint64(k))
}

func (e *encoder) len(n uint64) {
	if e.cols == nil {
		e.uint(n)
		return
	}
	e.cols.length.Write(n)
}

// json writes an Any, in v1 as JSON text.
func (e *encoder) json(any []byte) {
	switch {
	case e.cols != nil:
		e.buf = lib0.AppendWellFormed(e.buf, any)
	case string(any) == string(anyNull):
		e.buf = append(e.buf, "\x04null"...)
	case string(any) == string(anyTrue):
		e.buf = append(e.buf, "\x04true"...)
	default:
		e.string(jsonText(any))
	}
}

func jsonText(any []byte) []byte {
	r := lib0.NewReader(any)
	return r.JSON(nil)
}

// delete writes a range of the delete set, see readDelete.
func (e *encoder) delete(del deleteRange, first bool) {
	if e.cols == nil {
		e.uint(del.clock)
		e.uint(del.length)
		return
	}
	if first {
		e.dsClock = 0
	}
	e.uint(del.clock - e.dsClock)
	e.uint(del.length - 1)
	e.dsClock = del.end()
}

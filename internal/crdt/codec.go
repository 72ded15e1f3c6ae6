package crdt

import (
	"sync"

	"grimoire/internal/crdt/lib0"
)

// Updates have two formats with the same fields. In v1 they follow each other
// in one stream of bytes. In v2 most fields have a column of their own, where
// runs are short; what has none is in the rest, behind the columns:
//
//	field                v1                     v2
//	struct info          byte                   info
//	client of a section  number                 client
//	origin               client, clock          client, left clock
//	right origin         client, clock          client, right clock
//	parent by root?      number 1 or 0          parent info
//	parent's Item        client, clock          client, left clock
//	strings              length, UTF-8          string
//	length               number                 len
//	format key, node     string                 key clock, and string for a new one
//	kind of a type       number                 type ref
//	embed, format value  string of JSON         rest, an Any
//	values, bytes, sizes, first clocks, Skips   rest
//	deleted range        clock, length          rest: clock since the last range, length - 1
//
// The methods of decoder, below, and encoder read and write one field each.

// format is the format of an update.
type format uint8

const (
	v1 format = 1
	v2 format = 2
)

// How an Item says which type it is in, and the first byte of v2. These numbers are
// part of the format.
const (
	parentByID   = 0 // by the ID of the Item that holds the type
	parentByName = 1 // by the name of a root

	noFeatures = 0 // a flag that nothing uses yet
)

// maxSize is how many bytes a number takes at most.
const maxSize = 8

// decoder reads the fields of an update.
type decoder struct {
	lib0.Reader // v1: all there is; v2: the rest
	cols        *columns
	scratch     []byte    // holds what had to be rewritten; only ever appended to
	dsClock     uint64    // v2: end of the last deleted range
	own         lib0.Mark // v1: the client of the section
}

// columns are those of format v2, in their order.
type columns struct {
	keyClock   lib0.IntDiffOptRleDecoder
	client     lib0.UintOptRleDecoder
	leftClock  lib0.IntDiffOptRleDecoder
	rightClock lib0.IntDiffOptRleDecoder
	info       lib0.RleDecoder
	str        lib0.StringDecoder
	parentInfo lib0.RleDecoder
	typeRef    lib0.UintOptRleDecoder
	length     lib0.UintOptRleDecoder
	keys       [][]byte
}

// open makes r, a zero decoder, one of update.
func (r *decoder) open(update []byte, f format) {
	r.Reader = lib0.NewReader(update)
	if f == v2 {
		r.openColumns()
	}
}

// openColumns reads what is in front of the rest in format v2.
func (r *decoder) openColumns() {
	r.Uint() // a feature flag that nothing uses yet
	c := spareColumns.Get().(*columns)
	c.keyClock.Reader = r.Part()
	c.client.Reader = r.Part()
	c.leftClock.Reader = r.Part()
	c.rightClock.Reader = r.Part()
	c.info.Reader = r.Part()
	c.str = lib0.NewStringDecoder(r.Part())
	c.parentInfo.Reader = r.Part()
	c.typeRef.Reader = r.Part()
	c.length.Reader = r.Part()
	r.cols = c
	r.checkColumns() // the text is read already
}

// spareColumns are zero. A keystroke is read so fast that making new ones would take
// most of the time.
var spareColumns = sync.Pool{New: func() any { return new(columns) }}

// close gives the columns back. Nothing may be read any more.
func (r *decoder) close() {
	if r.cols != nil {
		*r.cols = columns{}
		spareColumns.Put(r.cols)
		r.cols = nil
	}
}

// checkColumns takes over the first fault of a column.
func (r *decoder) checkColumns() {
	if c := r.cols; c != nil {
		for _, err := range [...]error{
			c.keyClock.Err(), c.client.Err(), c.leftClock.Err(), c.rightClock.Err(), c.info.Err(),
			c.str.Err(), c.parentInfo.Err(), c.typeRef.Err(), c.length.Err(),
		} {
			r.FailWith(err)
		}
	}
}

func (r *decoder) readInfo() byte {
	if r.cols == nil {
		return r.Byte()
	}
	return r.cols.info.Next()
}

// readClient reads the client of a section.
func (r *decoder) readClient() uint64 {
	if r.cols == nil {
		start := r.Pos()
		r.own = r.MarkSince(start, r.Uint())
		return r.own.Value
	}
	return r.cols.client.Next()
}

// readID reads an ID in v1. Most are of the section's client.
func (r *decoder) readID() ID {
	if r.Again(&r.own) {
		return ID{r.own.Value, r.Uint()}
	}
	return ID{r.Uint(), r.Uint()}
}

func (r *decoder) readLeftID() ID {
	if r.cols == nil {
		return r.readID()
	}
	return ID{r.cols.client.Next(), r.cols.leftClock.Next()}
}

func (r *decoder) readRightID() ID {
	if r.cols == nil {
		return r.readID()
	}
	return ID{r.cols.client.Next(), r.cols.rightClock.Next()}
}

// readParentInfo reports whether the parent is named as a root.
func (r *decoder) readParentInfo() bool {
	if r.cols == nil {
		return r.Uint() == parentByName
	}
	return r.cols.parentInfo.Next() == parentByName
}

func (r *decoder) readString() []byte {
	if r.cols == nil {
		return r.String()
	}
	return r.cols.str.Next()
}

// readKey reads a format key or node name. Yjs gives each a new number, even
// one that was there before.
func (r *decoder) readKey() []byte {
	c := r.cols
	if c == nil {
		return r.String()
	}
	n := c.keyClock.Next()
	if n < uint64(len(c.keys)) {
		return c.keys[n]
	}
	key := c.str.Next()
	c.keys = append(c.keys, key)
	return key
}

func (r *decoder) readTypeRef() uint64 {
	if r.cols == nil {
		return r.Uint()
	}
	return r.cols.typeRef.Next()
}

func (r *decoder) readLen() uint64 {
	if r.cols == nil {
		return r.Uint()
	}
	return r.cols.length.Next()
}

// readJSON reads what v1 writes as JSON and returns it as an Any.
func (r *decoder) readJSON() []byte {
	if r.cols != nil {
		return r.Any()
	}
	start := r.Pos()
	return r.parseJSON(r.String(), start)
}

// parseJSON returns the value of a JSON text, which starts at an offset, as an
// Any.
func (r *decoder) parseJSON(text []byte, start int) []byte {
	if r.Err() != nil {
		return nil
	}
	switch string(text) { // what nearly every format is
	case "true":
		return anyTrue
	case "null":
		return anyNull
	}
	from := len(r.scratch)
	scratch, err := lib0.AnyFromJSON(r.scratch, text, start)
	if err != nil {
		r.FailWith(err)
		return nil
	}
	r.scratch = scratch
	return scratch[from:len(scratch):len(scratch)]
}

// readDelete reads a range of the delete set. first says that it is the first
// of its client.
func (r *decoder) readDelete(client uint64, first bool) deleteRange {
	if r.cols == nil {
		return deleteRange{client, r.Uint(), r.Uint()}
	}
	if first {
		r.dsClock = 0
	}
	clock := r.dsClock + r.Uint()
	length := r.Uint() + 1
	r.dsClock = clock + length
	return deleteRange{client, clock, length}
}

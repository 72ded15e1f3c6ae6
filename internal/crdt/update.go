package crdt

import (
	"fmt"

	"grimoire/internal/crdt/lib0"
)

// rawStruct is one struct of an update as it is written there: not integrated,
// its content still bytes of the update.
type rawStruct struct {
	client, clock, length uint64
	kind                  kind
	has                   uint8 // infoOrigin, infoRight, infoKey and the two below
	origin, right         ID
	parent                ID     // hasParent: the Item that holds the parent
	root                  []byte // hasRoot: the parent is the root of this name
	key                   []byte
	content               rawContent
	same                  []byte // its bytes in format v1, if they are those that we would write
}

// plain reports whether s is text or deleted, and beside something: what nearly
// every struct is, and can be written in one way only.
func (s *rawStruct) plain() bool {
	return (s.kind == kindString || s.kind == kindDeleted) && s.has&(infoOrigin|infoRight) != 0
}

// An Item without origins names its parent one way or the other.
const (
	hasRoot   = 1 << 0
	hasParent = 1 << 1
)

func (s *rawStruct) end() uint64 { return s.clock + s.length }

// rawContent is the content of a rawStruct. What bytes and name are depends on
// the kind; values are canonical.
type rawContent struct {
	bytes []byte // String: text; Any, JSON, Embed, Format: Any values; Binary; Doc: options
	name  []byte // Format: key; Doc: guid; Type: node name of an XmlElement or XmlHook
	typ   typeKind
}

// updateReader reads an update: sections of structs, each of one client with
// ascending clocks, then the delete set.
//
//	update    sections, section…, delete set
//	section   structs, client, clock of the first, struct…
//	struct    info, origin?, right origin?, (parent, key?)?, content
//	          GC: info 0, length    Skip: info 10, length
//	parent    1, root name   or   0, ID of its Item
type updateReader struct {
	decoder
	sections uint64 // to come
	structs  uint64 // to come in this section
	client   uint64
	clock    uint64
	budget   int // v2: structs that may still come
}

// maxRepeated bounds the structs that format v2 can make of nothing: its columns
// may repeat a value any number of times.
const maxRepeated = 1 << 20

func newUpdateReader(update []byte, f format) (r updateReader) {
	r.open(update, f)
	return r
}

// open makes r, a zero updateReader, one of update. A keystroke is read so fast
// that copying a reader would show.
func (r *updateReader) open(update []byte, f format) {
	r.decoder.open(update, f)
	r.budget = maxRepeated + len(update)
	r.sections = r.Uint()
}

// next reads the next struct into s. It returns false when only the delete set
// is left, or after a fault.
func (r *updateReader) next(s *rawStruct) bool {
	if r.structs == 0 && !r.nextSection() {
		return false
	}
	r.structs--
	s.client, s.clock = r.client, r.clock
	start := r.Pos()
	info := r.readStruct(s)
	s.same = nil
	if r.cols == nil && !r.Padded() && s.plain() && info == byte(s.kind)|s.has {
		s.same = r.Since(start)
	}
	if r.cols != nil {
		if r.budget--; r.budget < 0 {
			r.Fail(ErrLimit, "too many structs for so few bytes")
		}
		r.checkColumns()
	}
	if r.clock += s.length; r.clock > lib0.MaxInt {
		r.Fail(ErrMalformed, "clock above 2^53-1")
	}
	if r.Err() != nil {
		return false
	}
	return true
}

// likelySections returns the number of sections, if there are bytes for so many.
func (r *updateReader) likelySections() int {
	least := 5 // three numbers and a GC
	if r.cols != nil {
		least = 2 // the others have columns
	}
	return int(min(r.sections, uint64(r.Len()/least)))
}

// nextSection reads the head of the next section that has structs. The one before must
// be at its end.
func (r *updateReader) nextSection() bool {
	for r.sections > 0 && r.Err() == nil {
		r.sections--
		r.structs = r.Uint()
		r.client = r.readClient()
		r.clock = r.Uint()
		if r.structs > 0 {
			return true
		}
	}
	return false
}

// skipStructs goes on to the delete set.
func (r *updateReader) skipStructs() {
	for s := (rawStruct{}); r.next(&s); {
	}
}

// readStruct reads a struct behind its ID and returns its info (yjs:
// readClientsStructRefs).
func (r *updateReader) readStruct(s *rawStruct) (info byte) {
	info = r.readInfo()
	s.kind = kind(info & infoKind)
	s.has = 0
	switch s.kind {
	case kindGC:
		s.length = r.readLen()
		return info
	case kindSkip:
		s.length = r.Uint()
		return info
	}
	if info&infoOrigin != 0 {
		s.has |= infoOrigin
		s.origin = r.readLeftID()
	}
	if info&infoRight != 0 {
		s.has |= infoRight
		s.right = r.readRightID()
	}
	if s.has == 0 {
		if r.readParentInfo() {
			s.has |= hasRoot
			s.root = r.readString()
		} else {
			s.has |= hasParent
			s.parent = r.readLeftID()
		}
		if info&infoKey != 0 {
			s.has |= infoKey
			s.key = r.readString()
		}
	}
	r.readContent(s)
	return info
}

// readContent reads what an Item holds, and so how long it is.
func (r *updateReader) readContent(s *rawStruct) {
	c := &s.content
	c.bytes, c.name = nil, nil
	s.length = 1
	switch s.kind {
	case kindDeleted:
		s.length = r.readLen()
	case kindJSON:
		s.length = r.readLen()
		c.bytes = r.readJSONValues(s.length)
	case kindBinary:
		c.bytes = r.Bytes()
	case kindString:
		c.bytes = r.readString()
		s.length = uint64(lib0.UTF16Len(c.bytes))
	case kindEmbed:
		c.bytes = r.readJSON()
	case kindFormat:
		c.name = r.readKey()
		c.bytes = r.readJSON()
	case kindType:
		r.readType(c)
	case kindAny:
		s.length = r.readLen()
		c.bytes = r.readValues(s.length)
	case kindDoc:
		c.name = r.readString()
		c.bytes = r.readDocOptions(c)
	default:
		r.Fail(ErrMalformed, fmt.Sprintf("unknown content %d", s.kind))
	}
}

func (r *updateReader) readType(c *rawContent) {
	n := r.readTypeRef()
	if n > uint64(typeXmlText) {
		r.Fail(ErrMalformed, fmt.Sprintf("unknown type %d", n))
		return
	}
	c.typ = typeKind(n)
	if c.typ == typeXmlElement || c.typ == typeXmlHook {
		c.name = r.readKey()
	}
}

// readDocOptions reads the options of a subdocument and returns those that yjs
// keeps, in its order: gc if it is off, autoLoad if it is on, meta if given
// (yjs: createDocFromOpts, ContentDoc). An option guid overrides the name.
func (r *updateReader) readDocOptions(c *rawContent) []byte {
	start := r.Pos()
	options := r.Any()
	if r.Err() != nil {
		return nil
	}
	all := lib0.NewReader(options)
	if string(options) == string(anyNull) || string(options) == string(anyUndefined) {
		r.Fail(ErrMalformed, "subdocument without options")
		return nil
	}
	kept, n := []byte(nil), uint64(0)
	keep := func(key string, value []byte) {
		kept = append(lib0.AppendString(kept, key), value...)
		n++
	}
	var meta []byte
	autoLoad := false
	gcOff := false
	all.Object(func(key string, value []byte) {
		switch key {
		case "guid":
			v := lib0.NewReader(value)
			guid, ok := v.Value().(string)
			if !ok {
				r.Fail(ErrMalformed, "subdocument whose guid is no string")
			}
			c.name = []byte(guid)
		case "gc":
			gcOff = string(value) != string(anyUndefined) && !lib0.Truthy(value)
		case "autoLoad":
			autoLoad = lib0.Truthy(value)
		case "meta":
			if string(value) != string(anyNull) && string(value) != string(anyUndefined) {
				meta = value
			}
		}
	})
	if gcOff {
		keep("gc", anyFalse)
	}
	if autoLoad {
		keep("autoLoad", anyTrue)
	}
	if meta != nil {
		keep("meta", meta)
	}
	canonical := append(lib0.AppendObjectHead(nil, n), kept...)
	if raw := r.Since(start); string(raw) == string(canonical) {
		return raw
	}
	return canonical
}

// deleteRange is a run of deleted units of one client.
type deleteRange struct {
	client, clock, length uint64
}

func (d deleteRange) end() uint64 { return d.clock + d.length }

// readDeleteSet calls f for every range of the delete set, in the order in
// which it is written. It must follow the structs.
//
//	delete set   clients, (client, ranges, (clock, length)…)…
func (r *updateReader) readDeleteSet(f func(deleteRange)) {
	for clients := r.Uint(); clients > 0 && r.Err() == nil; clients-- {
		client := r.Uint()
		n := r.Uint()
		for i := uint64(0); i < n && r.Err() == nil; i++ {
			del := r.readDelete(client, i == 0)
			if r.Err() != nil {
				return
			}
			if del.length == 0 || del.end() > lib0.MaxInt {
				r.Fail(ErrMalformed, "deleted range is empty or ends above 2^53-1")
				return
			}
			f(del)
		}
	}
}

// Reach returns how far an update in format v1 goes: for each run of structs its
// client and the clock behind the last of them. A client may come again, if its
// structs do.
func Reach(update []byte) ([]ID, error) {
	var ends []ID
	var s rawStruct
	var r updateReader
	r.open(update, v1)
	for r.next(&s) {
		switch n := len(ends); {
		case s.kind == kindSkip:
		case n > 0 && ends[n-1].Client == s.client:
			ends[n-1].Clock = s.end()
		default:
			ends = append(ends, ID{s.client, s.end()})
		}
	}
	if err := r.Err(); err != nil {
		return nil, wrap("reach of update", err)
	}
	return ends, nil
}

// Validate reports whether update is a well-formed update in format v1. Bytes
// after its end are ignored, as yjs does.
func Validate(update []byte) error { return validate(update, v1) }

// ValidateV2 is [Validate] for format v2.
func ValidateV2(update []byte) error { return validate(update, v2) }

func validate(update []byte, f format) error {
	if _, err := survey(update, f); err != nil {
		return wrap("update", err)
	}
	return nil
}

package crdt

import (
	"unicode/utf8"

	"grimoire/internal/crdt/lib0"
)

// What an Item holds lies in two places of its Doc:
//
//	Doc.arena   bytes, appended to and never changed in place
//	Doc.spans   (offset, length, aux) of a piece of the arena
//
//	kind            item.content    bytes in the arena
//	String, ASCII   arena offset    text; as many bytes as the Item has units
//	String, other   span            UTF-8; flagWide is set
//	Any, JSON       span            the values, canonical Any, one behind the other
//	Binary          span            the bytes
//	Embed           span            one Any
//	Format          span            one Any; aux is the key
//	Doc             span            guid, then its options as Any; aux is the length of guid
//	Type            types           –
//	Deleted, GC     –               –
//
// A span may share its bytes with another. Two format values are the same
// object in yjs exactly if they start at the same offset.

type span struct {
	off, n uint32
	aux    uint32
}

func (d *Doc) spanBytes(s span) []byte { return d.arena[s.off : s.off+s.n : s.off+s.n] }

// bytesOf returns the arena bytes of an Item of any kind that has some.
func (d *Doc) bytesOf(it *item) []byte {
	if it.kind() == kindString && !it.is(flagWide) {
		end := it.content + uint32(it.length())
		return d.arena[it.content:end:end]
	}
	return d.spanBytes(d.spans[it.content])
}

// hold copies b into the arena.
func (d *Doc) hold(b []byte) span {
	off := uint32(len(d.arena))
	d.arena = append(d.arena, b...)
	return span{off: off, n: uint32(len(b))}
}

// newSpan returns the index of a new span.
func (d *Doc) newSpan(s span) uint32 {
	if n := len(d.freeSpans); n > 0 {
		i := d.freeSpans[n-1]
		d.freeSpans = d.freeSpans[:n-1]
		d.spans[i] = s
		return i
	}
	d.spans = append(d.spans, s)
	return uint32(len(d.spans) - 1)
}

// setText gives it the text b, which it copies. Its length is set already.
func (d *Doc) setText(it *item, b []byte) {
	s := d.hold(b)
	if uint64(len(b)) == it.length() { // ASCII
		it.meta &^= flagWide
		it.content = s.off
		return
	}
	it.meta |= flagWide
	it.content = d.newSpan(s)
}

// textSpan returns where the text of a String lies.
func (d *Doc) textSpan(it *item) span {
	if it.is(flagWide) {
		return d.spans[it.content]
	}
	return span{off: it.content, n: uint32(it.length())}
}

// dropContent lets go of what it holds, a type excepted.
func (d *Doc) dropContent(it *item) {
	switch k := it.kind(); k {
	case kindString:
		if !it.is(flagWide) {
			d.garbage += int(it.length())
			return
		}
	case kindJSON, kindBinary, kindEmbed, kindFormat, kindAny, kindDoc:
	default:
		return
	}
	d.garbage += int(d.spans[it.content].n)
	d.spans[it.content] = span{}
	d.freeSpans = append(d.freeSpans, it.content)
	it.meta &^= flagWide | flagLoad
	it.content = 0
}

// splitContent divides what left holds after diff units; right, a copy of
// left, takes the second part. The lengths of both are set already.
func (d *Doc) splitContent(left, right *item, diff uint64) {
	switch left.kind() {
	case kindString:
		d.splitText(left, right, diff)
	case kindAny, kindJSON:
		s := d.spans[left.content]
		r := lib0.NewReader(d.spanBytes(s))
		for range diff {
			r.Any()
		}
		n := uint32(r.Pos())
		d.spans[left.content].n = n
		right.content = d.newSpan(span{off: s.off + n, n: s.n - n})
	}
}

// splitText cuts a string. Cutting a surrogate pair leaves U+FFFD on both
// sides for good (yjs: ContentString.splice).
func (d *Doc) splitText(left, right *item, diff uint64) {
	if !left.is(flagWide) {
		right.content = left.content + uint32(diff)
		return
	}
	s := d.spans[left.content]
	text := d.spanBytes(s)
	n, inPair := lib0.UTF16Offset(text, int(diff))
	if inPair {
		rest := append([]byte(replacement), text[n+utf8.UTFMax:]...)
		head := append(text[:n:n], replacement...)
		d.garbage += int(s.n)
		d.freeSpans = append(d.freeSpans, left.content)
		d.setText(left, head)
		d.setText(right, rest)
		return
	}
	d.spans[left.content].n = uint32(n)
	d.narrow(left)
	right.content = d.newSpan(span{off: s.off + uint32(n), n: s.n - uint32(n)})
	d.narrow(right)
}

const replacement = "\ufffd"

// narrow turns a wide string that holds ASCII only into a plain one.
func (d *Doc) narrow(it *item) {
	s := d.spans[it.content]
	if uint64(s.n) != it.length() {
		return
	}
	d.freeSpans = append(d.freeSpans, it.content)
	it.meta &^= flagWide
	it.content = s.off
}

// joinContent appends what right holds to what left holds, if kinds of their
// sort ever join. Lengths are still those of before (yjs: mergeWith of the
// contents).
func (d *Doc) joinContent(left, right *item) bool {
	switch left.kind() {
	case kindDeleted:
		return true
	case kindString:
		a, b := d.textSpan(left), d.textSpan(right)
		wide := left.is(flagWide) || right.is(flagWide)
		s := d.joinSpans(a, b)
		switch {
		case left.is(flagWide):
			d.spans[left.content] = s
		case wide:
			left.meta |= flagWide
			left.content = d.newSpan(s)
		default:
			left.content = s.off
		}
		if right.is(flagWide) {
			d.freeSpans = append(d.freeSpans, right.content)
		}
		return true
	case kindAny, kindJSON:
		d.spans[left.content] = d.joinSpans(d.spans[left.content], d.spans[right.content])
		d.freeSpans = append(d.freeSpans, right.content)
		return true
	}
	return false
}

// joinSpans returns one span with the bytes of a and b, moving them only if
// they are not neighbours.
func (d *Doc) joinSpans(a, b span) span {
	if a.off+a.n != b.off {
		off := uint32(len(d.arena))
		if a.off+a.n == off {
			d.garbage += int(b.n)
			off = a.off
		} else {
			d.garbage += int(a.n + b.n)
			d.arena = append(d.arena, d.spanBytes(a)...)
		}
		d.arena = append(d.arena, d.spanBytes(b)...)
		a.off = off
	}
	a.n += b.n
	return a
}

// compact rewrites the arena once most of it is garbage, so that a Doc that
// lives long does not grow.
func (d *Doc) compact() {
	const small = 64 << 10
	if d.garbage < small || d.garbage < len(d.arena)/2 || d.garbage < d.slots { // it walks all Items
		return
	}
	old := d.arena
	d.arena = make([]byte, 0, max(0, len(old)-d.garbage)+small/4)
	d.garbage = 0
	d.null = span{}
	moved := map[uint32]uint32{} // format values that several Items share
	for i := range d.clients {
		c := &d.clients[i]
		c.spare = 0
		for _, ch := range c.chunks {
			for _, e := range ch.entries {
				it := d.item(e.slot)
				switch it.kind() {
				case kindString:
					s := d.textSpan(it)
					off := d.hold(old[s.off : s.off+s.n]).off
					if it.is(flagWide) {
						d.spans[it.content].off = off
					} else {
						it.content = off
					}
				case kindFormat:
					s := &d.spans[it.content]
					off, ok := moved[s.off]
					if !ok {
						off = d.hold(old[s.off : s.off+s.n]).off
						moved[s.off] = off
					}
					s.off = off
				case kindJSON, kindBinary, kindEmbed, kindAny, kindDoc:
					s := &d.spans[it.content]
					s.off = d.hold(old[s.off : s.off+s.n]).off
				}
			}
		}
	}
}

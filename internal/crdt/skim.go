package crdt

import (
	"encoding/binary"
	"unicode/utf8"

	"grimoire/internal/crdt/lib0"
)

// skim passes over the structs that come next in a section of format v1, as long as they are plain and stand there as
// we would write them (see rawStruct.plain and rawStruct.same), and end at most at the clock until. Whoever needs
// them has their bytes, and how many fewer there are to come. Nearly all structs of a text are such. What is
// anything else, has a fault or comes close to the update's end is left to next.
func (r *updateReader) skim(until uint64) {
	if r.cols != nil || r.Padded() {
		return
	}
	b, pos, clock := r.Left(), 0, r.clock
	for ; r.structs > 0 && pos+headRoom <= len(b); r.structs-- {
		info, at := b[pos], pos+1
		k := kind(info & infoKind)
		if k != kindString && k != kindDeleted || info&infoKey != 0 || info&(infoOrigin|infoRight) == 0 {
			break
		}
		if info&infoOrigin != 0 {
			if at = r.passID(b, at); at == 0 {
				break
			}
		}
		if info&infoRight != 0 {
			if at = r.passID(b, at); at == 0 {
				break
			}
		}
		n, size := lib0.Number(binary.LittleEndian.Uint64(b[at:]))
		if at += size; n == 0 || padded(b, at, size) {
			break
		}
		if k == kindString {
			if n > uint64(len(b)-at) {
				break
			}
			text := b[at : at+int(n)]
			if !lib0.ASCII(text) {
				if !utf8.Valid(text) {
					break
				}
				n = uint64(lib0.UTF16Len(text))
			}
			at += len(text)
		}
		if clock+n > until {
			break
		}
		clock += n
		pos = at
	}
	r.Take(uint64(pos))
	r.clock = clock
}

// passID returns where the ID at an offset of b ends, or 0 if that is for next to say.
func (r *updateReader) passID(b []byte, at int) (end int) {
	word := binary.LittleEndian.Uint64(b[at:])
	size := r.own.Starts(word)
	if size == 0 {
		var client uint64
		if client, size = lib0.LongNumber(word); size > 8 || client > lib0.MaxInt || padded(b, at+size, size) {
			return 0
		}
	}
	at += size
	if _, size = lib0.Number(binary.LittleEndian.Uint64(b[at:])); size == 0 || padded(b, at+size, size) {
		return 0
	}
	return at + size
}

// padded reports whether a number of so many bytes that ends at an offset of b is written longer than it needs to be.
func padded(b []byte, end, size int) bool { return size > 1 && b[end-1] == 0 }

package crdt

import "slices"

// kind is what an Item holds: the content reference that an update carries in
// the low five bits of its info byte. The numbers are part of the format.
type kind uint8

const (
	kindGC      kind = 0
	kindDeleted kind = 1
	kindJSON    kind = 2
	kindBinary  kind = 3
	kindString  kind = 4
	kindEmbed   kind = 5
	kindFormat  kind = 6
	kindType    kind = 7
	kindAny     kind = 8
	kindDoc     kind = 9
	kindSkip    kind = 10
)

// Bits of the info byte above the kind, part of the format as well.
const (
	infoKey    = 1 << 5 // the Item sits under a key of its parent (parentSub)
	infoRight  = 1 << 6 // a right origin follows
	infoOrigin = 1 << 7 // an origin follows
	infoKind   = infoKey - 1
)

// Indexes into the Doc's tables that mean "nothing".
const (
	none     int32  = -1
	noClient uint32 = 1<<32 - 1
	noKey    uint32 = 1<<32 - 1
)

// item is a struct of the store: an Item, or a GC (content and place gone), or,
// only while an update is read, a Skip. It holds no pointers, so that Go's
// collector never looks at it, and fills one cache line. Items are named by
// their slot, see Doc.item.
type item struct {
	clock uint64 // of the first unit
	meta  uint64 // length, kind and flags, see below

	// IDs of the units that were left and right of it when it was made.
	originClock uint64
	rightClock  uint64

	client       uint32 // index into Doc.clients, as are the next two
	originClient uint32 // noClient: it was made at the start
	rightClient  uint32 // noClient: it was made at the end

	left, right int32  // neighbours now
	parent      int32  // index into Doc.types; none for a GC
	key         uint32 // index into Doc.keys: parentSub
	content     uint32 // see content.go
}

// meta: 53 bits of length, 4 of kind, then flags.
const (
	lengthMask = 1<<53 - 1
	kindShift  = 53
	kindMask   = 15 << kindShift

	flagDeleted  = 1 << 57
	flagKeep     = 1 << 58 // an undo manager may need it: no gc
	flagWide     = 1 << 59 // a string with other than ASCII: content is a span
	flagMarked   = 1 << 61 // a marker stands or stood here, see marker.go
	flagParentID = 1 << 60 // not integrated yet: the origin fields hold the parent's ID
	flagLoad     = 1 << 62 // a subdocument that is to be loaded
)

func (it *item) length() uint64     { return it.meta & lengthMask }
func (it *item) setLength(n uint64) { it.meta = it.meta&^lengthMask | n }
func (it *item) kind() kind         { return kind(it.meta >> kindShift & 15) }
func (it *item) setKind(k kind)     { it.meta = it.meta&^kindMask | uint64(k)<<kindShift }
func (it *item) is(flag uint64) bool {
	return it.meta&flag != 0
}

func (it *item) setFlag(flag uint64, on bool) {
	if it.meta &^= flag; on {
		it.meta |= flag
	}
}

// deleted is true for a GC too.
func (it *item) deleted() bool { return it.meta&flagDeleted != 0 }

// end is the clock after its last unit.
func (it *item) end() uint64 { return it.clock + it.length() }

// countable reports whether its units count in the length of its parent.
func (it *item) countable() bool {
	k := it.kind()
	return k != kindFormat && k != kindDeleted && k != kindGC
}

// visible reports whether a reader of the parent sees it.
func (it *item) visible() bool { return !it.deleted() && it.countable() }

// Items lie in pages that never move, so a Doc grows without copying, and a
// pointer to an item is good until its slot is freed:
//
//	slot   page ── bits 5… of the slot ──>  [ 32 items ][ 32 items ][ 32 items ]…
//
// Pages are made by the block, of an eighth of what there is, or of what a load needs.
const (
	pageBits  = 5
	pageSize  = 1 << pageBits
	maxPages  = 8 // of a block: 16 kB
	pageShare = 8
)

type itemPage [pageSize]item

// item returns the item in slot.
func (d *Doc) item(slot int32) *item { return &d.pages[slot>>pageBits][slot&(pageSize-1)] }

// newItem returns a free slot.
func (d *Doc) newItem() int32 {
	if n := len(d.freeItems); n > 0 {
		slot := d.freeItems[n-1]
		d.freeItems = d.freeItems[:n-1]
		return slot
	}
	if d.slots == len(d.pages)*pageSize {
		d.addPages(min(max(len(d.pages)/pageShare, 1), maxPages))
	}
	d.slots++
	return int32(d.slots - 1)
}

// reserveItems makes room for n more items, in one block if they are many.
func (d *Doc) reserveItems(n int) {
	if n = (d.slots+n+pageSize-1)/pageSize - len(d.pages); n > maxPages {
		d.addPages(n)
	}
}

// addPages makes a block of n pages.
func (d *Doc) addPages(n int) {
	d.pages = slices.Grow(d.pages, n)
	block := make([]item, n*pageSize)
	for ; len(block) > 0; block = block[pageSize:] {
		block[0].client = noClient // fresh memory faults twice if it is read first, as item does
		d.pages = append(d.pages, (*itemPage)(block))
	}
}

// freeItem gives a slot back. Nothing may refer to it any more.
func (d *Doc) freeItem(slot int32) {
	*d.item(slot) = item{}
	d.freeItems = append(d.freeItems, slot)
}

// splitItem cuts the Item in slot after diff units and returns the slot of the
// right half, which is linked but not yet in the client's index
// (yjs v13.6: splitItem).
func (t *Transaction) splitItem(slot int32, diff uint64) int32 {
	d := t.doc
	half := d.newItem()
	left := d.item(slot)
	right := d.item(half)
	*right = *left
	right.clock += diff
	right.meta &^= flagMarked
	right.setLength(left.length() - diff)
	right.originClient, right.originClock = left.client, right.clock-1
	right.left = slot
	left.setLength(diff)
	d.splitContent(left, right, diff)
	if next := right.right; next != none {
		d.item(next).left = half
	} else if right.key != noKey {
		d.types[right.parent].setHead(right.key, half)
	}
	left.right = half
	if d.redone != nil {
		d.splitRedone(left, right)
	}
	t.mergeStructs = append(t.mergeStructs, structID{right.client, right.clock})
	return half
}

// structID is an ID whose client is an index into Doc.clients.
type structID struct {
	client uint32
	clock  uint64
}

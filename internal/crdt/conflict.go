package crdt

import "errors"

// resolveConflicts returns the left neighbour of an Item among those that were
// put at the same place at the same time (yjs v13.6: Item.integrate, YATA).
//
//	origin  b b b b  o o o  right
//	        before   conflicting
//
// The scan walks from the origin to the right. before holds all it has seen,
// conflicting those seen since left moved last. Yjs keeps two sets; here every
// Item seen gets a rising stamp, so that "seen in this scan" and "seen since"
// are comparisons.
func (d *Doc) resolveConflicts(slot int32) int32 {
	it := d.item(slot)
	left := it.left
	o := none
	switch {
	case left != none:
		o = d.item(left).right
	case it.key != noKey:
		o = d.leftmost(it.parent, it.key)
	default:
		o = d.types[it.parent].start
	}
	if o == none || o == it.right {
		return left
	}
	scan := d.newScan()
	since := d.stamp + 1
	for o != none && o != it.right {
		if d.scanned++; d.scanned == d.scanLimit {
			panic(ErrScan)
		}
		other := d.item(o)
		d.stamp++
		d.stamps[o] = d.stamp
		if sameOrigin(it, other) {
			if d.clients[other.client].id < d.clients[it.client].id {
				left = o
				since = d.stamp + 1
			} else if sameRight(it, other) {
				break
			}
		} else if other.originClient != noClient {
			// Not split: the unit's whole Item counts as seen.
			at := d.stamps[d.get(other.originClient, other.originClock)]
			if at <= scan {
				break
			}
			if at < since {
				left = o
				since = d.stamp + 1
			}
		} else {
			break
		}
		o = other.right
	}
	return left
}

// ErrScan is what a Doc panics with that reaches the limit of LimitScan.
var ErrScan = errors.New("crdt: too many Items were put at the same place at the same time")

// Scanned returns how many Items were ever looked at to find the places of others that were put at the same
// place at the same time. Of n such Items each may look at all others: an update that is made for it keeps Yjs
// busy for hours.
func (d *Doc) Scanned() uint64 { return d.scanned }

// LimitScan has the Doc panic with ErrScan, and leaves it broken, once more than n Items have been looked at
// from now on. 0: never.
func (d *Doc) LimitScan(n uint64) {
	if d.scanLimit = 0; n > 0 {
		d.scanLimit = d.scanned + n + 1
	}
}

// newScan returns a stamp below all that the coming scan will give.
func (d *Doc) newScan() uint32 {
	if d.stamp > 1<<31 {
		clear(d.stamps)
		d.stamp = 0
	}
	if n := d.slots - len(d.stamps); n > 0 {
		d.stamps = append(d.stamps, make([]uint32, n)...)
	}
	return d.stamp
}

func sameOrigin(a, b *item) bool {
	return a.originClient == b.originClient && (a.originClient == noClient || a.originClock == b.originClock)
}

func sameRight(a, b *item) bool {
	return a.rightClient == b.rightClient && (a.rightClient == noClient || a.rightClock == b.rightClock)
}

package crdt

import (
	"cmp"
	"container/heap"
	"slices"
)

// mergeReader is an update at its current struct; Skips are passed over.
type mergeReader struct {
	updateReader
	cur   rawStruct
	more  bool // there is a current struct
	order int  // in a heap: of two at the same ID the higher goes first
}

func (r *mergeReader) advance() {
	for r.more = r.next(&r.cur); r.more && r.cur.kind == kindSkip; r.more = r.next(&r.cur) {
	}
}

// compare orders readers by their current structs: highest client first, then
// lowest clock. A GC and an Item at the same ID compare as less both ways; that
// is how yjs compares them, so the result depends on the sorting algorithm.
func (r *mergeReader) compare(o *mergeReader) int {
	switch {
	case r.cur.client != o.cur.client:
		return cmp.Compare(o.cur.client, r.cur.client)
	case r.cur.clock != o.cur.clock:
		return cmp.Compare(r.cur.clock, o.cur.clock)
	case (r.cur.kind == kindGC) != (o.cur.kind == kindGC):
		return -1
	}
	return 0
}

// mergeQueue says which reader's turn it is.
type mergeQueue interface {
	first() *mergeReader // nil at the end
	next() *mergeReader  // after the first one was read from
}

// manyReaders is where JavaScript engines leave insertion sort.
const manyReaders = 64

func newMergeQueue(readers []mergeReader) mergeQueue {
	var q []*mergeReader
	for i := range readers {
		readers[i].order = len(readers) - i
		if readers[i].more {
			q = append(q, &readers[i])
		}
	}
	if len(q) < manyReaders {
		sorted := mergeSorted(q)
		sorted.sort()
		return &sorted
	}
	h := mergeHeap{readers: q, turns: len(readers)}
	heap.Init(&h)
	return &h
}

// mergeSorted keeps few readers sorted the way V8 sorts so many: a run from the
// start, turned round if it descends, then binary insertion.
type mergeSorted []*mergeReader

func (q *mergeSorted) first() *mergeReader {
	if len(*q) == 0 {
		return nil
	}
	return (*q)[0]
}

func (q *mergeSorted) next() *mergeReader {
	if !(*q)[0].more {
		*q = (*q)[1:]
	}
	q.sort()
	return q.first()
}

func (q *mergeSorted) sort() {
	a := *q
	if len(a) < 2 {
		return
	}
	run := 2
	descends := a[1].compare(a[0]) < 0
	for run < len(a) && (a[run].compare(a[run-1]) < 0) == descends {
		run++
	}
	if descends {
		slices.Reverse(a[:run])
	}
	for ; run < len(a); run++ {
		pivot := a[run]
		lo, hi := 0, run
		for lo < hi {
			if mid := lo + (hi-lo)/2; pivot.compare(a[mid]) < 0 {
				hi = mid
			} else {
				lo = mid + 1
			}
		}
		copy(a[lo+1:run+1], a[lo:run])
		a[lo] = pivot
	}
}

// mergeHeap keeps many readers. Of equals the one goes first that was read from
// last, or else came first, as after a stable sort.
type mergeHeap struct {
	readers []*mergeReader
	turns   int
}

func (h *mergeHeap) first() *mergeReader {
	if len(h.readers) == 0 {
		return nil
	}
	return h.readers[0]
}

func (h *mergeHeap) next() *mergeReader {
	h.turns++
	h.readers[0].order = h.turns
	if h.readers[0].more {
		heap.Fix(h, 0)
	} else {
		heap.Pop(h)
	}
	return h.first()
}

func (h *mergeHeap) Len() int      { return len(h.readers) }
func (h *mergeHeap) Swap(i, j int) { h.readers[i], h.readers[j] = h.readers[j], h.readers[i] }
func (h *mergeHeap) Push(x any)    { h.readers = append(h.readers, x.(*mergeReader)) }
func (h *mergeHeap) Pop() any {
	n := len(h.readers) - 1
	last := h.readers[n]
	h.readers = h.readers[:n]
	return last
}

func (h *mergeHeap) Less(i, j int) bool {
	a, b := h.readers[i], h.readers[j]
	if a.cur.client == b.cur.client && a.cur.clock == b.cur.clock {
		return a.order > b.order
	}
	return a.compare(b) < 0
}

package ws

import (
	"container/heap"
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// queue is everything that will happen to a hub from outside, in the order of its time.
type queue struct {
	events eventHeap
	count  int
}

type event struct {
	at    time.Time
	order int // of events at the same time
	do    func()
}

// after has do happen once d has passed.
func (q *queue) after(d time.Duration, do func()) { q.at(time.Now().Add(d), do) }

func (q *queue) at(t time.Time, do func()) {
	q.count++
	heap.Push(&q.events, event{t, q.count, do})
}

// next waits for the time of the first event and has it happen.
func (q *queue) next() {
	e := heap.Pop(&q.events).(event)
	time.Sleep(time.Until(e.at)) // of the bubble's clock
	e.do()
}

type eventHeap []event

func (h eventHeap) Len() int { return len(h) }

func (h eventHeap) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].order < h[j].order
}

func (h eventHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

func (h *eventHeap) Push(e any) { *h = append(*h, e.(event)) }

func (h *eventHeap) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	*h = (*h)[:last]
	return e
}

// mortalLog is a log as one process sees it: slow at times, and nothing of that process is stored
// after its death. Commits may fail with nothing or with everything stored.
type mortalLog struct {
	*memoryLog
	luck    *rand.Rand // of commits, which come one by one
	trouble *atomic.Bool
	dead    atomic.Bool
}

func (l *mortalLog) Append(ctx context.Context, batches []Batch) ([]int64, error) {
	wait, chance := 20*time.Millisecond, l.luck.IntN(12)
	if l.trouble.Load() && chance == 0 {
		wait = 2 * time.Second
	}
	time.Sleep(time.Duration(l.luck.Int64N(int64(wait))))
	if l.dead.Load() || l.trouble.Load() && chance == 1 {
		return nil, errDisk
	}
	heads, err := l.memoryLog.Append(ctx, batches)
	if l.trouble.Load() && chance == 2 {
		return nil, errDisk
	}
	return heads, err
}

func (l *mortalLog) Compact(ctx context.Context, c Compaction) (bool, error) {
	time.Sleep(time.Duration(len(c.State)) * 10 * time.Microsecond)
	if l.dead.Load() {
		return false, errDisk
	}
	return l.memoryLog.Compact(ctx, c)
}

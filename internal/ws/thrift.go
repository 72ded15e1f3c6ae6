package ws

import (
	"sync"
	"time"
)

// A class that opens its page leaves more garbage than it keeps. The runtime would let the heap grow to
// twice its size before it looked, what stays would lie scattered among what does not, and the pages would
// be kept for minutes. So while a crowd comes the heap may grow less, and when it has come and it is quiet
// again, memory is collected and given back, once.
const (
	crowd       = 100 // conns
	crowdGrowth = 25  // percent that the heap may grow by meanwhile; Go's own is 100
	crowdQuiet  = time.Second
	crowdLong   = 10 * time.Second // after which it is no crowd but a busy day
	thriftPause = 5 * time.Second  // between two collections at least
	thriftShare = 20               // how many times as long as a collection the pause after it is, at least
)

// thrift keeps the heap dense while a crowd comes, and gives memory back after it.
type thrift struct {
	collect func()
	growth  func(percent int) (before int) // sets the growth after which the runtime collects; below 0: never

	mu     sync.Mutex
	came   int       // since the last collection
	began  time.Time // when they became a crowd
	tight  bool      // growth has been set, and was before
	before int
	timer  *time.Timer
	next   time.Time // not before this is a collection
	ended  bool
}

// arrive notes one more who has come.
func (t *thrift) arrive() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.came++; t.came < crowd || t.ended {
		return
	}
	now := time.Now()
	if t.came == crowd {
		t.began = now
	}
	pause := t.next.Sub(now)
	if pause <= 0 && !t.tight {
		t.tighten()
	}
	switch {
	case t.timer == nil:
		t.timer = time.AfterFunc(crowdQuiet, t.quiet)
	case now.Before(t.began.Add(crowdLong)):
		t.timer.Reset(max(crowdQuiet, pause))
	}
}

// tighten makes the runtime collect sooner, unless the operator wants it sooner still, or never. mu is held.
func (t *thrift) tighten() {
	t.tight, t.before = true, t.growth(crowdGrowth)
	if t.before < crowdGrowth {
		t.relax()
	}
}

// relax takes tighten back. mu is held.
func (t *thrift) relax() {
	if t.tight {
		t.growth(t.before)
	}
	t.tight = false
}

// quiet is called when nobody has come for a while. Nobody who comes meanwhile waits for the collection.
func (t *thrift) quiet() {
	began := time.Now()
	t.mu.Lock()
	ended := t.ended
	if !ended {
		t.relax()
		t.came, t.next = 0, began.Add(thriftPause)
	}
	t.mu.Unlock()
	if ended {
		return
	}
	t.collect()
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	t.next = now.Add(max(thriftPause, thriftShare*now.Sub(began))) // the larger the heap, the longer it took
}

// end stops it.
func (t *thrift) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
	t.relax()
	if t.timer != nil {
		t.timer.Stop()
	}
}

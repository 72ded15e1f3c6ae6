package ws

import (
	"sync"
	"time"
)

// A class that opens its page leaves more garbage than it keeps, and the runtime would let the heap
// grow to twice its size before it looked, and keep the pages for minutes. So when a crowd has come
// and it is quiet again, memory is collected and given back, once.
const (
	crowd       = 100 // conns
	crowdQuiet  = time.Second
	thriftPause = time.Minute // between two collections, which take longer the larger the heap is
)

// thrift gives memory back after crowds.
type thrift struct {
	collect func()

	mu    sync.Mutex
	came  int // since the last collection
	timer *time.Timer
	last  time.Time
	ended bool
}

// arrive notes one more who has come.
func (t *thrift) arrive() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.came++; t.came < crowd || t.ended {
		return
	}
	pause := max(crowdQuiet, time.Until(t.last.Add(thriftPause)))
	if t.timer == nil {
		t.timer = time.AfterFunc(pause, t.quiet)
	} else {
		t.timer.Reset(pause)
	}
}

// quiet is called when nobody has come for a while.
func (t *thrift) quiet() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.ended {
		t.came, t.last = 0, time.Now()
		t.collect()
	}
}

// end stops it.
func (t *thrift) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
	if t.timer != nil {
		t.timer.Stop()
	}
}

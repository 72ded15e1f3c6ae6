package ws

import "sync/atomic"

// crewSize is how many goroutines wait for work at most.
const crewSize = 4

// crew does work in goroutines that are kept: a room works some microseconds for each keystroke, in which a
// goroutine of its own would mostly grow its stack.
type crew struct {
	over  <-chan struct{} // closed when nobody is to wait any more
	tasks chan func()     // to one who waits
	idle  atomic.Int32    // those who wait
}

func newCrew(over <-chan struct{}) *crew { return &crew{over: over, tasks: make(chan func())} }

// run has task done, at once, however many others are under way.
func (c *crew) run(task func()) {
	select {
	case c.tasks <- task:
	default:
		go c.serve(task)
	}
}

// serve does task and what comes after it, unless enough others wait for that.
func (c *crew) serve(task func()) {
	for {
		task()
		if c.idle.Add(1) > crewSize {
			c.idle.Add(-1)
			return
		}
		select {
		case task = <-c.tasks:
			c.idle.Add(-1)
		case <-c.over:
			return
		}
	}
}

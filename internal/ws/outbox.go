package ws

import "sync"

// outbox is what a conn still has to be sent, in order. Updates are never dropped from it: a conn
// that owes too much is ended instead, and gets what it missed by state vector when it is back.
//
// Whoever puts something in while nobody takes calls start, so that a conn without news, as most are
// most of the time, costs no goroutine that waits for it.
type outbox struct {
	limit int    // bytes
	start func() // takes, in a goroutine of its own, until take has nothing; set before the first push

	mu     sync.Mutex
	frames []frame
	owed   int // bytes queued or taken and not yet written
	end    *farewell
	taking bool // start has been called, and take has not said that there is nothing
}

func newOutbox(limit int) *outbox { return &outbox{limit: limit} }

// push queues frames behind each other. It reports false if the conn owes too much already. The
// frame that goes over the limit is still taken, however long it is: a large Doc must get through.
func (o *outbox) push(frames ...frame) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.end != nil {
		return true // it is going anyway
	}
	for _, f := range frames {
		if o.owed > o.limit {
			return false
		}
		o.frames = append(o.frames, f)
		o.owed += len(f)
	}
	o.wake()
	return true
}

// wake has what was put in taken. mu is held.
func (o *outbox) wake() {
	if !o.taking {
		o.taking = true
		o.start()
	}
}

// idle reports whether everything pushed so far has been written.
func (o *outbox) idle() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.owed == 0
}

// finish ends the conn once what is queued has been written. The first farewell counts.
func (o *outbox) finish(bye farewell) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.end == nil {
		o.end = &bye
		o.wake()
	}
}

// abandon ends the conn without what is queued.
func (o *outbox) abandon(bye farewell) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.frames = nil
	if o.end == nil {
		o.end = &bye
	}
	o.wake()
}

// take returns what is queued and, once there is one, the farewell to say after it, which is the
// last. It reports false if there is nothing, and then start will be called again.
func (o *outbox) take() ([]frame, *farewell, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	frames := o.frames
	o.frames = nil
	o.taking = len(frames) > 0 || o.end != nil
	return frames, o.end, o.taking
}

// wrote says that the frames taken are on their way, and returns how many bytes they were.
func (o *outbox) wrote(frames []frame) int {
	bytes := 0
	for _, f := range frames {
		bytes += len(f)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.owed -= bytes
	return bytes
}

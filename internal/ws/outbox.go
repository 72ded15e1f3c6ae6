package ws

import "sync"

// outbox is what a conn still has to be sent, in order. Updates are never dropped from it: a conn
// that owes too much is ended instead, and gets what it missed by state vector when it is back.
type outbox struct {
	limit int           // bytes
	wake  chan struct{} // holds one token when there may be something to take

	mu     sync.Mutex
	frames []frame
	owed   int // bytes queued or taken and not yet written
	end    *farewell
}

func newOutbox(limit int) *outbox { return &outbox{limit: limit, wake: make(chan struct{}, 1)} }

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
	signal(o.wake)
	return true
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
		signal(o.wake)
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
	signal(o.wake)
}

// take returns what is queued and, once there is one, the farewell to say after it.
func (o *outbox) take() ([]frame, *farewell) {
	o.mu.Lock()
	defer o.mu.Unlock()
	frames := o.frames
	o.frames = nil
	return frames, o.end
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

package ws

import "sync"

// outbox is what a conn still has to be sent, in order. A flush writes what the far end takes at
// once; what is left over costs a goroutine, for as long as it takes.
type outbox struct {
	socket  socket
	limit   int // bytes that may be owed
	metrics *metrics
	over    chan struct{} // closed when nothing will be written any more

	mu      sync.Mutex
	queue   []posting
	space   [1]posting // of a queue of one, as most are
	begun   int        // bytes of queue[0] that have been written
	owed    int        // bytes of the queue that have not
	writing bool       // a goroutine writes
	flying  int        // postings at the head that a write is under way with
	end     *farewell  // what the last posting says, or would have said
	closed  bool       // over is closed
	onEmpty func()     // called when the queue is empty, then forgotten
}

// posting is a frame in an outbox.
type posting struct {
	frame
	relayed bool // forget may drop it
}

func newOutbox(s socket, limit int, m *metrics) *outbox {
	return &outbox{socket: s, limit: limit, metrics: m, over: make(chan struct{})}
}

// put queues a frame, and reports false if the conn owes too much already. The frame that goes over
// the limit is still taken, however long it is: a large Doc must get through.
func (o *outbox) put(f frame, relayed bool) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.end != nil {
		return true // it is going anyway
	}
	if o.owed > o.limit {
		return false
	}
	o.add(posting{f, relayed})
	return true
}

// add queues a posting. mu is held.
func (o *outbox) add(p posting) {
	o.queue = append(o.queue, p)
	o.owe(len(p.frame))
}

// owe adds to what is owed. mu is held.
func (o *outbox) owe(bytes int) {
	o.owed += bytes
	o.metrics.owed.Add(float64(bytes))
}

// flush has what is queued written.
func (o *outbox) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.write()
}

// backlog is how many bytes have been queued and not written.
func (o *outbox) backlog() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.owed
}

// finish ends the conn once what is queued has been written. The first farewell counts.
func (o *outbox) finish(bye farewell) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.end == nil {
		o.end = &bye
		o.add(posting{frame: newClose(bye.code, bye.reason)})
	}
	o.write()
}

// abandon ends the conn without what is queued.
func (o *outbox) abandon(bye farewell) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.end == nil {
		o.drop(func(posting) bool { return true })
		o.end = &bye
		o.add(posting{frame: newClose(bye.code, bye.reason)})
	}
	o.write()
}

// forget drops what was relayed and has not been begun, and has then called, once, when everything
// else is written.
func (o *outbox) forget(then func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.drop(func(p posting) bool { return p.relayed })
	o.onEmpty = then
	o.write()
}

// drop takes postings out of the queue that nobody has begun to write. mu is held.
func (o *outbox) drop(which func(posting) bool) {
	untouchable := o.flying
	if o.begun > 0 {
		untouchable = max(untouchable, 1)
	}
	kept := o.queue[:untouchable]
	for _, p := range o.queue[untouchable:] {
		if which(p) {
			o.owe(-len(p.frame))
		} else {
			kept = append(kept, p)
		}
	}
	clear(o.queue[len(kept):])
	o.queue = kept
}

// said returns the farewell with which the conn ended.
func (o *outbox) said() farewell {
	o.mu.Lock()
	defer o.mu.Unlock()
	return *o.end
}

// joints are buffers in which frames become one write. Most conns write nothing most of the time.
var joints = sync.Pool{New: func() any { return new([writeSize]byte) }}

// write writes until the queue is empty, the far end takes no more for now, or the socket fails;
// unless a goroutine does already. mu is held.
func (o *outbox) write() {
	if o.writing || o.closed {
		return
	}
	for len(o.queue) > 0 {
		if o.owed > writeSize || !o.step(false) {
			o.writing = true
			go o.writePatiently()
			return
		}
	}
	o.empty()
}

// writePatiently writes until the queue is empty or the socket fails, however long that takes.
func (o *outbox) writePatiently() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.queue) > 0 {
		o.step(true)
	}
	o.writing = false
	o.empty()
}

// step writes from the head of the queue as many postings as fit into one write. It reports false
// if the far end took less than that. mu is held, but for the time that a patient write takes.
func (o *outbox) step(patient bool) bool {
	b, joint := o.head()
	if joint != nil {
		defer joints.Put(joint)
	}
	var n int
	var err error
	if patient {
		o.mu.Unlock()
		n, err = o.socket.Write(b, true)
		o.mu.Lock()
	} else {
		n, err = o.socket.Write(b, false)
	}
	o.wrote(n)
	if err != nil {
		o.fail(lost(err))
	}
	return err != nil || n == len(b)
}

// head returns the bytes of the next write, and the joint they are in, if they are. mu is held.
func (o *outbox) head() (b []byte, joint *[writeSize]byte) {
	o.flying = 1
	first := o.queue[0].frame[o.begun:]
	if len(o.queue) == 1 || len(first)+len(o.queue[1].frame) > writeSize {
		return first[:min(len(first), writeSize)], nil
	}
	joint = joints.Get().(*[writeSize]byte)
	b = append(joint[:0], first...)
	for _, p := range o.queue[1:] {
		if len(b)+len(p.frame) > writeSize {
			break
		}
		b = append(b, p.frame...)
		o.flying++
	}
	return b, joint
}

// wrote takes n bytes off the head of the queue. mu is held.
func (o *outbox) wrote(n int) {
	o.metrics.bytesOut.Add(float64(n))
	o.flying = 0
	o.owe(-n)
	n += o.begun
	done := 0
	for done < len(o.queue) && n >= len(o.queue[done].frame) {
		n -= len(o.queue[done].frame)
		done++
	}
	o.begun = n
	clear(o.queue[:done])
	o.queue = o.queue[done:]
}

// fail ends the conn at once. mu is held.
func (o *outbox) fail(why farewell) {
	if o.end == nil {
		o.end = &why
	}
	clear(o.queue)
	o.queue, o.begun = nil, 0
	o.owe(-o.owed)
}

// empty is called when the queue is. mu is held.
func (o *outbox) empty() {
	o.queue = o.space[:0] // an idle conn keeps no more
	if o.end != nil {
		o.closed = true
		o.socket.Goodbye()
		close(o.over)
	}
	if then := o.onEmpty; then != nil {
		o.onEmpty = nil
		then()
	}
}

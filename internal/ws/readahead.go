package ws

import "sync"

// readAhead reads from a wire a little more than it is asked for, as bufio.Reader does. It has a buffer only
// while something is unread: a client that says nothing, as most do, costs none.
type readAhead struct {
	wire   *wire
	buffer *readBuffer // nil when nothing is unread
	unread []byte      // of buffer
}

// readBuffer holds most messages.
type readBuffer [1 << 10]byte

var readBuffers = sync.Pool{New: func() any { return new(readBuffer) }}

// Peek returns the next n bytes, which stay unread. They may be overwritten once they are read. n is less
// than half of a readBuffer.
func (r *readAhead) Peek(n int) ([]byte, error) {
	for len(r.unread) < n {
		if err := r.fill(); err != nil {
			return nil, err
		}
	}
	return r.unread[:n], nil
}

// fill waits for more.
func (r *readAhead) fill() (err error) {
	n, kept := 0, 0
	if r.buffer == nil {
		r.buffer, n, err = r.wire.readLent()
	} else {
		kept = copy(r.buffer[:], r.unread)
		n, err = r.wire.Read(r.buffer[kept:])
	}
	if r.buffer != nil {
		r.unread = r.buffer[:kept+n]
	}
	return err
}

// Discard skips n bytes that Peek has returned.
func (r *readAhead) Discard(n int) {
	if r.unread = r.unread[n:]; len(r.unread) == 0 && r.buffer != nil {
		readBuffers.Put(r.buffer)
		r.buffer = nil
	}
}

// Read implements io.Reader.
func (r *readAhead) Read(b []byte) (int, error) {
	if len(r.unread) == 0 {
		return r.wire.Read(b)
	}
	n := copy(b, r.unread)
	r.Discard(n)
	return n, nil
}

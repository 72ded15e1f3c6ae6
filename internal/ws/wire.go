package ws

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	silence      = 75 * time.Second // without one byte, not even a pong: the far end is gone
	stall        = 30 * time.Second // without one byte taken off us: the same
	closingGrace = time.Second      // for the answer to a goodbye
	writeSize    = 64 << 10         // bytes handed to the kernel at once
)

// deadlineStep is how old a deadline may be before it is moved: that takes a timer.
const deadlineStep = 5 * time.Second

// wire is a client's connection: deadlines for reads, and writes that need not wait.
type wire struct {
	conn  net.Conn
	raw   syscall.RawConn // of conn; nil if it has none, as in tests, or socketsNeverBlock is false
	early []byte          // read by net/http before the handshake was answered

	mu      sync.Mutex
	moved   time.Time // when the deadline of reads was set
	most    time.Time // what the deadline may not exceed; zero: anything
	leaving bool      // the deadline is for the answer to a goodbye

	// Owned by the writer.
	rest    []byte // to be written
	patient bool   // rest waits for the far end
	err     error
	try     func(fd uintptr) bool // writes rest; kept, for making it allocates

	// Owned by the reader.
	space   []byte      // to be read into; nil: into lent
	lent    *readBuffer // borrowed when there was something to read
	read    int         // bytes of it that were
	readErr error
	tryIn   func(fd uintptr) bool // reads into space; kept as try is
}

func newWire(conn net.Conn, early []byte) *wire {
	w := &wire{conn: conn, early: early}
	if c, ok := conn.(syscall.Conn); ok && socketsNeverBlock {
		if raw, err := c.SyscallConn(); err == nil {
			w.raw, w.try, w.tryIn = raw, w.tryWrite, w.tryRead
		}
	}
	return w
}

// Read fails if nothing comes for silence. It is what frames are read from.
func (w *wire) Read(b []byte) (int, error) {
	if len(w.early) > 0 {
		n := copy(b, w.early)
		w.early = w.early[n:]
		return n, nil
	}
	if err := w.await(time.Now()); err != nil {
		return 0, err
	}
	if w.raw == nil {
		return w.conn.Read(b)
	}
	return w.receive(b)
}

// readLent is Read into a buffer that is borrowed when something comes. Nil: there is an error.
func (w *wire) readLent() (b *readBuffer, n int, err error) {
	if len(w.early) > 0 || w.raw == nil {
		b = readBuffers.Get().(*readBuffer)
		n, err = w.Read(b[:])
	} else if err = w.await(time.Now()); err == nil {
		n, err = w.receive(nil)
		b, w.lent = w.lent, nil
	}
	if err != nil && b != nil {
		readBuffers.Put(b)
		b = nil
	}
	return b, n, err
}

// receive waits until something is there to be read into space, or into lent if that is nil.
func (w *wire) receive(space []byte) (n int, err error) {
	w.space, w.read, w.readErr = space, 0, nil
	err = w.raw.Read(w.tryIn)
	w.space = nil
	if err = errors.Join(err, w.readErr); err == nil && w.read == 0 {
		err = io.EOF
	}
	return w.read, err
}

// tryRead reads what has come in on fd. It reports whether it is done: if not, it is called again when
// something comes.
func (w *wire) tryRead(fd uintptr) bool {
	space := w.space
	if space == nil {
		w.lent = readBuffers.Get().(*readBuffer)
		space = w.lent[:]
	}
	for {
		n, err := readSocket(fd, space)
		switch err {
		case nil:
			w.read = n
			return true
		case syscall.EINTR:
		case syscall.EAGAIN:
			if w.lent != nil {
				readBuffers.Put(w.lent)
				w.lent = nil
			}
			return false
		default:
			w.readErr = os.NewSyscallError("read", err)
			return true
		}
	}
}

// await moves the deadline of reads on, unless it stands for something.
func (w *wire) await(now time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.leaving || now.Sub(w.moved) < deadlineStep {
		return nil
	}
	w.moved = now
	deadline := now.Add(silence)
	if !w.most.IsZero() && w.most.Before(deadline) {
		deadline = w.most
	}
	return w.conn.SetReadDeadline(deadline)
}

// within makes reads fail after d, however much comes; 0 lifts that again.
func (w *wire) within(d time.Duration) error {
	w.mu.Lock()
	w.most, w.moved = time.Time{}, time.Time{}
	now := time.Now()
	if d > 0 {
		w.most = now.Add(d)
	}
	w.mu.Unlock()
	return w.await(now)
}

// Write implements socket.
func (w *wire) Write(b []byte, wait bool) (n int, err error) {
	if w.raw == nil && !wait {
		return 0, nil
	}
	if wait {
		if err := w.conn.SetWriteDeadline(time.Now().Add(stall)); err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, w.conn.SetWriteDeadline(time.Time{})) }()
	}
	if w.raw == nil {
		n, err := w.conn.Write(b[:min(len(b), writeSize)])
		if n > 0 && errors.Is(err, os.ErrDeadlineExceeded) {
			err = nil
		}
		return n, err
	}
	w.rest, w.patient, w.err = b, wait, nil
	err = w.raw.Write(w.try)
	n = len(b) - len(w.rest)
	w.rest = nil
	return n, errors.Join(err, w.err)
}

// tryWrite writes rest to fd as far as that goes. It reports whether it is done: if not, it is
// called again when the far end takes more.
func (w *wire) tryWrite(fd uintptr) bool {
	for len(w.rest) > 0 {
		n, err := writeSocket(fd, w.rest)
		switch err {
		case nil:
			w.rest = w.rest[n:]
			return true
		case syscall.EINTR:
		case syscall.EAGAIN:
			return !w.patient
		default:
			w.err = os.NewSyscallError("write", err)
			return true
		}
	}
	return true
}

// Goodbye implements socket.
func (w *wire) Goodbye() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.leaving {
		return
	}
	w.leaving = true
	w.conn.SetReadDeadline(time.Now().Add(closingGrace)) // fails if the connection has
	if half, ok := w.conn.(interface{ CloseWrite() error }); ok {
		half.CloseWrite() // the same
	}
}

// Close implements socket. It reads to the end before it closes: a connection that is closed with
// bytes unread is reset, and the goodbye on its way is lost.
func (w *wire) Close() {
	w.Goodbye()
	io.Copy(io.Discard, w.conn) // ends at the deadline
	w.conn.Close()              // nobody is left to tell
}

// hijacker keeps a connection that is taken over from net/http, and gives the library one that is
// none: all that the library would do with it after the handshake is to close it.
type hijacker struct {
	http.ResponseWriter
	wire *wire
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	if err := rw.Flush(); err != nil {
		conn.Close()
		return nil, nil, err
	}
	early, err := rw.Peek(rw.Reader.Buffered())
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	h.wire = newWire(conn, append([]byte(nil), early...))
	const unused = 16
	none := inert{}
	return none, bufio.NewReadWriter(bufio.NewReaderSize(none, unused), bufio.NewWriterSize(none, unused)), nil
}

// inert is a connection to nobody.
type inert struct{ net.Conn }

func (inert) Read([]byte) (int, error)  { return 0, io.EOF }
func (inert) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
func (inert) Close() error              { return nil }

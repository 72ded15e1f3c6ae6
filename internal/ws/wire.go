package ws

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

const (
	bytesPerSecond = 256 << 10                     // what one client may send for long
	bytesAtOnce    = messageLimit + bytesPerSecond // and in a burst
	silence        = 75 * time.Second              // without one byte, not even a pong: the far end is gone
	stall          = 30 * time.Second              // without one byte taken off us: the same
	writeSize      = 64 << 10                      // bytes handed to the kernel at once
)

// wire is the connection beneath the websocket library. It prices what comes in and keeps writes
// whole: the library's control frames, one Write each, fall between data frames and never inside.
type wire struct {
	net.Conn

	// Owned by the reader.
	early []byte // read by net/http before the handshake was answered
	meter meter
	rate  *rate

	mu sync.Mutex // held during a Write
}

func (w *wire) Read(b []byte) (int, error) {
	n := copy(b, w.early)
	w.early = w.early[n:]
	if n == 0 {
		if err := w.SetReadDeadline(time.Now().Add(silence)); err != nil {
			return 0, err
		}
		var err error
		if n, err = w.Conn.Read(b); err != nil {
			return n, err
		}
	}
	if !w.rate.spend(w.meter.price(b[:n]), time.Now()) {
		return 0, errTooFast
	}
	return n, nil
}

// Write sends b whole. However slow the far end is, it is given time as long as it takes something.
func (w *wire) Write(b []byte) (written int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for written < len(b) {
		if err := w.SetWriteDeadline(time.Now().Add(stall)); err != nil {
			return written, err
		}
		n, err := w.Conn.Write(b[written:min(written+writeSize, len(b))])
		written += n
		if err != nil && (n == 0 || !errors.Is(err, os.ErrDeadlineExceeded)) {
			return written, err
		}
	}
	return written, nil
}

// Close lets the far end read to the end before it closes: a connection that is closed with bytes
// unread is reset, and the goodbye on its way is lost.
func (w *wire) Close() error {
	if half, ok := w.Conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		deadline := time.Now().Add(closingGrace)
		for w.SetReadDeadline(deadline) == nil {
			if n, err := io.CopyN(io.Discard, w.Conn, writeSize); n == 0 || err != nil {
				break
			}
		}
	}
	return w.Conn.Close()
}

// hijacker gives the library a wire in place of the connection, and smaller buffers than net/http
// does: a conn is idle nearly always.
type hijacker struct {
	http.ResponseWriter
	wire *wire
}

const (
	readBuffer  = 512
	writeBuffer = 256 // a control frame fits
)

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
	h.wire = &wire{
		Conn:  conn,
		early: append([]byte(nil), early...),
		rate:  newRate(bytesPerSecond, bytesAtOnce, time.Now()),
	}
	return h.wire, bufio.NewReadWriter(bufio.NewReaderSize(h.wire, readBuffer), bufio.NewWriterSize(h.wire, writeBuffer)), nil
}

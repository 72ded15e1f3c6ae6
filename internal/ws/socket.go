package ws

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"nhooyr.io/websocket"
)

// subprotocol is what a client asks for to get messages 100 to 104.
const subprotocol = "grimoire.v1"

// socket is the far end of a conn. One goroutine reads, another one writes and closes.
type socket interface {
	// Read returns the next message, whose bytes are the caller's, or an error: errTooFast,
	// errTooBig, errText, or any other when the far end has gone.
	Read() ([]byte, error)
	// Write sends the frames in order, in as few writes as it can. It fails if the far end takes
	// nothing for a while, or has gone.
	Write(frames []frame) error
	// Close says goodbye and ends Read and Write. It takes a second at most.
	Close(bye farewell)
}

var (
	errTooFast = errors.New("more bytes than the budget allows")
	errTooBig  = errors.New("message is longer than the limit")
	errText    = errors.New("not a binary message")
)

// messageLimit bounds one message: a long offline edit, a large paste.
const messageLimit = 4 << 20

// closingGrace is how long the far end has to answer a goodbye.
const closingGrace = time.Second

// webSocket is the socket of a real client. Handshake, reading, pongs and the closing handshake
// are the library's. Data frames come encoded and go straight to the wire beneath it, which costs
// a third of a write through the library.
type webSocket struct {
	conn *websocket.Conn
	wire *wire
}

// accept answers the handshake and reports whether the client speaks grimoire.v1. Origin and
// session have been looked at before.
func accept(w http.ResponseWriter, r *http.Request) (s *webSocket, grimoire bool, err error) {
	h := &hijacker{ResponseWriter: w}
	conn, err := websocket.Accept(h, r, &websocket.AcceptOptions{
		Subprotocols:       []string{subprotocol},
		InsecureSkipVerify: true, // Options.AllowOrigin is stricter, and has been asked
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		return nil, false, err
	}
	conn.SetReadLimit(-1) // Read has its own, to be able to say so
	return &webSocket{conn: conn, wire: h.wire}, conn.Subprotocol() == subprotocol, nil
}

// inputs are buffers in which messages arrive. Most are short, and live as long as their row needs
// to reach the disk: they get no more room than they need.
var inputs = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (s *webSocket) Read() ([]byte, error) {
	kind, r, err := s.conn.Reader(context.Background())
	if err != nil {
		return nil, err
	}
	if kind != websocket.MessageBinary {
		return nil, errText
	}
	b := inputs.Get().(*bytes.Buffer)
	b.Reset()
	if _, err := b.ReadFrom(io.LimitReader(r, messageLimit+1)); err != nil {
		return nil, err
	}
	if b.Len() > messageLimit {
		return nil, errTooBig
	}
	message := bytes.Clone(b.Bytes())
	if b.Cap() <= writeSize {
		inputs.Put(b)
	}
	return message, nil
}

// joints are buffers in which frames become one write. Most conns write nothing most of the time.
var joints = sync.Pool{New: func() any { return new([writeSize]byte) }}

func (s *webSocket) Write(frames []frame) error {
	if len(frames) == 1 {
		_, err := s.wire.Write(frames[0])
		return err
	}
	joint := joints.Get().(*[writeSize]byte)
	defer joints.Put(joint)
	joined := joint[:0]
	for _, f := range frames {
		if len(joined)+len(f) > writeSize {
			if _, err := s.wire.Write(joined); err != nil {
				return err
			}
			joined = joint[:0]
		}
		if len(f) > writeSize {
			if _, err := s.wire.Write(f); err != nil {
				return err
			}
			continue
		}
		joined = append(joined, f...)
	}
	_, err := s.wire.Write(joined)
	return err
}

func (s *webSocket) Close(bye farewell) {
	// The library would wait five seconds for the answer of a silent peer.
	end := time.AfterFunc(closingGrace, func() { s.wire.Conn.Close() })
	defer end.Stop()
	s.conn.Close(websocket.StatusCode(bye.code), bye.reason) // it is gone either way
}

package ws

import (
	"net/http"
	"time"

	"nhooyr.io/websocket"
)

// subprotocol is what a client asks for to get messages 100 to 104.
const subprotocol = "grimoire.v1"

// socket is the far end of a conn. One goroutine reads and closes; one at a time writes.
type socket interface {
	// Read returns the next message, whose bytes are the caller's, or an error: errTooFast,
	// errTooBig, errText, errFraming, errCrowded, or any other when the far end has gone. Answers
	// to pings are handed to reply.
	Read(reply func(frame)) ([]byte, error)
	// Write sends as much of b as the far end takes at once, which may be nothing, and returns how
	// many bytes that were. With wait it returns when there was some progress, or fails after stall.
	Write(b []byte, wait bool) (int, error)
	// Goodbye says that the last byte has been written. The far end has closingGrace to answer, then
	// Read fails.
	Goodbye()
	// Close waits for that answer and closes.
	Close()
}

// webSocket is the socket of a real client. The library shakes hands. Frames are read and written
// here (incoming.go, wire.go), because its Conn costs another goroutine for each client, half of
// all the memory of an idle one, and two hand-overs between goroutines for each frame.
type webSocket struct {
	*wire
	in        readAhead
	rate      rate // of bytes
	frames    rate
	receiving *budget // of all clients, for what long messages hold while they come in
}

func newWebSocket(w *wire, receiving *budget) *webSocket {
	return &webSocket{
		wire:      w,
		in:        readAhead{wire: w},
		rate:      newRate(bytesPerSecond, bytesAtOnce, time.Now()),
		frames:    newRate(framesPerSecond, framesAtOnce, time.Now()),
		receiving: receiving,
	}
}

// accept answers the handshake and reports whether the client speaks grimoire.v1. Origin and
// session have been looked at before.
func accept(w http.ResponseWriter, r *http.Request, receiving *budget) (s *webSocket, grimoire bool, err error) {
	h := &hijacker{ResponseWriter: w}
	shaken, err := websocket.Accept(h, r, &websocket.AcceptOptions{
		Subprotocols:       []string{subprotocol},
		InsecureSkipVerify: true, // Options.AllowOrigin is stricter, and has been asked
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		return nil, false, err
	}
	grimoire = shaken.Subprotocol() == subprotocol
	shaken.CloseNow() // what it holds is no connection: nothing to fail
	return newWebSocket(h.wire, receiving), grimoire, nil
}

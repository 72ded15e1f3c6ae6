package ws

import (
	"encoding/binary"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"grimoire/internal/crdt/protocol"
)

// memorySocket is a socket without a network. What the hub writes is decoded and kept.
type memorySocket struct {
	in     chan []byte
	closed chan struct{}

	mu       sync.Mutex
	stalled  chan struct{} // not nil: the far end reads nothing until it is closed
	partial  []byte        // of a frame
	received []protocol.Message
	bye      *farewell
	arrived  chan struct{} // holds one token when something was received
}

func newMemorySocket() *memorySocket {
	return &memorySocket{in: make(chan []byte), closed: make(chan struct{}), arrived: make(chan struct{}, 1)}
}

func (s *memorySocket) Read(func(frame)) ([]byte, error) {
	select {
	case b := <-s.in:
		if len(b) > messageLimit {
			return nil, errTooBig
		}
		return b, nil
	case <-s.closed:
		return nil, io.EOF
	}
}

func (s *memorySocket) Write(b []byte, wait bool) (int, error) {
	s.mu.Lock()
	stalled := s.stalled
	s.mu.Unlock()
	if stalled != nil {
		if !wait {
			return 0, nil
		}
		select {
		case <-stalled:
		case <-s.closed:
		case <-time.After(stall):
			return 0, os.ErrDeadlineExceeded
		}
	}
	select {
	case <-s.closed:
		return 0, io.ErrClosedPipe
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.partial = append(s.partial, b...)
	for {
		opcode, payload, rest, ok := cut(s.partial)
		if !ok {
			break
		}
		s.partial = rest
		switch opcode {
		case opBinary:
			m, err := protocol.Decode(payload)
			if err != nil {
				return 0, err
			}
			s.received = append(s.received, m)
		case opClose:
			s.bye = saidBye(payload)
		}
	}
	signal(s.arrived)
	return len(b), nil
}

// saidBye finds the farewell that a close frame says.
func saidBye(payload []byte) *farewell {
	for _, bye := range append(slices.Clone(farewells), byeTooFast.to(false)) {
		if int(binary.BigEndian.Uint16(payload)) == bye.code && string(payload[2:]) == bye.reason {
			return &bye
		}
	}
	return &farewell{code: -1}
}

func (s *memorySocket) Goodbye() { s.hangUp() }

func (s *memorySocket) Close() { s.hangUp() }

// hangUp ends the socket as a cut cable does.
func (s *memorySocket) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.closed:
	default:
		close(s.closed)
	}
}

// stall makes the far end read nothing until the returned function is called.
func (s *memorySocket) stall() (resume func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	stalled := make(chan struct{})
	s.stalled = stalled
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.stalled = nil
		close(stalled)
	}
}

func (s *memorySocket) take() []protocol.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.received
	s.received = nil
	return all
}

func (s *memorySocket) farewell() *farewell {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bye
}

// cut takes the first frame off b, if it is whole.
func cut(b []byte) (opcode byte, payload, rest []byte, ok bool) {
	if len(b) < 2 {
		return 0, nil, b, false
	}
	size, length := 2, uint64(b[1])
	switch {
	case length == 126 && len(b) >= 4:
		size, length = 4, uint64(binary.BigEndian.Uint16(b[2:]))
	case length == 127 && len(b) >= 10:
		size, length = 10, binary.BigEndian.Uint64(b[2:])
	case length >= 126:
		return 0, nil, b, false
	}
	if uint64(len(b)-size) < length {
		return 0, nil, b, false
	}
	end := size + int(length)
	return b[0] & opcodeBits, b[size:end], b[end:], true
}

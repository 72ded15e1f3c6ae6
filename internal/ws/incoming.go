package ws

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"time"
)

const (
	// messageLimit bounds one message: a long offline edit, a large paste.
	messageLimit = 4 << 20
	// messageTime is how long a long message may take from its first byte to its last.
	messageTime = 2 * time.Minute
	// readStep is how much of a message is read at once: memory is taken for what has come, not for
	// what a header announces. Beyond shortMessage it is counted, and must be whole in time.
	readStep     = 64 << 10
	shortMessage = 4 << 10

	bytesPerSecond = 256 << 10                     // what one client may send for long
	bytesAtOnce    = messageLimit + bytesPerSecond // and in a burst

	// However short a frame is, it is as much work as any, and its room is at it while everybody waits.
	framesPerSecond = 4096                // that one client may send for long
	framesAtOnce    = 4 * framesPerSecond // and in a burst
)

var (
	errTooFast = errors.New("more bytes or frames than the budget allows")
	errTooBig  = errors.New("message is longer than the limit")
	errText    = errors.New("not a binary message")
	errFraming = errors.New("not a frame as RFC 6455 has it")
	errCrowded = errors.New("too many long messages at once")
	errGone    = errors.New("the far end has said goodbye")
)

// Opcodes and bits of a frame's first two bytes (RFC 6455, 5.2).
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA

	finalBit   = 0x80
	opcodeBits = 0x0F
	maskedBit  = 0x80

	maskSize     = 4
	controlLimit = 125 // bytes in a control frame
)

// header is what a client's frame begins with.
type header struct {
	final  bool
	opcode byte
	length int // of the payload
	size   int // of the header itself
	mask   [maskSize]byte
}

// Read implements socket.
func (s *webSocket) Read(reply func(frame)) (message []byte, err error) {
	held := 0
	defer func() { s.receiving.give(held) }()
	for started := false; ; {
		h, err := s.header()
		if err != nil {
			return nil, err
		}
		if !s.spend(h.size) || !s.frames.spend(1, time.Now()) {
			return nil, errTooFast
		}
		switch {
		case h.opcode >= opClose:
			if err := s.control(h, reply); err != nil {
				return nil, err
			}
			continue
		case h.opcode == opText:
			return nil, errText
		case started != (h.opcode == opContinuation):
			return nil, errFraming
		case h.length > messageLimit-len(message):
			return nil, errTooBig
		}
		started = true
		if message, err = s.payload(message, h, &held); err != nil {
			return nil, err
		}
		if h.final {
			if held > 0 {
				return message, s.within(0)
			}
			return message, nil
		}
	}
}

// spend takes n bytes of what the client may send.
func (s *webSocket) spend(n int) bool { return s.rate.spend(n, time.Now()) }

// header reads the next frame's.
func (s *webSocket) header() (h header, err error) {
	b, err := s.in.Peek(2)
	if err != nil {
		return h, err
	}
	h.final, h.opcode = b[0]&finalBit != 0, b[0]&opcodeBits
	const known = 1<<opContinuation | 1<<opText | 1<<opBinary | 1<<opClose | 1<<opPing | 1<<opPong
	if reserved := b[0] &^ (finalBit | opcodeBits); reserved != 0 || known&(1<<h.opcode) == 0 || b[1]&maskedBit == 0 {
		return h, errFraming
	}
	h.length = int(b[1] &^ maskedBit)
	lengthSize := 0
	switch h.length {
	case 126:
		lengthSize = 2
	case 127:
		lengthSize = 8
	}
	h.size = 2 + lengthSize + maskSize
	if b, err = s.in.Peek(h.size); err != nil {
		return h, err
	}
	switch lengthSize {
	case 2:
		h.length = int(binary.BigEndian.Uint16(b[2:]))
	case 8:
		length := binary.BigEndian.Uint64(b[2:])
		h.length = int(min(length, messageLimit+1)) // which is too much whatever it was
	}
	copy(h.mask[:], b[2+lengthSize:])
	s.in.Discard(h.size)
	return h, nil
}

// control does what a control frame asks for.
func (s *webSocket) control(h header, reply func(frame)) error {
	if h.length > controlLimit || !h.final {
		return errFraming
	}
	if !s.spend(h.length) {
		return errTooFast
	}
	payload, err := s.in.Peek(h.length)
	if err != nil {
		return err
	}
	switch h.opcode {
	case opClose:
		return errGone
	case opPing:
		pong := newControl(opPong, payload)
		unmask(pong[len(pong)-h.length:], h.mask, 0)
		reply(pong)
	}
	s.in.Discard(h.length)
	return nil
}

// payload appends that of a frame to a message, and adds what it took of receiving to held.
func (s *webSocket) payload(message []byte, h header, held *int) ([]byte, error) {
	for read := 0; read < h.length; {
		n := min(h.length-read, readStep)
		if len(message)+n > shortMessage {
			if *held == 0 {
				if err := s.within(messageTime); err != nil {
					return nil, err
				}
			}
			if !s.receiving.take(n) {
				return nil, errCrowded
			}
			*held += n
		}
		end := len(message)
		if end == 0 && n == h.length {
			message = make([]byte, n) // as most are: short, and kept until they are on disk
		} else {
			message = slices.Grow(message, n)[:end+n]
		}
		if _, err := io.ReadFull(&s.in, message[end:]); err != nil {
			return nil, err
		}
		if !s.spend(n) {
			return nil, errTooFast
		}
		unmask(message[end:], h.mask, read)
		read += n
	}
	return message, nil
}

// unmask undoes the masking of a piece of a payload that begins at offset.
func unmask(b []byte, mask [maskSize]byte, offset int) {
	var key [8]byte
	for i := range key {
		key[i] = mask[(offset+i)%maskSize]
	}
	word := binary.LittleEndian.Uint64(key[:])
	for len(b) >= len(key) {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^word)
		b = b[len(key):]
	}
	for i := range b {
		b[i] ^= key[i]
	}
}

package ws

import (
	"encoding/binary"

	"grimoire/internal/crdt/protocol"
)

// A frame is one websocket frame as it goes over the wire, header and all. It is built once and
// shared by every conn that gets it: nobody may change its bytes.
type frame []byte

// maxHeader is the longest header of an unmasked websocket frame.
const maxHeader = 10

// First bytes of a frame that is not continued (RFC 6455, 5.2).
const (
	finalBinary = 0x82
	finalPing   = 0x89
)

// ping asks the other side's websocket library for a sign of life.
var ping = frame{finalPing, 0}

// newFrame encodes a message behind the header that its length asks for.
func newFrame(m protocol.Message) frame {
	b := protocol.Append(make([]byte, maxHeader, maxHeader+64), m)
	switch n := len(b) - maxHeader; {
	case n < 126:
		b = b[maxHeader-2:]
		b[1] = byte(n)
	case n < 1<<16:
		b = b[maxHeader-4:]
		b[1] = 126
		binary.BigEndian.PutUint16(b[2:], uint16(n))
	default:
		b = b[maxHeader-10:]
		b[1] = 127
		binary.BigEndian.PutUint64(b[2:], uint64(n))
	}
	b[0] = finalBinary
	return b
}

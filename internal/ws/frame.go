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

// ping asks the other side's websocket library for a sign of life.
var ping = newControl(opPing, nil)

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
	b[0] = finalBit | opBinary
	return b
}

// newControl encodes a control frame, which is short.
func newControl(opcode byte, payload []byte) frame {
	return append(frame{finalBit | opcode, byte(len(payload))}, payload...)
}

// newClose encodes a goodbye.
func newClose(code int, reason string) frame {
	return newControl(opClose, append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...))
}

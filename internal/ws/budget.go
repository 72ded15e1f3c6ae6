package ws

import (
	"encoding/binary"
	"time"
)

// rate is a token bucket.
type rate struct {
	perSecond float64
	most      float64 // tokens it can hold

	tokens float64
	at     time.Time // when tokens was right
}

// newRate returns a full bucket.
func newRate(perSecond, most int, now time.Time) *rate {
	return &rate{perSecond: float64(perSecond), most: float64(most), tokens: float64(most), at: now}
}

// spend takes n tokens and reports whether there were as many.
func (r *rate) spend(n int, now time.Time) bool {
	r.tokens = min(r.most, r.tokens+now.Sub(r.at).Seconds()*r.perSecond)
	r.at = now
	r.tokens -= float64(n)
	return r.tokens >= 0
}

// frameCost is what a frame costs at least, however short it is: an empty fragment is six bytes
// to send and as much work to read as any.
const frameCost = 64

// meter prices the bytes of a websocket as they come in. The library hides empty fragments and
// pings from its caller, so the meter walks over the frame headers itself and counts each frame
// as its bytes, or frameCost if it is shorter.
type meter struct {
	header  [maxHeader + 4]byte // what is known of the header being read, with its mask
	have    int
	payload uint64 // bytes of the current frame's payload still to come
}

// price returns what the next bytes of the stream cost.
func (m *meter) price(b []byte) (cost int) {
	cost = len(b)
	for len(b) > 0 {
		if m.payload > 0 {
			n := min(m.payload, uint64(len(b)))
			m.payload -= n
			b = b[n:]
			continue
		}
		m.header[m.have] = b[0]
		m.have++
		b = b[1:]
		if length, ok := m.length(); ok {
			if total := uint64(m.have) + length; total < frameCost {
				cost += int(frameCost - total)
			}
			m.payload, m.have = length, 0
		}
	}
	return cost
}

// length returns the payload's length once the header is complete (RFC 6455, 5.2).
func (m *meter) length() (uint64, bool) {
	const (
		masked   = 0x80
		maskSize = 4
	)
	if m.have < 2 {
		return 0, false
	}
	size := 2
	if m.header[1]&masked != 0 {
		size += maskSize
	}
	short := m.header[1] &^ masked
	switch short {
	case 126:
		size += 2
	case 127:
		size += 8
	}
	if m.have < size {
		return 0, false
	}
	switch short {
	case 126:
		return uint64(binary.BigEndian.Uint16(m.header[2:])), true
	case 127:
		return binary.BigEndian.Uint64(m.header[2:]), true
	default:
		return uint64(short), true
	}
}

package ws

import (
	"bytes"
	"testing"
	"time"

	"grimoire/internal/crdt/protocol"
)

func TestRate_SpendsABurstAndThenWhatComesIn(t *testing.T) {
	start := time.Unix(1_000_000, 0)
	r := newRate(100, 1000, start)
	for _, step := range []struct {
		after time.Duration
		spend int
		want  bool
	}{
		{0, 1000, true},
		{0, 1, false},
		{time.Second, 99, true},
		{time.Second, 102, false},
		{0, 101, true},
		{time.Hour, 1000, true}, // it holds no more than a burst
		{0, 1, false},
	} {
		start = start.Add(step.after)
		if got := r.spend(step.spend, start); got != step.want {
			t.Errorf("%d after %v: %v", step.spend, step.after, got)
		}
	}
}

func TestRate_IsFullWhenNothingIsMissing(t *testing.T) {
	start := time.Unix(1_000_000, 0)
	r := newRate(100, 1000, start)
	expect(t, "at first", r.full(start), true)
	r.spend(200, start)
	expect(t, "too soon", r.full(start.Add(time.Second)), false)
	expect(t, "in time", r.full(start.Add(2*time.Second)), true)
}

// masked returns a frame as a client sends it, with a header of the given form.
func masked(length int) []byte {
	const maskBit = 0x80
	mask := []byte{1, 2, 3, 4}
	var header []byte
	switch {
	case length < 126:
		header = []byte{finalBit | opBinary, maskBit | byte(length)}
	case length < 1<<16:
		header = []byte{finalBit | opBinary, maskBit | 126, byte(length >> 8), byte(length)}
	default:
		header = []byte{finalBit | opBinary, maskBit | 127, 0, 0, 0, 0, byte(length >> 24), byte(length >> 16), byte(length >> 8), byte(length)}
	}
	return append(append(header, mask...), make([]byte, length)...)
}

func TestNewFrame_FitsItsHeaderToItsLength(t *testing.T) {
	for _, length := range []int{0, 1, 120, 121, 122, 123, 124, 65_000, 65_531, 65_532, 65_536, 1 << 20} {
		update := bytes.Repeat([]byte{7}, length)
		f := newFrame(protocol.Update{Update: update})
		_, payload, rest, ok := cut(f)
		if !ok || len(rest) > 0 {
			t.Fatalf("%d bytes are no whole frame", length)
		}
		m, err := protocol.Decode(payload)
		if err != nil {
			t.Fatalf("%d bytes: %v", length, err)
		}
		if got := m.(protocol.Update).Update; !bytes.Equal(got, update) {
			t.Errorf("%d bytes came back as %d", length, len(got))
		}
		body := masked(len(payload))
		if header := len(body) - len(payload) - 4; len(f) != header+len(payload) || f[1] != body[1]&^0x80 {
			t.Errorf("%d bytes have the header %x", length, f[:header])
		}
	}
}

func TestBudget_GivesBackWhatItCouldNotTake(t *testing.T) {
	b := budget{most: 10}
	expect(t, "all of it", b.take(10), true)
	expect(t, "more", b.take(1), false)
	b.give(4)
	expect(t, "what was given back", b.take(4), true)
	expect(t, "used", b.used.Load(), 10)
}

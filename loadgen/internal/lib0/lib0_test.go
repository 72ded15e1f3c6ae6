package lib0

import (
	"bytes"
	"errors"
	"math"
	"testing"
)

func TestWhatIsAppendedIsReadBack(t *testing.T) {
	numbers := []uint64{0, 1, 127, 128, 1 << 32, math.MaxUint64}
	var b []byte
	for _, n := range numbers {
		b = AppendUint(b, n)
	}
	b = AppendBytes(AppendString(b, "größe"), []byte{0, 255})
	d := NewDecoder(b)
	for _, want := range numbers {
		if got := d.Uint(); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	}
	if text, raw := d.Bytes(), d.Bytes(); string(text) != "größe" || !bytes.Equal(raw, []byte{0, 255}) {
		t.Errorf("got %q and %v", text, raw)
	}
	if len(d.Rest()) != 0 || d.Err() != nil {
		t.Errorf("%d bytes are left, %v", len(d.Rest()), d.Err())
	}
}

func TestShortMessagesFailAndStayFailed(t *testing.T) {
	for name, b := range map[string][]byte{
		"empty":        {},
		"number":       {0x80},
		"endless":      bytes.Repeat([]byte{0x80}, 11),
		"bytes":        {3, 1, 2},
		"huge length":  {0xff, 0xff, 0xff, 0xff, 0x7f, 1},
		"second value": {1, 7, 9},
	} {
		d := NewDecoder(b)
		for range 2 {
			d.Bytes()
		}
		if !errors.Is(d.Err(), ErrShort) || d.Uint() != 0 || d.Byte() != 0 || d.Bytes() != nil {
			t.Errorf("%s: reading went on after %v", name, d.Err())
		}
	}
}

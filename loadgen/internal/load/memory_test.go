package load

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// pattern is n bytes that no shift repeats soon.
func pattern(n int, salt byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*i>>8) + byte(i) + salt
	}
	return b
}

func TestMemoryReturnsWhatCame(t *testing.T) {
	long := pattern(3*chunk+17, 0)
	changed := bytes.Clone(long)
	changed[2*chunk+5]++
	var m memory
	for name, frame := range map[string][]byte{
		"empty":     {},
		"short":     pattern(100, 1),
		"one chunk": long[:chunk],
		"long":      long,
		"the same":  bytes.Clone(long),
		"cut":       long[:2*chunk+1],
		"longer":    append(bytes.Clone(long), 7, 7, 7),
		"changed":   changed,
		"other":     pattern(2*chunk, 9),
	} {
		for range 3 {
			for _, r := range []io.Reader{
				bytes.NewReader(frame), iotest.DataErrReader(bytes.NewReader(frame)), iotest.HalfReader(bytes.NewReader(frame)),
			} {
				if got, err := m.read(nil, r); err != nil || !bytes.Equal(got, frame) {
					t.Errorf("%s: got %d bytes, %v, want %d", name, len(got), err, len(frame))
				}
			}
		}
	}
}

func TestMemorySharesWhatItKnows(t *testing.T) {
	var m memory
	frame := pattern(2*chunk, 0)
	if _, err := m.read(nil, bytes.NewReader(frame)); err != nil {
		t.Fatal(err)
	}
	got, err := m.read(make([]byte, 0, 512), bytes.NewReader(frame))
	if err != nil || &got[0] != &m.frames[0][0] {
		t.Errorf("a known frame was copied, %v", err)
	}
}

func TestMemoryPassesFailuresOn(t *testing.T) {
	broken := errors.New("broken")
	for _, n := range []int{0, 10, chunk, 2 * chunk} {
		var m memory
		r := io.MultiReader(bytes.NewReader(pattern(n, 0)), iotest.ErrReader(broken))
		if _, err := m.read(nil, r); !errors.Is(err, broken) {
			t.Errorf("after %d bytes: got %v", n, err)
		}
		if len(m.frames) > 0 {
			t.Errorf("after %d bytes: a part of a frame was remembered", n)
		}
	}
}

package yjs

import (
	"encoding/base64"
	"slices"
	"testing"
)

type span struct{ client, clock, length uint64 }

func spans(t *testing.T, update []byte) (all []span) {
	t.Helper()
	if err := Ranges(update, func(client, clock, length uint64) {
		all = append(all, span{client, clock, length})
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestInsertIsReadBack(t *testing.T) {
	for _, clock := range []uint64{0, 1, 127, 128, 1 << 20} {
		got := spans(t, AppendInsert(nil, DefaultRoot, 4_000_000_000, clock, "ab"))
		if want := []span{{4_000_000_000, clock, 2}}; !slices.Equal(got, want) {
			t.Errorf("clock %d: got %v, want %v", clock, got, want)
		}
	}
}

func TestEmptyUpdateHasNoRanges(t *testing.T) {
	if got := spans(t, EmptyUpdate); got != nil {
		t.Errorf("got %v", got)
	}
}

// everyKind was written by Yjs 13.6: a map with a value of each kind and a
// subdocument, a text with a split emoji, bold and an embed, an array with a
// deletion, an XML element and an XML text; 31 clocks of client 300.
const everyKind = "AR2sAgAhAQFtAW4BKAEBbQF1AX8oAQFtAWkBfUUoAQFtA2JpZwF7Qwxr9SY0AAAoAQFtAWYBfD/AAAAoAQFtAWQBez+5mZmZmZmaKAEBbQF0AXgoAQFtAXMB" +
	"dwFzKAEBbQFvAXYBAWF1A30BdwF4dgAjAQFtA2JpbgMBAgMoAQFtBmJpZ2ludAF6AAAAAAAAAAUpAQFtA3N1YgFndgCorAIAAX0BBAEBdAFhhKwCDQPvv72BrAIOAYSsAg8BYkasAg0EYm9sZAR0cnVlxqwCDqwC" +
	"DwRib2xkBG51bGzGrAINrAIOBGJvbGQEbnVsbMWsAhOsAg4JeyJpbWciOjF9xqwCFKwCDgRib2xkBHRydWUIAQFhAX0BgawCFgKIrAIYAXcEZm91cgcBAXgDAXAoAKwCGgFrAXcBdoesAhoGBACsAhwCaGkBrAIDAAEPARcC"

func TestEveryKindOfContent(t *testing.T) {
	update, err := base64.StdEncoding.DecodeString(everyKind)
	if err != nil {
		t.Fatal(err)
	}
	next := uint64(0)
	for _, s := range spans(t, update) {
		if s.client != 300 || s.clock != next {
			t.Fatalf("got %v, want clock %d of client 300", s, next)
		}
		next += s.length
	}
	if next != 31 {
		t.Errorf("got %d clocks, want 31", next)
	}
}

func TestTruncatedUpdateFails(t *testing.T) {
	update := AppendInsert(nil, DefaultRoot, 7, 3, "abc")
	for n := range len(update) - 2 { // the last byte is the empty delete set
		if err := Ranges(update[:n], func(_, _, _ uint64) {}); err == nil {
			t.Errorf("no error for the first %d bytes", n)
		}
	}
}

// Counts from the wire must not decide how long a reader is busy.
func TestHugeCountsFailAtOnce(t *testing.T) {
	const huge = "\xff\xff\xff\xff\xff\xff\xff\xff\x7f"
	for name, update := range map[string]string{
		"clients": huge,
		"structs": "\x01" + huge + "\x07\x00",
		"JSON":    "\x01\x01\x07\x00\x02\x01\x01t" + huge,
		"any":     "\x01\x01\x07\x00\x08\x01\x01t" + huge,
		"object":  "\x01\x01\x07\x00\x08\x01\x01t\x01\x76" + huge,
		"array":   "\x01\x01\x07\x00\x08\x01\x01t\x01\x75" + huge,
	} {
		if err := Ranges([]byte(update), func(_, _, _ uint64) {}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := DecodeStateVector([]byte(huge)); err == nil {
		t.Error("state vector: no error")
	}
}

func TestStateVector(t *testing.T) {
	got, err := DecodeStateVector([]byte{2, 5, 9, 0x80, 1, 3})
	if err != nil || len(got) != 2 || got[5] != 9 || got[128] != 3 {
		t.Errorf("got %v, %v", got, err)
	}
}

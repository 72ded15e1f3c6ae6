package crdt_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"grimoire/internal/crdt"
)

// Diff reads text in a short way of its own, unless a number before it was written longer than it needs to be: then
// it reads struct by struct. Both ways find the same, and in what is damaged the same fault at the same place.
func TestDiff_SkimsAsItReads(t *testing.T) {
	const seed, str, deleted, key, origin, right = 5, 4, 1, 32, 128, 64
	rng := rand.New(rand.NewPCG(seed, seed))
	room := make([]byte, 64) // enough behind what follows for the short way
	updates := [][]byte{
		uints(1, 3, 7, 0, str, 1, "r", "ab", byte(str|origin), 7, 1, "cd", byte(deleted|origin|right), 7, 3, 7, 0, 1<<27, 0, room),
		uints(1, 2, 7, 1<<53-4, str, 1, "r", "a", byte(str|origin), 7, 1, "ends above all clocks", 0, room),
		uints(1, 2, 7, 0, str, 1, "r", "ab", byte(str|origin), []byte{0x87, 0, 1}, "a client that is padded", 0, room),
		uints(1, 2, 7, 0, str, 1, "r", "ab", byte(str|origin), 7, []byte{0x81, 0}, "a clock that is padded", 0, room),
		uints(1, 2, 7, 0, str, 1, "r", "ab", byte(deleted|origin), 7, 1, []byte{0x81, 0}, 0, room),
		uints(1, 2, 7, 0, str, 1, "r", "ab", byte(str|origin|key), 7, 1, "a key that is not there", 0, room),
		uints(1, 2, 7, 0, str, 1, "r", "ab", byte(str|origin), 7, 1, []byte{2, 0xc3, 0x28}, 0, room),
		uints(1, 2, 7, 0, str, 1, "r", "ab", byte(str|origin), []byte{0x87, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1}, 1, "a client that is too high", 0, room),
		uints(1, 2, 7, 0, str, 1, "r", "ab", byte(str|origin), 8, 1<<40, "a clock of many bytes", 0, room),
		uints(1, 2, 7, 0, str, 1, "r", "ab", byte(str|origin|right), 8, 1<<40, 7, 1, "and another ID", 0, room),
		uints(2, 2, 7, 0, str, 1, "r", "ab", byte(str|origin), 7, 1, "cd", 1, 7, 4, byte(str|origin), 7, 3, "the same client again", 0, room),
	}
	made := len(updates)
	for i := range 4000 {
		update := together(rng, 1+i%3, 10)
		if i%4 != 0 {
			for range 1 + rng.IntN(2) {
				at := rng.IntN(len(update))
				update[at] = []byte{update[at] + 1, update[at] - 1, 0, 0x80, 0xff, byte(rng.Int())}[rng.IntN(6)]
			}
		}
		if i%5 != 0 {
			update = append(update, room...)
		}
		updates = append(updates, update)
	}
	diffs, faults := 0, 0
	for i, update := range updates {
		if update[0] >= 0x80 {
			continue // is long already
		}
		sv := crdt.StateVector{}
		for _, client := range []uint64{7, 10, 17, 24} {
			if i >= made && rng.IntN(3) > 0 {
				sv[client] = rng.Uint64N(30)
			}
		}
		long := append([]byte{update[0] | 0x80, 0}, update[1:]...)
		got, gotErr := crdt.Diff(update, sv.Encode())
		want, wantErr := crdt.Diff(long, sv.Encode())
		var gotFault, wantFault crdt.DecodeError
		if fault := (*crdt.DecodeError)(nil); errors.As(gotErr, &fault) {
			gotFault = *fault
		}
		if fault := (*crdt.DecodeError)(nil); errors.As(wantErr, &fault) {
			wantFault = *fault
			wantFault.Offset--
			faults++
		} else {
			diffs++
		}
		if gotFault != wantFault || !bytes.Equal(got, want) {
			t.Fatalf("seed %d, case %d: the difference of %x and %v is %x, %v; struct by struct it is %x, %v", seed, i, update, sv, got, gotErr, want, wantErr)
		}
	}
	plain := uints(1, 2, 7, 0, str, 1, "r", "ab", byte(str|origin), 7, 1, "cd", 0)
	long := uints(1, 2, []byte{0x87, 0}, 0, str, 1, "r", "ab", byte(str|origin), []byte{0x87, 0}, 1, "cd", 0)
	if got := must(crdt.Diff(append(long, room...), []byte{0})); !bytes.Equal(got, plain) {
		t.Errorf("what is written longer than it needs to be becomes %x, want %x", got, plain)
	}
	if diffs < 1000 || faults < 500 {
		t.Errorf("only %d differences and %d faults", diffs, faults)
	}
}

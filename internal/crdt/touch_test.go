package crdt

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Whether it pays to read ahead, benchmarks tell. Here it must be of the Items that
// placing reads, which are those that hold the origins, and change nothing.
func TestTouch_ReadsWhatPlacingWillRead(t *testing.T) {
	const seed = 5
	l := loader{doc: New(Options{ClientID: 1}), update: crowd(seed)}
	l.reader.open(l.update, v1)
	l.sections = int(l.reader.sections)
	if !l.read() || !l.locate() || !l.sort() {
		t.Fatal("an update of many clients is not loaded")
	}
	d := l.doc
	before := make([]item, l.slots)
	for slot := range before {
		before[slot] = *d.item(int32(slot))
	}
	read := 0
	for next := range slices.Chunk(l.order, ahead) {
		want := uint64(0)
		for _, slot := range next {
			it := before[slot]
			want += it.meta
			o := l.originsOf(slot, &it)
			for _, origin := range []struct {
				slot   int32
				client uint32
				clock  uint64
			}{{o.left, it.originClient, it.originClock}, {o.right, it.rightClient, it.rightClock}} {
				if origin.client == noClient {
					continue
				}
				holder := before[origin.slot]
				if holder.client != origin.client || origin.clock < holder.clock || origin.clock >= holder.end() {
					t.Fatalf("slot %d has an origin in slot %d, which does not hold it", slot, origin.slot)
				}
				want += holder.meta
				read++
			}
		}
		if l.touch(next); l.touched != want {
			t.Fatalf("slots %d were read ahead for %x, want %x", next, l.touched, want)
		}
	}
	if read < l.slots {
		t.Errorf("%d origins of %d Items", read, l.slots)
	}
	for slot := range before {
		if before[slot] != *d.item(int32(slot)) {
			t.Errorf("slot %d has changed", slot)
		}
	}
}

// crowd returns the state of a text at random places of which many clients wrote.
func crowd(seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, seed))
	d := New(Options{})
	text := d.Text("text")
	for range 3000 {
		d.SetClientID(10 + rng.Uint64N(50))
		d.Transact(nil, func(t *Transaction) { text.Insert(t, rng.IntN(text.Len()+1), "ab") })
	}
	return d.Encode(nil)
}

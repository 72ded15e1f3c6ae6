package crdttest

import (
	"runtime"
	"testing"

	"grimoire/internal/crdt"
)

// b4 replays automerge-paper, 259,778 keystrokes, and returns their updates and
// the state they end in. What a benchmark does not need it should not keep: a
// quarter of a million updates are work for the collector.
func b4(b *testing.B) (updates [][]byte, state []byte) {
	trace, err := ReadTrace("automerge-paper")
	if err != nil {
		b.Fatal(err)
	}
	updates, doc, err := trace.Replay()
	if err != nil {
		b.Fatal(err)
	}
	return updates, doc.Encode(nil)
}

func applyAll(b *testing.B, updates ...[]byte) *crdt.Doc {
	d := crdt.New(crdt.Options{ClientID: 99})
	for _, u := range updates {
		if err := d.Apply(u, nil); err != nil {
			b.Fatal(err)
		}
	}
	return d
}

func BenchmarkApplyB4(b *testing.B) {
	updates, _ := b4(b)
	b.ReportAllocs()
	for b.Loop() {
		applyAll(b, updates...)
	}
}

func BenchmarkLoadB4(b *testing.B) {
	_, state := b4(b)
	b.ReportAllocs()
	for b.Loop() {
		applyAll(b, state)
	}
}

func BenchmarkEncodeB4(b *testing.B) {
	_, state := b4(b)
	d := applyAll(b, state)
	b.ReportAllocs()
	for b.Loop() {
		d.Encode(nil)
	}
}

func BenchmarkDiffB4(b *testing.B) {
	_, state := b4(b)
	d := applyAll(b, state)
	sv := crdt.StateVector{1: d.StateVector()[1] / 2}
	b.ReportAllocs()
	for b.Loop() {
		d.Encode(sv)
	}
}

func BenchmarkDiffBytesB4(b *testing.B) {
	_, state := b4(b)
	d := applyAll(b, state)
	sv := crdt.StateVector{1: d.StateVector()[1] / 2}.Encode()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := crdt.Diff(state, sv); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMergeB4(b *testing.B) {
	updates, _ := b4(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := crdt.Merge(updates...); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidateB4(b *testing.B) {
	_, state := b4(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := crdt.Validate(state); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTypeB4(b *testing.B) {
	trace, err := ReadTrace("automerge-paper")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		d := crdt.New(crdt.Options{ClientID: 1})
		x := d.Text("text")
		for _, txn := range trace.Txns {
			for _, p := range txn.Patches {
				d.Transact(nil, func(t *crdt.Transaction) {
					x.Delete(t, p.At, p.Deleted)
					x.Insert(t, p.At, p.Inserted)
				})
			}
		}
	}
}

// BenchmarkHeapB4 reports the live heap of a Doc after loading, and after the
// single updates.
func BenchmarkHeapB4(b *testing.B) {
	updates, state := b4(b)
	heap := func(updates ...[]byte) float64 {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		d := applyAll(b, updates...)
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(d)
		return float64(after.HeapAlloc-before.HeapAlloc) / 1000
	}
	for b.Loop() {
		b.ReportMetric(heap(state), "kB-loaded")
		b.ReportMetric(heap(updates...), "kB-applied")
	}
}

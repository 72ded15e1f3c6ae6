package crdttest

import (
	"flag"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"grimoire/internal/crdt"
)

var edits = flag.Int("edits", 300_000, "edits that a long-lived Doc takes")

// A Doc that took all edits one by one holds little more memory than one that
// loads what they ended in.
func TestDoc_DoesNotGrowWithAge(t *testing.T) {
	const bound = 1.3
	old := aged(t, *edits)
	state := old.Encode(nil)
	used := heapOf(&old)
	fresh := crdt.New(crdt.Options{ClientID: 3})
	apply(t, fresh, state)
	loaded := heapOf(&fresh)
	t.Logf("seed %d, %d edits: state of %d kB; the Doc holds %d kB, a loaded one %d kB", *seed, *edits, len(state)/1000, used/1000, loaded/1000)
	if float64(used) > bound*float64(loaded) {
		t.Errorf("it holds %.2f times as much as a loaded one, more than %v", float64(used)/float64(loaded), bound)
	}
}

// aged returns a Doc that has received edits of somebody who writes, deletes,
// formats and sets keys, in a document that stays about as long.
func aged(t *testing.T, edits int) *crdt.Doc {
	t.Helper()
	const length = 20_000
	rng := rand.New(rand.NewPCG(uint64(*seed), 0))
	writer, d := crdt.New(crdt.Options{ClientID: 1}), crdt.New(crdt.Options{ClientID: 2})
	writer.OnUpdate(func(u []byte, _ any) {
		if err := d.Apply(u, nil); err != nil {
			t.Fatal(err)
		}
	})
	x, m := writer.Text("text"), writer.Map("map")
	at := 0
	for range edits {
		writer.Transact(nil, func(tx *crdt.Transaction) {
			switch n := x.Len(); {
			case rng.IntN(50) == 0:
				m.Set(tx, string(rune('a'+rng.IntN(20))), strings.Repeat("value", rng.IntN(10)))
			case n > length:
				at = rng.IntN(n - length/4)
				x.Delete(tx, at, rng.IntN(length/4))
			case n > 0 && rng.IntN(4) == 0:
				at = min(max(0, at-1-rng.IntN(5)), n)
				x.Delete(tx, at, min(n-at, 1+rng.IntN(5)))
			default:
				if rng.IntN(30) == 0 { // they look a little further up or down
					at += rng.IntN(401) - 200
				}
				at = min(max(0, at), n)
				s := []string{"a", "word ", "ü", "日本"}[rng.IntN(4)]
				x.Insert(tx, at, s)
				at += len([]rune(s))
			}
		})
	}
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	return d
}

// heapOf returns by how much the heap shrinks when a Doc is let go of.
func heapOf(d **crdt.Doc) int64 {
	var with, without runtime.MemStats
	runtime.GC()
	runtime.GC() // what pools keep is let go of only by the second one
	runtime.ReadMemStats(&with)
	runtime.KeepAlive(*d)
	*d = nil
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&without)
	return int64(with.HeapAlloc) - int64(without.HeapAlloc)
}

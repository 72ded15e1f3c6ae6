package crdt_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"grimoire/internal/crdt"
)

// An edit of each kind, made here (local) and received (apply). Numbers of the
// recorded paper and of a crowd are in crdttest and in docs/benchmarks.md.

// edit is something that somebody does again and again; i counts.
type edit struct {
	name  string
	start func(d *crdt.Doc, t *crdt.Transaction)
	do    func(d *crdt.Doc, t *crdt.Transaction, i int, rng *rand.Rand)
}

var edits = []edit{
	{"typing", nil, func(d *crdt.Doc, t *crdt.Transaction, _ int, _ *rand.Rand) {
		x := d.Text("text")
		x.Insert(t, x.Len(), "x")
	}},
	{"random insert", nil, func(d *crdt.Doc, t *crdt.Transaction, _ int, rng *rand.Rand) {
		x := d.Text("text")
		x.Insert(t, rng.IntN(x.Len()+1), "x")
	}},
	{"delete", longText, func(d *crdt.Doc, t *crdt.Transaction, _ int, rng *rand.Rand) {
		x := d.Text("text")
		x.Delete(t, rng.IntN(x.Len()), 1)
	}},
	{"format", longText, func(d *crdt.Doc, t *crdt.Transaction, i int, rng *rand.Rand) {
		x := d.Text("text")
		x.Format(t, rng.IntN(x.Len()-10), 10, crdt.Attributes{{Key: "bold", Value: i%2 == 0}})
	}},
	{"map", nil, func(d *crdt.Doc, t *crdt.Transaction, i int, rng *rand.Rand) {
		d.Map("map").Set(t, string(rune('a'+rng.IntN(26))), i)
	}},
}

func longText(d *crdt.Doc, t *crdt.Transaction) {
	d.Text("text").Insert(t, 0, strings.Repeat("long text ", 10_000))
}

// session returns the updates of an edit done n times, after the one it starts with.
func (e edit) session(n int) (updates [][]byte) {
	d := crdt.New(crdt.Options{ClientID: 1})
	d.OnUpdate(func(u []byte, _ any) { updates = append(updates, u) })
	e.play(d, n)
	return updates
}

func (e edit) play(d *crdt.Doc, n int) {
	rng := rand.New(rand.NewPCG(1, 1))
	if e.start != nil {
		d.Transact(nil, func(t *crdt.Transaction) { e.start(d, t) })
	}
	for i := range n {
		d.Transact(nil, func(t *crdt.Transaction) { e.do(d, t, i, rng) })
	}
}

const session = 2000 // edits of a benchmark's step

func BenchmarkLocal(b *testing.B) {
	for _, e := range edits {
		b.Run(e.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e.play(crdt.New(crdt.Options{ClientID: 1}), session)
			}
		})
	}
}

func BenchmarkApply(b *testing.B) {
	for _, e := range edits {
		b.Run(e.name, func(b *testing.B) {
			updates := e.session(session)
			b.ReportAllocs()
			for b.Loop() {
				if err := applyAll(crdt.New(crdt.Options{ClientID: 2}), updates); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkJoin is somebody who opens what others wrote, and sends what they
// wrote meanwhile: both sides of a sync.
func BenchmarkJoin(b *testing.B) {
	for _, e := range edits {
		b.Run(e.name, func(b *testing.B) {
			room := crdt.New(crdt.Options{ClientID: 1})
			e.play(room, session)
			b.ReportAllocs()
			for b.Loop() {
				joiner := crdt.New(crdt.Options{ClientID: 2})
				if err := joiner.Apply(room.Encode(joiner.StateVector()), nil); err != nil {
					b.Fatal(err)
				}
				if len(joiner.Encode(room.StateVector())) == 0 {
					b.Fatal("no update")
				}
			}
		})
	}
}

func BenchmarkMerge(b *testing.B) {
	for _, e := range edits {
		b.Run(e.name, func(b *testing.B) {
			updates := e.session(session)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := crdt.Merge(updates...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

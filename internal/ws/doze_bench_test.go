package ws

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"grimoire/internal/crdt"
)

// paper is a text that 30 people typed in runs at random places, and deleted every sixth letter of.
func paper(edits int) *crdt.Doc {
	random := rand.New(rand.NewPCG(42, 0))
	doc := crdt.New(crdt.Options{})
	text := doc.Text("text")
	const run, people = 2000, 30
	cursor := 0
	for i := range edits {
		if i%run == 0 {
			doc.SetClientID(1 + uint64(i/run%people))
		}
		if random.IntN(12) == 0 {
			cursor = random.IntN(text.Len() + 1)
		}
		doc.Transact(nil, func(t *crdt.Transaction) {
			if random.IntN(6) == 0 && cursor > 0 {
				cursor--
				text.Delete(t, cursor, 1)
			} else {
				text.Insert(t, cursor, string('a'+rune(i%26)))
				cursor++
			}
		})
	}
	return doc
}

// What the first write after a minute of reading costs, beside loading the same bytes, which it cannot cost less
// than; and what giving the Doc up costs.
func BenchmarkDoze(b *testing.B) {
	for _, edits := range []int{87_000, 507_000} {
		doc := paper(edits)
		kept := dozing{doc.Encode(nil), doc.StateVector().Encode()}
		doc.SetClientID(1 << 20)
		var keystroke []byte
		doc.OnUpdate(func(update []byte, _ any) { keystroke = update })
		if err := insert("x")(doc); err != nil {
			b.Fatal(err)
		}
		name := func(what string) string { return fmt.Sprintf("%dkB/%s", len(kept.state)/1000, what) }
		b.Run(name("load"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := open(Stored{State: kept.state}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name("wake and write"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := &room{dozing: kept}
				if err := r.doc().Apply(keystroke, nil); err != nil || len(r.emitted) != 1 {
					b.Fatal(err, len(r.emitted))
				}
			}
		})
		b.Run(name("doze"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := &room{awake: doc}
				if r.doze(time.Now().Add(dozeAfter)); r.awake != nil {
					b.Fatal("awake")
				}
			}
		})
	}
}

package crdt_test

import (
	"encoding/binary"
	"testing"

	"grimoire/internal/crdt"
)

// pile is an update that puts n letters, each an Item, at the beginning of a text that its client believes empty.
func pile(client uint64, n int) []byte {
	b := binary.AppendUvarint([]byte{1}, uint64(n))
	b = binary.AppendUvarint(b, client)
	b = append(b, 0)
	for range n {
		b = append(b, 4, 1, 1, 't', 1, 'x')
	}
	return append(b, 0)
}

// panicsWith returns what do panics with.
func panicsWith(do func()) (value any) {
	defer func() { value = recover() }()
	do()
	return nil
}

func TestLimitScan_EndsWhatWouldTakeForEver(t *testing.T) {
	const n = 50 // looked at by each of as many, and its own one before it
	const all = n*n + n - 1
	for _, way := range []struct {
		name  string
		apply func(*crdt.Doc, []byte) error
	}{
		{"applied", func(doc *crdt.Doc, update []byte) error { return doc.Apply(update, nil) }},
		{"applied to a copy", func(doc *crdt.Doc, update []byte) error {
			changes, err := doc.Inspect(update)
			if err != nil || changes.Copied() {
				t.Fatal("it was not looked at:", err)
			}
			_, err = changes.Applied()
			if !changes.Copied() {
				t.Error("a copy was made and not counted")
			}
			return err
		}},
	} {
		t.Run(way.name, func(t *testing.T) {
			pair := func(limit uint64) (scanned uint64, panicked any) {
				doc := crdt.New(crdt.Options{})
				if err := doc.Apply(pile(5, n), nil); err != nil {
					t.Fatal(err)
				}
				doc.LimitScan(limit)
				before := doc.Scanned()
				panicked = panicsWith(func() {
					if err := way.apply(doc, pile(9, n)); err != nil {
						t.Error(err)
					}
				})
				return doc.Scanned() - before, panicked
			}
			if scanned, panicked := pair(0); panicked != nil || scanned != all {
				t.Fatalf("without a limit %d Items are looked at, %v, want %d", scanned, panicked, all)
			}
			if _, panicked := pair(all); panicked != nil {
				t.Errorf("at the limit: %v", panicked)
			}
			if scanned, panicked := pair(all - 1); panicked != crdt.ErrScan || scanned != all {
				t.Errorf("one beyond the limit: %v, %d looked at", panicked, scanned)
			}
		})
	}
}

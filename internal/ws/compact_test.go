package ws

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"grimoire/internal/crdt"
)

func TestRoom_CompactsWhatHasGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{CompactRows: 10})
		a := c.writer()
		settle(time.Second)
		for range 25 {
			a.write("ab")
			a.edit(func(tx *crdt.Transaction, text *crdt.Text) { text.Delete(tx, 0, 1) })
			settle(time.Second)
		}
		settle(2 * compactPause)
		stored := c.log.get(c.conversation)
		if stored.Head-stored.Snapshot >= 10 {
			t.Errorf("snapshot at %d of %d rows", stored.Snapshot, stored.Head)
		}
		expect(t, "stored text", c.stored().Text("text").String(), a.text())
		c.stop()
	})
}

func TestHub_CompactionLosesToAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		if err := c.hub.Edit(t.Context(), c.conversation, uuid.New(), insert("text")); err != nil {
			t.Fatal(err)
		}
		resume := c.log.block(&c.log.compacting)
		result := make(chan error)
		var to int64
		go func() {
			var err error
			to, err = c.hub.compact(t.Context(), c.conversation)
			result <- err
		}()
		synctest.Wait()
		c.log.restore(c.conversation) // after this the snapshot would be of rows that are gone
		resume()
		if err := <-result; err != nil {
			t.Error(err)
		}
		expect(t, "compacted up to", to, 0)
		if state := c.log.get(c.conversation).State; state != nil {
			t.Errorf("a snapshot of %d bytes", len(state))
		}
		c.stop()
	})
}

func TestSnapshot_DoesNotWriteWhatReadsOtherwise(t *testing.T) {
	a, b := crdt.New(crdt.Options{ClientID: 1}), crdt.New(crdt.Options{ClientID: 1})
	for _, doc := range []*crdt.Doc{a, b} {
		if err := insert("text")(doc); err != nil {
			t.Fatal(err)
		}
	}
	if err := alike(a, b); err != nil {
		t.Error(err)
	}
	b.Transact(nil, func(tx *crdt.Transaction) { b.Text("text").Delete(tx, 0, 1) })
	if err := alike(a, b); !errors.Is(err, errUnlike) {
		t.Errorf("another delete set: %v", err)
	}
	for _, other := range []string{"texts", "tent"} {
		c := crdt.New(crdt.Options{ClientID: 1})
		if err := insert(other)(c); err != nil {
			t.Fatal(err)
		}
		if err := alike(a, c); !errors.Is(err, errUnlike) {
			t.Errorf("%q: %v", other, err)
		}
	}
}

func TestSnapshot_MayBeWrittenInOtherPieces(t *testing.T) {
	doc := crdt.New(crdt.Options{ClientID: 1})
	var updates [][]byte
	doc.OnUpdate(func(update []byte, _ any) { updates = append(updates, update) })
	doc.Transact(nil, func(tx *crdt.Transaction) { doc.Text("text").Insert(tx, 0, "one ") })
	doc.Transact(nil, func(tx *crdt.Transaction) { doc.Text("text").Insert(tx, 4, "two") })
	pieces, err := crdt.Merge(updates...) // does not join them
	if err != nil {
		t.Fatal(err)
	}
	want, err := content(doc.Encode(nil))
	if err != nil {
		t.Fatal(err)
	}
	got, err := content(pieces)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, want, cmp.AllowUnexported(piece{})); diff != "" || len(got) != 1 {
		t.Errorf("%d pieces: %s", len(got), diff)
	}
}

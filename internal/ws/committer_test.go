package ws

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// Two conversations share every commit; the rows of one can never be stored. The other goes on, and nobody of
// the first is told that something was saved.
func TestCommitter_APoisonedRoomHoldsUpNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		sound, poisoned := c.conversation, uuid.New()
		c.log.damage(func() {
			c.log.stored[poisoned] = &Stored{Epoch: "epoch", Generation: 1}
			c.log.poisoned = poisoned
		})
		a := c.writer()
		c.conversation = poisoned
		b := c.writer()
		settle(time.Second)
		edited := make(chan error, 1)
		go func() { edited <- c.hub.Edit(t.Context(), poisoned, uuid.New(), insert("by the server")) }()
		a.write("kept")
		b.write("lost")
		settle(time.Minute)
		expect(t, "saved", a.allSaved(), true)
		expect(t, "farewell", a.bye(), 0)
		expect(t, "saved frames of the poisoned", b.savedFrames(), 0)
		expect(t, "farewell of the poisoned", b.bye(), byeRejected.code)
		if err := <-edited; !errors.Is(err, ErrRejected) {
			t.Errorf("the server's own edit: %v", err)
		}
		a.write(", and on")
		settle(time.Second)
		expect(t, "saved", a.allSaved(), true)

		// Once the log takes them again, whoever kept the words brings them back.
		c.log.damage(func() { c.log.poisoned = uuid.Nil })
		b.connect()
		settle(time.Second)
		expect(t, "saved in the end", b.allSaved(), true)
		if got := c.stored().Text("text").String(); !strings.Contains(got, "lost") {
			t.Errorf("stored text: %q", got)
		}
		c.conversation = sound
		expect(t, "stored text beside it", c.stored().Text("text").String(), "kept, and on")
		c.stop()
	})
}

// Everything of a room is in one batch, as it came; another generation is another batch.
func TestCommitter_RowsKeepTheirOrder(t *testing.T) {
	a, b := &room{id: uuid.New()}, &room{id: uuid.New()}
	of := func(r *room, generation int64, b byte) entry {
		return entry{room: r, generation: generation, row: Row{Bytes: []byte{b}}}
	}
	rooms, batches := group([]entry{of(a, 1, 1), of(b, 1, 2), of(a, 1, 3), of(a, 2, 4), of(b, 1, 5), of(a, 1, 6)})
	expect(t, "rooms", slices.Equal(rooms, []*room{a, b, a}), true)
	batch := func(r *room, generation int64, rows ...byte) Batch {
		batch := Batch{Conversation: r.id, Generation: generation}
		for _, b := range rows {
			batch.Rows = append(batch.Rows, Row{Bytes: []byte{b}})
		}
		return batch
	}
	if diff := cmp.Diff([]Batch{batch(a, 1, 1, 3, 6), batch(b, 1, 2, 5), batch(a, 2, 4)}, batches); diff != "" {
		t.Error(diff)
	}
}

package ws

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/crdt"
)

// notAnUpdate is what the engine refuses although its checksum would be right.
var notAnUpdate = []byte{0xff, 0xff, 0xff}

// written returns a class whose writer has typed a, b, c and d, each a row, and has left. The hub has
// forgotten the conversation.
func written(t *testing.T) (*class, *client) {
	c := newClass(t, Options{IdleRoom: time.Second, CompactRows: 1000})
	a := c.writer()
	for _, letter := range []string{"a", "b", "c", "d"} {
		settle(time.Second)
		a.write(letter)
	}
	settle(time.Second)
	a.socket.hangUp()
	settle(time.Minute)
	return c, a
}

// damage changes what is stored behind the hub's back.
func (l *memoryLog) damage(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

func TestRoom_OpensReadOnlyWithoutARowThatTheEngineRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, a := written(t)
		c.log.damage(func() { // undo the compaction that came with the end of the room
			c.log.stored[c.conversation].Snapshot, c.log.stored[c.conversation].State = 0, nil
			c.log.rows[c.conversation][3] = notAnUpdate
		})
		reader := c.writer()
		settle(time.Second)
		expect(t, "what can be read", reader.text(), "abc")
		expect(t, "in quarantine", len(c.log.quarantine[c.conversation]), 1)
		if why := c.log.quarantine[c.conversation][0]; why.Seq != 4 || !strings.Contains(why.Why, "refuses") {
			t.Errorf("quarantined is %+v", why)
		}

		reader.write("more")
		settle(time.Second)
		if len(reader.refused) != 1 || reader.refused[0].Reason != refusedDamaged {
			t.Errorf("refusals: %+v", reader.refused)
		}
		expect(t, "saved", reader.savedFrames(), 0)
		if err := c.hub.Edit(t.Context(), c.conversation, uuid.New(), insert("x")); !errors.Is(err, ErrQuarantined) {
			t.Errorf("an edit of the server's: %v", err)
		}
		if err := c.hub.Compact(t.Context(), c.conversation); !errors.Is(err, ErrQuarantined) {
			t.Errorf("a compaction: %v", err)
		}
		expect(t, "head", c.log.get(c.conversation).Head, 4)

		// The author has the lost letter; nobody takes it while the conversation is read-only.
		a.connect()
		settle(time.Second)
		expect(t, "refusals of the author", len(a.refused), 1)

		dry, err := c.hub.Recover(t.Context(), c.conversation, true)
		if err != nil || len(dry.Lost) != 1 || dry.Lost[0].Seq != 4 {
			t.Fatalf("a dry run: %+v, %v", dry, err)
		}
		expect(t, "after a dry run: snapshot", c.log.get(c.conversation).Snapshot, 0)
		if _, err := c.hub.Recover(t.Context(), c.conversation, false); err != nil {
			t.Fatal(err)
		}
		settle(time.Second)
		expect(t, "the reader was told", reader.bye(), byeRecovered.code)
		for _, cl := range []*client{a, reader} {
			cl.socket.hangUp()
			cl.mu.Lock()
			cl.refused = nil
			cl.mu.Unlock()
		}
		a.connect()
		late := c.writer()
		settle(time.Second)
		expect(t, "healed by its author", late.text(), "abcd")
		late.write("e")
		settle(time.Second)
		expect(t, "saved", late.allSaved(), true)
		expect(t, "generation", c.log.get(c.conversation).Generation, 1)
		if report, err := c.hub.Verify(t.Context(), c.conversation); err != nil || len(report.Faults) > 0 {
			t.Errorf("verified: %+v, %v", report, err)
		}
		c.stop()
	})
}

// What builds on a lost row waits, is kept by a recovery, and shows when the author comes back.
func TestRecover_KeepsWhatWaitsForALostRow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, a := written(t)
		c.log.damage(func() {
			c.log.stored[c.conversation].Snapshot, c.log.stored[c.conversation].State = 0, nil
			c.log.rows[c.conversation][1] = nil
		})
		reader := c.writer()
		settle(time.Second)
		expect(t, "what can be read", reader.text(), "a")
		expect(t, "refused on joining", len(reader.refused), 0)
		report, err := c.hub.Recover(t.Context(), c.conversation, false)
		if err != nil || len(report.Lost) != 1 || report.Lost[0].Seq != 2 || !report.Waiting {
			t.Errorf("recovered: %+v, %v", report, err)
		}
		settle(time.Minute) // the room has gone
		a.connect()
		settle(time.Second)
		expect(t, "stored text", c.stored().Text("text").String(), "abcd")
		expect(t, "the author's text", a.text(), "abcd")
		c.stop()
	})
}

// A row that the engine refused is tried again: a later version may be able to.
func TestRecover_TakesBackARowThatIsGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := written(t)
		c.log.damage(func() {
			c.log.stored[c.conversation].Snapshot, c.log.stored[c.conversation].State = 0, nil
			rows := c.log.rows[c.conversation]
			c.log.quarantine[c.conversation] = []Damage{{Seq: 2, Why: "the engine refuses it", Bytes: rows[1]}}
			rows[1] = nil
		})
		report, err := c.hub.Recover(t.Context(), c.conversation, false)
		if err != nil || len(report.Lost) != 0 || report.Waiting {
			t.Errorf("recovered: %+v, %v", report, err)
		}
		expect(t, "stored text", c.stored().Text("text").String(), "abcd")
		c.stop()
	})
}

func TestRoom_AStateThatTheEngineRefusesIsMadeGoodByTheOneBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := written(t)
		if c.log.get(c.conversation).Snapshot != 4 {
			t.Fatal("the room left no snapshot behind")
		}
		c.log.damage(func() { c.log.stored[c.conversation].State = notAnUpdate })
		report, err := c.hub.Verify(t.Context(), c.conversation)
		if err != nil || len(report.Faults) != 1 || len(report.Lost) != 0 || !strings.Contains(report.Faults[0], "newest state") {
			t.Errorf("verified: %+v, %v", report, err)
		}
		b := c.writer()
		settle(time.Second)
		expect(t, "text", b.text(), "abcd")
		b.write("e")
		settle(2 * compactPause)
		expect(t, "saved", b.allSaved(), true)
		// The room did not wait for many rows to replace it.
		if s := c.log.get(c.conversation); s.Snapshot < 4 || slices.Equal(s.State, notAnUpdate) {
			t.Errorf("the damaged state is still there, at %d", s.Snapshot)
		}
		if report, err := c.hub.Verify(t.Context(), c.conversation); err != nil || len(report.Faults) > 0 {
			t.Errorf("verified: %+v, %v", report, err)
		}
		c.stop()
	})
}

func TestRecover_DoesNothingToWhatIsSoundAndNothingWhereOnlyABackupHelps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := written(t)
		before := c.log.get(c.conversation)
		if report, err := c.hub.Recover(t.Context(), c.conversation, false); err != nil || len(report.Faults) != 0 {
			t.Errorf("sound: %+v, %v", report, err)
		}
		expect(t, "loads", c.log.get(c.conversation).Snapshot, before.Snapshot)
		c.log.damage(func() {
			c.log.stored[c.conversation].State = notAnUpdate
			c.log.previous[c.conversation] = &Stored{Snapshot: 2, State: notAnUpdate}
		})
		report, err := c.hub.Recover(t.Context(), c.conversation, false)
		if err != nil || len(report.Faults) != 1 || !strings.Contains(report.Faults[0], "cannot be loaded") {
			t.Errorf("hopeless: %+v, %v", report, err)
		}
		if !slices.Equal(c.log.get(c.conversation).State, notAnUpdate) {
			t.Error("it wrote something")
		}
		if err := c.hub.View(t.Context(), c.conversation, func(*crdt.Doc) error { return nil }); err == nil {
			t.Error("it opened")
		}
		c.stop()
	})
}

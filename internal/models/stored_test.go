package models_test

import (
	"errors"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"grimoire/internal/models"
)

func TestLoad_LeavesOutWhatIsDamagedAndNamesIt(t *testing.T) {
	for name, c := range map[string]struct {
		damage string
		left   []string
		want   models.Damage
	}{
		"a byte of an update": {"UPDATE conversation_updates SET bytes = ? WHERE conversation_id = ? AND seq = 2",
			[]string{"a", "c"}, models.Damage{Seq: 2, Why: "crc32c differs"}},
		"a missing row": {"DELETE FROM conversation_updates WHERE bytes <> ? AND conversation_id = ? AND seq = 2",
			[]string{"a", "c"}, models.Damage{Seq: 2, Why: "missing"}},
		"the last row": {"DELETE FROM conversation_updates WHERE bytes <> ? AND conversation_id = ? AND seq = 3",
			[]string{"a", "b"}, models.Damage{Seq: 3, Why: "missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			eachRoom(t, func(t *testing.T, r room) {
				whole := r.another(t)
				r.append(t, r.batch(1, "a", "b", "c"), whole.batch(1, "a", "b", "c"))
				r.exec(t, c.damage, []byte("B"), r.id)
				if c.want.Why != "missing" {
					c.want.User, c.want.At = r.user.ID, now
				}
				s := r.load(t)
				if diff := gocmp.Diff([]models.Damage{c.want}, s.Damaged); diff != "" {
					t.Errorf("damaged: want (-), got (+):\n%s", diff)
				}
				if !gocmp.Equal(updates(c.left...), s.Updates) || s.Head != 3 {
					t.Errorf("the others are %q, head %d", s.Updates, s.Head)
				}
				rows, damaged, err := r.log.Scan(t.Context(), r.id)
				if err != nil || len(damaged) != len(s.Damaged) && c.want.Seq != 3 {
					t.Errorf("a scan of %d rows finds %v, %v", rows, damaged, err)
				}
				if got := whole.load(t); len(got.Updates) != 3 || got.Damaged != nil {
					t.Errorf("the conversation beside it has %q, %v", got.Updates, got.Damaged)
				}
			})
		})
	}
}

func TestLoad_ADamagedStateIsMadeGoodByThePreviousOne(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.append(t, r.batch(1, "a", "b", "c", "d"))
		r.compact(t, 0, 2, "ab")
		r.compact(t, 2, 3, "abc")
		r.exec(t, "UPDATE conversations SET crdt_state = ? WHERE id = ?", []byte("abX"), r.id)
		s := r.load(t)
		want := models.Stored{Epoch: s.Epoch, Generation: 1, From: 3, Snapshot: 2, Head: 4, State: []byte("ab"), Fallback: true, Updates: updates("c", "d")}
		if diff := gocmp.Diff(want, s); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}

		// What is made of it takes the damaged one's place, and the previous one stays.
		ok, err := r.log.Compact(t.Context(), models.Compaction{Conversation: r.id, Generation: 1, From: s.From, To: 4, State: []byte("abcd"), KeepPrevious: true})
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if s := r.load(t); s.Fallback || string(s.State) != "abcd" || s.Snapshot != 4 {
			t.Errorf("after a compaction: %+v", s)
		}
		previous, err := r.log.LoadPrevious(t.Context(), r.id)
		if err != nil || string(previous.State) != "ab" || len(previous.Updates) != 2 {
			t.Errorf("previous is %+v, %v", previous, err)
		}
	})
}

func TestLoad_TheSeedHasAPreviousStateToo(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.append(t, r.batch(1, "a"))
		r.exec(t, "UPDATE conversations SET crdt_state = ? WHERE id = ?", []byte("X"), r.id)
		if s := r.load(t); !s.Fallback || s.Snapshot != 0 || !gocmp.Equal(s.Updates, updates("a")) {
			t.Errorf("loaded %+v", s)
		}
	})
}

func TestLoad_ReturnsNothingWhenNoStateIsSound(t *testing.T) {
	for name, damage := range map[string]string{
		"damaged":               "UPDATE previous_states SET state = 'X'",
		"missing":               "DELETE FROM previous_states",
		"of another generation": "UPDATE previous_states SET generation = 7",
	} {
		t.Run(name, func(t *testing.T) {
			eachRoom(t, func(t *testing.T, r room) {
				r.exec(t, "UPDATE conversations SET crdt_state = ? WHERE id = ?", []byte("X"), r.id)
				r.exec(t, damage)
				s, err := r.log.Load(t.Context(), r.id)
				var corrupt *models.CorruptError
				if !errors.Is(err, models.ErrCorrupt) || !errors.As(err, &corrupt) || corrupt.Conversation != r.id {
					t.Errorf("got %v, want %v", err, models.ErrCorrupt)
				}
				if !gocmp.Equal(s, models.Stored{}) {
					t.Errorf("it returned %+v", s)
				}
			})
		})
	}
}

func (r room) isQuarantined(t testing.TB) bool {
	t.Helper()
	c, err := models.GetConversation(t.Context(), r.db.Read, r.id)
	if err != nil {
		t.Fatal(err)
	}
	return c.Quarantined
}

func TestQuarantine_KeepsWhatItTakesOutUntilACompactionSettlesIt(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.append(t, r.batch(1, "a", "b", "c", "d"))
		r.exec(t, "DELETE FROM conversation_updates WHERE conversation_id = ? AND seq = 3", r.id)
		damaged := []models.Damage{{Seq: 2, Why: "the engine refuses it"}, {Seq: 3, Why: "missing"}}
		for range 2 { // again changes nothing
			if err := r.log.Quarantine(t.Context(), r.id, 1, damaged); err != nil {
				t.Fatal(err)
			}
		}
		s := r.at(time.Hour).load(t)
		want := []models.Damage{
			{Seq: 2, Why: "the engine refuses it", User: r.user.ID, At: now, Bytes: []byte("b")},
			{Seq: 3, Why: "missing"},
		}
		if diff := gocmp.Diff(want, s.Damaged); diff != "" || !gocmp.Equal(s.Updates, updates("a", "d")) {
			t.Errorf("the others are %q; damaged: want (-), got (+):\n%s", s.Updates, diff)
		}
		if !r.isQuarantined(t) {
			t.Error("it does not say so")
		}
		r.compact(t, 0, 4, "ad")
		if r.isQuarantined(t) {
			t.Error("it still says so")
		}
		if rows, damaged, err := r.log.Scan(t.Context(), r.id); rows != 2 || damaged != nil || err != nil {
			t.Errorf("a scan of %d rows finds %v, %v", rows, damaged, err)
		}
		// The state that settled it is damaged in its turn: what was lost is missed again.
		r.exec(t, "UPDATE conversations SET crdt_state = ? WHERE id = ?", []byte("X"), r.id)
		if s := r.load(t); len(s.Damaged) != 2 {
			t.Errorf("damaged are %v", s.Damaged)
		}
		if err := r.log.Quarantine(t.Context(), r.id, 1, damaged); err != nil || !r.isQuarantined(t) {
			t.Errorf("quarantined again: %v, %v", r.isQuarantined(t), err)
		}
	})
}

func TestQuarantine_DoesNotTrustBytesWhoseChecksumIsWrong(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.append(t, r.batch(1, "a"))
		r.exec(t, "UPDATE conversation_updates SET bytes = ? WHERE conversation_id = ?", []byte("A"), r.id)
		if err := r.log.Quarantine(t.Context(), r.id, 1, r.load(t).Damaged); err != nil {
			t.Fatal(err)
		}
		if got := r.load(t).Damaged; len(got) != 1 || got[0].Bytes != nil || got[0].User != r.user.ID {
			t.Errorf("damaged are %+v", got)
		}
	})
}

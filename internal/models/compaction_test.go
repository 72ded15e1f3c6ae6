package models_test

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"grimoire/internal/models"
)

func TestUpdateLog_CompactSwapsTheStateOnceAndKeepsTheRows(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.append(t, r.batch(1, "a", "b", "c"))
		first := models.Compaction{Conversation: r.id, Generation: 1, From: 0, To: 2, State: []byte("ab")}
		for _, c := range []struct {
			name string
			models.Compaction
			want bool
		}{
			{"past the head", models.Compaction{Conversation: r.id, Generation: 1, From: 0, To: 4, State: []byte("x")}, false},
			{"of another generation", models.Compaction{Conversation: r.id, Generation: 2, From: 0, To: 2, State: []byte("x")}, false},
			{"of no conversation", models.Compaction{Conversation: models.NewID(), Generation: 1, From: 0, To: 0, State: []byte("x")}, false},
			{"the first", first, true},
			{"the first again", first, false},
			{"the second", models.Compaction{Conversation: r.id, Generation: 1, From: 2, To: 3, State: []byte("abc")}, true},
		} {
			got, err := r.log.Compact(t.Context(), c.Compaction)
			if err != nil || got != c.want {
				t.Errorf("%s: %v, want %v, %v", c.name, got, c.want, err)
			}
		}
		r.append(t, r.batch(1, "d"))
		got := r.load(t)
		want := models.Stored{Epoch: got.Epoch, Generation: 1, From: 3, Snapshot: 3, Head: 4, State: []byte("abc"), Updates: updates("d")}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
		var rows int
		if err := r.db.Read.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM conversation_updates").Scan(&rows); err != nil || rows != 4 {
			t.Errorf("the log has %d rows, want 4, %v", rows, err)
		}
	})
}

func TestUpdateLog_OfManyCompactionsOneSwaps(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.append(t, r.batch(1, "a"))
		swapped, errs := make([]bool, 8), make([]error, 8)
		var all sync.WaitGroup
		for i := range swapped {
			c := models.Compaction{Conversation: r.id, Generation: 1, To: 1, State: []byte{byte(i)}}
			all.Go(func() { swapped[i], errs[i] = r.log.Compact(t.Context(), c) })
		}
		all.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		winner := slices.Index(swapped, true)
		if winner < 0 || slices.Contains(swapped[winner+1:], true) {
			t.Fatalf("swapped: %v", swapped)
		}
		if got := r.load(t).State; !bytes.Equal(got, []byte{byte(winner)}) {
			t.Errorf("%d won, and the state is that of %d", winner, got)
		}
	})
}

// compact puts a state in place that covers the rows up to a seq, from the one before.
func (r room) compact(t testing.TB, from, to int64, state string) {
	t.Helper()
	ok, err := r.log.Compact(t.Context(), models.Compaction{Conversation: r.id, Generation: 1, From: from, To: to, State: []byte(state)})
	if err != nil || !ok {
		t.Fatalf("compact from %d to %d: %v, %v", from, to, ok, err)
	}
}

// seqs returns the seqs of the rows that the log has of the conversation.
func (r room) seqs(t testing.TB) (seqs []int64) {
	t.Helper()
	if err := r.db.Read.NewRaw("SELECT seq FROM conversation_updates WHERE conversation_id = ? ORDER BY generation, seq", r.id).Scan(t.Context(), &seqs); err != nil {
		t.Fatal(err)
	}
	return seqs
}

// at returns r with a log whose clock shows a time after now.
func (r room) at(after time.Duration) room {
	r.log = models.NewUpdateLog(r.db, func() time.Time { return now.Add(after) })
	return r
}

func (r room) prune(t testing.TB, want int64) {
	t.Helper()
	if got, err := r.log.Prune(t.Context()); err != nil || got != want {
		t.Errorf("pruned %d rows, want %d, %v", got, want, err)
	}
}

const kept = 72 * time.Hour

func TestPrune_RowsStayUntilTwoStatesCoverThemAnd72HoursHavePassed(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		other := r.another(t)
		other.append(t, other.batch(1, "x", "y"))
		r.append(t, r.batch(1, "a", "b", "c"))
		late := r.at(kept)
		late.prune(t, 0) // one state covers nothing yet
		r.compact(t, 0, 2, "ab")
		late.prune(t, 0) // the seed and the newest: only one covers the rows
		r.compact(t, 2, 3, "abc")
		r.at(kept-time.Second).prune(t, 0) // two cover a and b, and they are too young
		late.prune(t, 2)
		if got := r.seqs(t); !slices.Equal(got, []int64{3}) {
			t.Errorf("left are %v, want the row that one state covers", got)
		}
		late.prune(t, 0)
		if got := other.seqs(t); !slices.Equal(got, []int64{1, 2}) {
			t.Errorf("the conversation beside it has %v", got)
		}
		late.append(t, r.batch(1, "d"))
		if s := late.load(t); s.Head != 4 || !gocmp.Equal(s.Updates, updates("d")) || s.Damaged != nil {
			t.Errorf("loaded %+v", s)
		}
	})
}

// A clock that went back must not tear a hole into the rows: the first that is too young holds all after it.
func TestPrune_AClockThatGoesBackMakesNoHole(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.append(t, r.batch(1, "a"))
		r.at(time.Hour).append(t, r.batch(1, "b"))
		r.append(t, r.batch(1, "c"))
		r.compact(t, 0, 3, "abc")
		r.compact(t, 3, 3, "abc")
		r.at(kept).prune(t, 1)
		if got := r.seqs(t); !slices.Equal(got, []int64{2, 3}) {
			t.Errorf("left are %v", got)
		}
	})
}

func TestPrune_MoreRowsThanOneStatementDeletes(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		for range 3 {
			r.append(t, r.batch(1, slices.Repeat([]string{"a"}, 400)...))
		}
		r.compact(t, 0, 1150, "state")
		r.compact(t, 1150, 1200, "state")
		r.at(kept).prune(t, 1150)
		if got := r.seqs(t); len(got) != 50 || got[0] != 1151 {
			t.Errorf("left are %d, from %d", len(got), got[0])
		}
	})
}

func TestPrune_NothingOfWhatHasADamagedState(t *testing.T) {
	for what, damage := range map[string]string{
		"newest":   "UPDATE conversations SET crdt_state = ? WHERE id = ?",
		"previous": "UPDATE previous_states SET state = ? WHERE conversation_id = ?",
	} {
		t.Run(what, func(t *testing.T) {
			eachRoom(t, func(t *testing.T, r room) {
				whole := r.another(t)
				for _, one := range []room{r, whole} {
					one.append(t, one.batch(1, "a"))
					one.compact(t, 0, 1, "a")
					one.compact(t, 1, 1, "a")
				}
				r.exec(t, damage, []byte("?"), r.id)
				deleted, err := r.at(kept).log.Prune(t.Context())
				if !errors.Is(err, models.ErrCorrupt) || deleted != 1 {
					t.Errorf("deleted %d, %v; want only the other's row and %v", deleted, err, models.ErrCorrupt)
				}
				if got := r.seqs(t); len(got) != 1 {
					t.Errorf("left are %v", got)
				}
			})
		})
	}
}

func TestPrune_RowsOfAnEndedGenerationGoWithTime(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.append(t, r.batch(1, "a", "b"))
		r.exec(t, "UPDATE conversation_heads SET generation = 2, head_seq = 0 WHERE conversation_id = ?", r.id)
		r.exec(t, "UPDATE conversations SET snapshot_seq = 0 WHERE id = ?", r.id)
		r.at(kept+1).prune(t, 0) // no two states of the new one yet
		for range 2 {
			if ok, err := r.log.Compact(t.Context(), models.Compaction{Conversation: r.id, Generation: 2, State: []byte("new")}); err != nil || !ok {
				t.Fatal(ok, err)
			}
		}
		r.at(kept-time.Second).prune(t, 0)
		r.at(kept+time.Second).prune(t, 2)
	})
}

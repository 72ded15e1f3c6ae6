package models_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

// A room is a conversation in a store, with its log.
type room struct {
	db    *models.DB
	log   *models.UpdateLog
	user  *models.User
	class *models.Class
	id    uuid.UUID
}

func eachRoom(t *testing.T, fn func(t *testing.T, r room)) {
	t.Helper()
	modelstest.Each(t, func(t *testing.T, db *models.DB) { fn(t, newRoom(t, db)) })
}

func newRoom(t testing.TB, db *models.DB) room {
	t.Helper()
	user := modelstest.Account(t, db, "Ana")
	class := modelstest.Class(t, db, user, "HIST101")
	return room{
		db: db, log: models.NewUpdateLog(db, func() time.Time { return now }), user: user, class: class,
		id: modelstest.Conversation(t, db, class, user, models.VisibilityClass).ID,
	}
}

// another returns a second conversation beside r.
func (r room) another(t testing.TB) room {
	t.Helper()
	r.id = modelstest.Conversation(t, r.db, r.class, r.user, models.VisibilityClass).ID
	return r
}

func (r room) batch(generation int64, updates ...string) models.Batch {
	b := models.Batch{Conversation: r.id, Generation: generation}
	for _, u := range updates {
		b.Rows = append(b.Rows, models.UpdateRow{User: r.user.ID, Bytes: []byte(u)})
	}
	return b
}

func (r room) append(t testing.TB, batches ...models.Batch) []int64 {
	t.Helper()
	heads, err := r.log.Append(t.Context(), batches)
	if err != nil {
		t.Fatal(err)
	}
	return heads
}

func (r room) load(t testing.TB) models.Stored {
	t.Helper()
	s, err := r.log.Load(t.Context(), r.id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (r room) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	if _, err := r.db.Write.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

func updates(texts ...string) (all [][]byte) {
	for _, text := range texts {
		all = append(all, []byte(text))
	}
	return all
}

func TestUpdateLog_LoadsWhatWasAppendedInItsOrder(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		other := r.another(t)
		heads := r.append(t, r.batch(1, "a", "b"), other.batch(1, "x"))
		heads = append(heads, r.append(t, other.batch(1, "y"), r.batch(1), r.batch(1, "c", "d"))...)
		if want := []int64{2, 1, 2, 2, 4}; !slices.Equal(heads, want) {
			t.Errorf("heads are %v, want %v", heads, want)
		}
		epoch, err := models.StoreEpoch(t.Context(), r.db)
		if err != nil {
			t.Fatal(err)
		}
		want := models.Stored{Epoch: epoch, Generation: 1, Head: 4, State: modelstest.EmptyUpdate(), Updates: updates("a", "b", "c", "d")}
		if diff := gocmp.Diff(want, r.load(t)); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
	})
}

func TestUpdateLog_AppendsMoreRowsThanOneStatementHolds(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		var texts []string
		for n := range 512 {
			texts = append(texts, fmt.Sprint("update ", n))
		}
		r.append(t, r.batch(1, texts...))
		if diff := gocmp.Diff(updates(texts...), r.load(t).Updates); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
	})
}

func TestUpdateLog_KeepsAnyBytes(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		all := make([]byte, 256)
		for i := range all {
			all[i] = byte(i)
		}
		large := bytes.Repeat(all, 4<<20/len(all))
		r.append(t, r.batch(1, string(all), "", string(large)))
		got := r.load(t).Updates
		for i, want := range [][]byte{all, {}, large} {
			if !bytes.Equal(got[i], want) {
				t.Errorf("update %d came back with %d bytes, want %d", i, len(got[i]), len(want))
			}
		}
	})
}

func TestUpdateLog_AFencedBatchLeavesTheOthersAlone(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		restored, deleted, unknown := r.another(t), r.another(t), r
		unknown.id = models.NewID()
		r.exec(t, "UPDATE conversation_heads SET generation = 2 WHERE conversation_id = ?", restored.id)
		modelstest.Delete(t, r.db, deleted.id)
		heads := r.append(t, restored.batch(1, "old"), r.batch(1, "a"), deleted.batch(1, "late"), unknown.batch(1, "lost"), restored.batch(2, "new"))
		if want := []int64{models.Fenced, 1, models.Fenced, models.Fenced, 1}; !slices.Equal(heads, want) {
			t.Errorf("heads are %v, want %v", heads, want)
		}
		if got := restored.load(t).Updates; !gocmp.Equal(got, updates("new")) {
			t.Errorf("the restored conversation has %q", got)
		}
		var rows int
		if err := r.db.Read.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM conversation_updates").Scan(&rows); err != nil || rows != 2 {
			t.Errorf("the log has %d rows, want 2, %v", rows, err)
		}
	})
}

// Whoever comes while a generation or a conversation is being ended waits, and then finds that it has.
func TestUpdateLog_AnEndThatIsNotYetCommittedFencesToo(t *testing.T) {
	for what, end := range map[string]func(ctx context.Context, tx bun.Tx, id uuid.UUID) error{
		"restored": func(ctx context.Context, tx bun.Tx, id uuid.UUID) error {
			_, err := tx.ExecContext(ctx, "UPDATE conversation_heads SET generation = 2, head_seq = 0 WHERE conversation_id = ?", id)
			return err
		},
		"deleted": func(ctx context.Context, tx bun.Tx, id uuid.UUID) error {
			return models.DeleteConversation(ctx, tx, id, now)
		},
	} {
		t.Run(what, func(t *testing.T) {
			eachRoom(t, func(t *testing.T, r room) {
				r.append(t, r.batch(1, "before"))
				var late sync.WaitGroup
				err := r.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					if err := end(ctx, tx, r.id); err != nil {
						return err
					}
					late.Go(func() {
						if heads, err := r.log.Append(t.Context(), []models.Batch{r.batch(1, "late")}); err != nil || heads[0] != models.Fenced {
							t.Errorf("appended: %v, %v", heads, err)
						}
					})
					late.Go(func() {
						if ok, err := r.log.Compact(t.Context(), models.Compaction{Conversation: r.id, Generation: 1, To: 1, State: []byte("late")}); ok || err != nil {
							t.Errorf("compacted: %v, %v", ok, err)
						}
					})
					return nil
				})
				late.Wait()
				if err != nil {
					t.Fatal(err)
				}
				var rows int
				if err := r.db.Read.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM conversation_updates").Scan(&rows); err != nil || rows != 1 {
					t.Errorf("the log has %d rows, want 1, %v", rows, err)
				}
			})
		})
	}
}

func TestUpdateLog_WritersInAnyOrderNeitherBlockNorLoseEachOther(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		const writers, turns = 8, 10
		other := r.another(t)
		errs := make([]error, writers)
		var all sync.WaitGroup
		for w := range writers {
			batches := []models.Batch{r.batch(1, "a"), other.batch(1, "b")}
			if w%2 == 0 {
				slices.Reverse(batches)
			}
			all.Go(func() {
				for range turns {
					_, err := r.log.Append(t.Context(), batches)
					errs[w] = errors.Join(errs[w], err)
				}
			})
		}
		all.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		for _, one := range []room{r, other} {
			if s := one.load(t); s.Head != writers*turns || len(s.Updates) != writers*turns {
				t.Errorf("head is %d with %d rows, want %d", s.Head, len(s.Updates), writers*turns)
			}
		}
	})
}

func TestUpdateLog_AppendFinishesWhenItsCallerGoesAway(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := r.log.Append(ctx, []models.Batch{r.batch(1, "a")}); err != nil {
			t.Fatal(err)
		}
		if got := r.load(t).Updates; !gocmp.Equal(got, updates("a")) {
			t.Errorf("the log has %q", got)
		}
	})
}

func TestUpdateLog_AFailedAppendStoresNothingAndCanBeRepeated(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		other := r.another(t)
		// A row in the way of other's first.
		r.exec(t, "INSERT INTO conversation_updates (conversation_id, generation, seq, user_id, bytes, crc, at) VALUES (?, 1, 1, ?, ?, 0, ?)",
			other.id, r.user.ID, []byte("x"), now)
		batches := []models.Batch{r.batch(1, "a"), other.batch(1, "b")}
		if _, err := r.log.Append(t.Context(), batches); !errors.Is(err, models.ErrConflict) || !errors.Is(err, models.ErrRejected) {
			t.Fatalf("got %v, want %v", err, models.ErrRejected)
		}
		if s := r.load(t); s.Head != 0 {
			t.Errorf("half of it was stored: head is %d", s.Head)
		}
		r.exec(t, "DELETE FROM conversation_updates")
		if heads := r.append(t, batches...); !slices.Equal(heads, []int64{1, 1}) {
			t.Errorf("heads are %v", heads)
		}
	})
}

func TestUpdateLog_LoadsNothingOfWhatIsNotThere(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		modelstest.Delete(t, r.db, r.id)
		for what, id := range map[string]uuid.UUID{"deleted": r.id, "unknown": models.NewID()} {
			if _, err := r.log.Load(t.Context(), id); !errors.Is(err, models.ErrNotFound) {
				t.Errorf("%s: %v, want %v", what, err, models.ErrNotFound)
			}
		}
	})
}

// One batch is what a room with 30 people typing appends in a commit window.
func BenchmarkUpdateLog_Append(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *models.DB{"sqlite": modelstest.SQLite, "postgres": modelstest.Postgres} {
		for _, rooms := range []int{1, 20} {
			for _, state := range []int{2, 1 << 20} {
				b.Run(fmt.Sprintf("%s/rooms=%d/state=%d", name, rooms, state), func(b *testing.B) {
					first := newRoom(b, open(b))
					var batches []models.Batch
					for range rooms {
						r := first.another(b)
						if ok, err := r.log.Compact(b.Context(), models.Compaction{Conversation: r.id, Generation: 1, State: make([]byte, state)}); !ok || err != nil {
							b.Fatal(ok, err)
						}
						batches = append(batches, r.batch(1, "thirty bytes of a Yjs update 1", "thirty bytes of a Yjs update 2", "thirty bytes of a Yjs update 3"))
					}
					for b.Loop() {
						first.append(b, batches...)
					}
				})
			}
		}
	}
}

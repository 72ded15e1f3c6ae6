// Package classroomtest gives tests a whole Classroom over a real store: with
// a clock that stands until it is moved, and rooms that keep nothing in memory.
package classroomtest

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/auth"
	"grimoire/internal/classroom"
	"grimoire/internal/crdt"
	"grimoire/internal/models"
)

// Passphrase is that of everybody with an account.
const Passphrase = "correct horse battery"

// A World is a Classroom and what it stands on.
type World struct {
	*classroom.Classroom
	DB    *models.DB
	Rooms *Rooms
	Clock *Clock
}

// New returns a Classroom over db, at a fixed moment.
func New(t testing.TB, db *models.DB) *World {
	t.Helper()
	clock := &Clock{now: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)}
	rooms := &Rooms{log: models.NewUpdateLog(db, clock.Now)}
	return &World{
		Classroom: classroom.New(classroom.Options{
			DB: db, Rooms: rooms, Repair: rooms, Now: clock.Now, Random: rand.Reader, Logger: slog.New(slog.DiscardHandler),
		}),
		DB: db, Rooms: rooms, Clock: clock,
	}
}

// Operator is whoever sits at the command line.
var Operator = auth.Actor{Operator: true}

// MakeAccount makes a user with Passphrase and returns who acts for it.
func (w *World) MakeAccount(t testing.TB, name string, admin bool) auth.Actor {
	t.Helper()
	user, err := w.CreateUser(t.Context(), Operator, classroom.UserCreate{DisplayName: name, Passphrase: Passphrase, Admin: admin})
	if err != nil {
		t.Fatal(err)
	}
	return auth.Actor{UserID: user.ID, Name: name, Admin: admin}
}

// MakeClass makes a class of an owner who has an account.
func (w *World) MakeClass(t testing.TB, owner auth.Actor, name string) models.ClassRead {
	t.Helper()
	class, err := w.CreateClass(t.Context(), Operator, owner.UserID, models.ClassCreate{ClassFields: models.ClassFields{Name: name}})
	if err != nil {
		t.Fatal(err)
	}
	return class
}

// MakeConversation adds one turn of an actor's to a class.
func (w *World) MakeConversation(t testing.TB, owner auth.Actor, class uuid.UUID, visibility models.Visibility) models.ConversationRead {
	t.Helper()
	read, err := w.Import(t.Context(), owner, class, owner.UserID, OneTurn("Why did Rome fall?", visibility))
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// OneTurn is the request that adds a conversation of a single question.
func OneTurn(markdown string, visibility models.Visibility) classroom.ConversationCreate {
	r := classroom.ConversationCreate{Turns: []classroom.Turn{{Role: "user", Kind: "message", Markdown: markdown}}}
	r.Title, r.Source, r.Visibility, r.RawText = "Rome", "plain", visibility, markdown
	return r
}

// A Clock stands still until it is moved.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now returns the time it shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Move moves it on.
func (c *Clock) Move(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// Rooms opens the Doc of a conversation from the log for each call and appends
// what was changed. It remembers what it was told.
type Rooms struct {
	log *models.UpdateLog

	mu        sync.Mutex
	rechecked []uuid.UUID
	ended     []uuid.UUID
}

var (
	_ classroom.Rooms   = (*Rooms)(nil)
	_ classroom.Repairs = (*Rooms)(nil)
)

// Edit changes a Doc and returns once that is stored.
func (r *Rooms) Edit(ctx context.Context, conversation, user uuid.UUID, edit func(*crdt.Doc) error) error {
	doc, stored, err := r.load(ctx, conversation)
	if err != nil {
		return err
	}
	batch := models.Batch{Conversation: conversation, Generation: stored.Generation}
	doc.OnUpdate(func(update []byte, _ any) {
		batch.Rows = append(batch.Rows, models.UpdateRow{User: user, Bytes: slices.Clone(update)})
	})
	if err := edit(doc); err != nil || len(batch.Rows) == 0 {
		return err
	}
	heads, err := r.log.Append(ctx, []models.Batch{batch})
	if err == nil && heads[0] == models.Fenced {
		return errors.New("the conversation was deleted meanwhile")
	}
	return err
}

// View reads a Doc.
func (r *Rooms) View(ctx context.Context, conversation uuid.UUID, view func(*crdt.Doc) error) error {
	doc, _, err := r.load(ctx, conversation)
	if err != nil {
		return err
	}
	return view(doc)
}

func (r *Rooms) load(ctx context.Context, conversation uuid.UUID) (*crdt.Doc, models.Stored, error) {
	stored, err := r.log.Load(ctx, conversation)
	if err != nil {
		return nil, stored, err
	}
	doc := crdt.New(crdt.Options{})
	for _, update := range append([][]byte{stored.State}, stored.Updates...) {
		if err := doc.Apply(update, nil); err != nil {
			return nil, stored, err
		}
	}
	return doc, stored, nil
}

// Verify reports the rows that the log has lost.
func (r *Rooms) Verify(ctx context.Context, conversation uuid.UUID) (classroom.Report, error) {
	doc, stored, err := r.load(ctx, conversation)
	if err != nil {
		return classroom.Report{}, err
	}
	report := classroom.Report{
		Conversation: conversation, Generation: stored.Generation, Head: stored.Head, Readable: true, Waiting: doc.Pending().Structs,
	}
	for _, d := range stored.Damaged {
		report.Faults = append(report.Faults, d.Why)
		report.Lost = append(report.Lost, classroom.LostRow{Seq: d.Seq, Why: d.Why})
	}
	return report, nil
}

// Compact covers every row that can be read by a new state.
func (r *Rooms) Compact(ctx context.Context, conversation uuid.UUID) error {
	doc, stored, err := r.load(ctx, conversation)
	if err != nil {
		return err
	}
	_, err = r.log.Compact(ctx, models.Compaction{
		Conversation: conversation, Generation: stored.Generation, From: stored.From, To: stored.Head, State: doc.Encode(nil),
	})
	return err
}

// Recover is Verify, and then Compact unless it is dry.
func (r *Rooms) Recover(ctx context.Context, conversation uuid.UUID, dry bool) (classroom.Report, error) {
	report, err := r.Verify(ctx, conversation)
	if err == nil && !dry && len(report.Faults) > 0 {
		err = r.Compact(ctx, conversation)
	}
	return report, err
}

// Recheck remembers that a class's rights moved.
func (r *Rooms) Recheck(class uuid.UUID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rechecked = append(r.rechecked, class)
}

// EndSession remembers that a session ended.
func (r *Rooms) EndSession(session uuid.UUID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = append(r.ended, session)
}

// Told returns and forgets the classes to recheck and the sessions that ended.
func (r *Rooms) Told() (rechecked, ended []uuid.UUID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rechecked, ended = r.rechecked, r.ended
	r.rechecked, r.ended = nil, nil
	return rechecked, ended
}

// Package classroom knows what people do: set up, sign in, make classes, invite
// and join, add conversations, decide who may do what in them, export.
//
// Every use-case has one shape:
//
//	who asks, what for ── auth.Can ──> one transaction ── commit ──> tell the rooms
//	       │                  │                                         │
//	  *Error: a sentence   not_found for what               an effect never runs for
//	  for a person         one may not know                 something that was rolled back
//
// HTTP, websocket and command line call the same methods; the operator at the
// command line is an Actor too. Methods are safe for concurrent use. What they
// return for people are refusals of type *Error; any other error is a fault of
// ours, to be logged and not shown.
package classroom

import (
	"context"
	"io"
	"log/slog"
	"runtime"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/auth"
	"grimoire/internal/crdt"
	"grimoire/internal/models"
)

// Rooms are the live documents. Whatever happens to the Doc of a conversation
// goes through its room, never around it.
type Rooms interface {
	// Edit changes a Doc in the name of user and returns once that is durable.
	Edit(ctx context.Context, conversation, user uuid.UUID, edit func(*crdt.Doc) error) error
	// View reads a Doc, which is only valid during the call.
	View(ctx context.Context, conversation uuid.UUID, view func(*crdt.Doc) error) error
	// Recheck asks again what everybody connected to a class may do.
	Recheck(class uuid.UUID)
	// EndSession closes what a session has open.
	EndSession(session uuid.UUID)
}

// Options of New. All fields are needed.
type Options struct {
	DB     *models.DB
	Rooms  Rooms
	Repair Repairs
	Now    func() time.Time
	Random io.Reader
	Logger *slog.Logger
}

// A Classroom is all use-cases over one database and its rooms.
type Classroom struct {
	db        *models.DB
	rooms     Rooms
	repairs   Repairs
	clock     func() time.Time
	random    io.Reader
	logger    *slog.Logger
	passwords *auth.Passwords
	limits    limits
	reading   chan struct{} // a slot for each paste that is being read, see Preview
}

// New returns a Classroom.
func New(o Options) *Classroom {
	return &Classroom{
		db:        o.DB,
		rooms:     o.Rooms,
		repairs:   o.Repair,
		clock:     o.Now,
		random:    o.Random,
		logger:    o.Logger,
		passwords: auth.NewPasswords(o.Random),
		limits:    newLimits(o.Now),
		reading:   make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)),
	}
}

// now is the time as both databases keep it.
func (c *Classroom) now() time.Time { return models.Instant(c.clock()) }

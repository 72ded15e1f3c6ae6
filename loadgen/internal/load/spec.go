// Package load simulates classes of students on a Yjs sync server and measures
// what reaches whom, how fast, and at what cost to the server.
//
//	Run ──> school ──> class (a room) ──> student ──> client ══ websocket ══> server
//	 │                                     when each edit and cursor was
//	 │                                     written, and when others saw it
//	 └──> meter: the server's CPU time and memory, from /proc
//
// All students live in this process, so writer and reader share one clock.
package load

import (
	"errors"
	"fmt"
	"time"
)

// Mode is a kind of run.
type Mode string

// The modes.
const (
	Classroom Mode = "classroom"  // students type and move cursors in shared rooms
	Idle      Mode = "idle"       // connections that only stay open
	JoinStorm Mode = "join-storm" // a whole class opens one large document at once
	Stalled   Mode = "stalled"    // a client asks for a large document again and again and reads nothing
	Reload    Mode = "reload"     // the server is killed under load and started again
	Capacity  Mode = "capacity"   // the edit rate rises until the server falls behind
)

// needsDocument reports whether the mode begins with a large document.
func (m Mode) needsDocument() bool { return m == JoinStorm || m == Stalled }

// Spec describes one run.
type Spec struct {
	Name     string  `json:"name"`
	Mode     Mode    `json:"mode"`
	Rooms    int     `json:"rooms"`
	Clients  int     `json:"clients"`            // in each room
	Typing   float64 `json:"typing,omitempty"`   // share of clients that type, at least one a room
	Rate     float64 `json:"rate,omitempty"`     // edits a second of each typing client
	Cursors  float64 `json:"cursors,omitempty"`  // cursor moves a second of each reader; above 0, every edit moves its writer's cursor too
	Seconds  float64 `json:"seconds,omitempty"`  // how long the load lasts
	Document string  `json:"document,omitempty"` // join-storm, stalled: file with a Yjs v1 update
	Cold     bool    `json:"cold,omitempty"`     // join-storm, idle: restart the server before the class arrives
	Signal   string  `json:"signal,omitempty"`   // reload: KILL, unless it is TERM
}

// Check completes the spec with defaults and reports what makes no sense.
func (s *Spec) Check() error {
	s.Rooms, s.Clients = max(s.Rooms, 1), max(s.Clients, 1)
	if s.Seconds <= 0 {
		s.Seconds = 10
	}
	if s.Name == "" {
		s.Name = string(s.Mode)
	}
	switch s.Mode {
	case Classroom, Reload, Capacity:
		if s.Rate <= 0 {
			return errors.New("load: rate must be above 0")
		}
	case JoinStorm, Stalled:
		if s.Document == "" {
			return fmt.Errorf("load: %s needs a document", s.Mode)
		}
	case Idle:
	default:
		return fmt.Errorf("load: unknown mode %q", s.Mode)
	}
	if s.Signal != "" && s.Signal != "KILL" && s.Signal != "TERM" {
		return fmt.Errorf("load: signal %q is neither KILL nor TERM", s.Signal)
	}
	return nil
}

// RoomsNeeded returns how many rooms the run joins, also before Check.
func (s *Spec) RoomsNeeded() int {
	switch rooms := max(s.Rooms, 1); s.Mode {
	case JoinStorm, Stalled:
		return 1
	case Idle:
		return 2 * rooms
	default:
		return rooms
	}
}

// writers returns how many clients of a room type.
func (s *Spec) writers() int {
	return min(max(int(s.Typing*float64(s.Clients)+0.5), 1), s.Clients)
}

func (s *Spec) duration() time.Duration {
	return time.Duration(s.Seconds * float64(time.Second))
}

package ws

import "time"

// A window gathers what happens close together, so that it leaves in one write per conn. It has a
// leading edge: the first thing after a quiet time leaves at once, the next ones wait until the
// pause after it is over.
type window struct {
	due   bool      // there is something to send
	after time.Time // not before this
}

// open says that there is something to send.
func (w *window) open() { w.due = true }

// ready reports whether it may leave now.
func (w *window) ready(now time.Time) bool { return w.due && !now.Before(w.after) }

// shut says that it has left, and for how long the next must wait.
func (w *window) shut(now time.Time, pause time.Duration) { *w = window{after: now.Add(pause)} }

// Pauses. A write to a socket costs microseconds whatever it carries: in a large room fewer and
// larger writes are the only way to be cheap, and 50 ms is still less than anybody notices.
const (
	pausePerMember = 50 * time.Microsecond
	pauseMost      = 50 * time.Millisecond
)

// editPause is the pause between two writes of updates to a room of so many conns.
func editPause(members int) time.Duration {
	return min(time.Duration(members)*pausePerMember, pauseMost)
}

// presencePause is the pause between two writes of presence: 10 a second, fewer in a crowd.
func presencePause(members int) time.Duration {
	switch {
	case members > 100:
		return time.Second
	case members > 20:
		return time.Second / 2
	default:
		return time.Second / 10
	}
}

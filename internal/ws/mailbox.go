package ws

import "sync"

// mailbox hands tasks to the one goroutine at a time that works in a room. They are taken whole, so
// that whatever arrived together is done together. Its size is bounded by its senders: a frame waits
// for room in the budgets before it is posted. While there is nothing to do there is no goroutine.
//
// What the committer has to say goes in a lane of its own, because a room whose Doc is broken
// waits for its commits while everything else waits for a new Doc.
type mailbox struct {
	start func() // has a goroutine take until there is nothing

	mu      sync.Mutex
	tasks   []func()
	settled []settlement
	working bool // work has been started, and has not been told that there is nothing
	closed  bool
}

// newMailbox returns a mailbox that calls start when something comes, once somebody has called take.
// start has another goroutine take until there is nothing.
func newMailbox(start func()) *mailbox { return &mailbox{start: start, working: true} }

// settlement is what became of a room's next rows: they are on disk, fenced off, or refused for good.
type settlement struct {
	rows int
	head int64 // of the log; or Fenced
	err  error // why the log will never take them; nil: it did, or they are Fenced
}

// post adds a task. It reports false if the room has closed, which it does not while it is held
// unless a shutdown took too long; then nobody will do the task.
func (m *mailbox) post(task func()) bool {
	taken, begin := add(m, &m.tasks, task)
	if begin {
		m.start()
	}
	return taken
}

// hand adds a task, and reports whether nobody is at it: then the caller must take until there is nothing.
func (m *mailbox) hand(task func()) (begin bool) {
	_, begin = add(m, &m.tasks, task)
	return begin
}

// settle is hand for what a commit brought about.
func (m *mailbox) settle(s settlement) (begin bool) {
	_, begin = add(m, &m.settled, s)
	return begin
}

func add[T any](m *mailbox, lane *[]T, one T) (taken, begin bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false, false
	}
	*lane = append(*lane, one)
	begin = !m.working
	m.working = true
	return true, begin
}

// take returns everything there is, or only what was settled. If that is nothing, work must end.
func (m *mailbox) take(onlySettled bool) (settled []settlement, tasks []func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	settled, m.settled = m.settled, nil
	if !onlySettled {
		tasks, m.tasks = m.tasks, nil
	}
	m.working = len(settled)+len(tasks) > 0
	return settled, tasks
}

// putBack returns tasks that were taken and not done: they come before all others.
func (m *mailbox) putBack(tasks []func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tasks = append(tasks, m.tasks...)
}

// close refuses whatever comes from now on, unless there is still something to take.
func (m *mailbox) close() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.tasks)+len(m.settled) > 0 {
		return false
	}
	m.closed = true
	return true
}

// signal leaves a token in a channel that holds one, unless there is one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

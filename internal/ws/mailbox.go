package ws

import "sync"

// mailbox hands work to the one goroutine that owns a room. It is taken whole, so that whatever
// arrived together is done together. Its size is bounded by its senders: a frame waits for room
// in the budgets before it is posted.
//
// What the committer has to say goes in a lane of its own, because a room that is reloading
// waits for its commits while everything else waits for the reload.
type mailbox struct {
	wake chan struct{} // holds one token when there may be something to take

	mu      sync.Mutex
	tasks   []func()
	commits []func()
	closed  bool
}

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

// post adds a task. It is done unless the room has closed, which it does not while it is held.
func (m *mailbox) post(task func()) { m.add(&m.tasks, task) }

// postCommit adds what a commit brought about.
func (m *mailbox) postCommit(task func()) { m.add(&m.commits, task) }

func (m *mailbox) add(lane *[]func(), task func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		*lane = append(*lane, task)
		signal(m.wake)
	}
}

// take returns everything there is, commits first.
func (m *mailbox) take() []func() {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := append(m.commits, m.tasks...)
	m.commits, m.tasks = nil, nil
	return all
}

// takeCommits leaves the tasks where they are.
func (m *mailbox) takeCommits() []func() {
	m.mu.Lock()
	defer m.mu.Unlock()
	commits := m.commits
	m.commits = nil
	return commits
}

// close refuses whatever comes from now on, unless there is still something to take.
func (m *mailbox) close() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.tasks)+len(m.commits) > 0 {
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

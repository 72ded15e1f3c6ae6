package ws

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"
)

// memoryLog is a Log that forgets nothing and can be told to misbehave. What it holds is what a
// disk would hold after a crash.
type memoryLog struct {
	mu     sync.Mutex
	stored map[uuid.UUID]*Stored
	rows   map[uuid.UUID][][]byte // of the generation, all of them
	owners map[clientKey]uuid.UUID

	previous   map[uuid.UUID]*Stored  // the snapshot before, if there was one
	quarantine map[uuid.UUID][]Damage // moved out of rows, which have nil in their place

	loads   int
	appends int

	// before and after are called around an Append; their error is Append's. An error of after
	// leaves the rows stored.
	before, after func() error
	// poisoned is the conversation whose rows are never taken.
	poisoned uuid.UUID
	// If not nil, they hold up every Append, Load or Compact until they are closed.
	appending, loading, compacting chan struct{}
}

type clientKey struct {
	conversation uuid.UUID
	client       uint64
}

var errDisk = errors.New("disk trouble")

func newMemoryLog(conversations ...uuid.UUID) *memoryLog {
	l := &memoryLog{
		stored: make(map[uuid.UUID]*Stored), rows: make(map[uuid.UUID][][]byte), owners: make(map[clientKey]uuid.UUID),
		previous: make(map[uuid.UUID]*Stored), quarantine: make(map[uuid.UUID][]Damage),
	}
	for _, id := range conversations {
		l.stored[id] = &Stored{Epoch: "epoch", Generation: 1}
	}
	return l
}

func (l *memoryLog) wait(gate *chan struct{}) {
	l.mu.Lock()
	blocked := *gate
	l.mu.Unlock()
	if blocked != nil {
		<-blocked
	}
}

// block holds up what waits at the gate until the returned function is called.
func (l *memoryLog) block(gate *chan struct{}) (resume func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	blocked := make(chan struct{})
	*gate = blocked
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		*gate = nil
		close(blocked)
	}
}

func (l *memoryLog) Load(_ context.Context, conversation uuid.UUID) (Stored, error) {
	l.wait(&l.loading)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.loads++
	s, ok := l.stored[conversation]
	if !ok {
		return Stored{}, ErrNotFound
	}
	return l.read(conversation, *s), nil
}

// read completes s with the rows after its snapshot.
func (l *memoryLog) read(conversation uuid.UUID, s Stored) Stored {
	s.From = l.stored[conversation].Snapshot
	for i, update := range l.rows[conversation][s.Snapshot:] {
		if update != nil {
			s.Updates = append(s.Updates, update)
			continue
		}
		d := Damage{Seq: s.Snapshot + int64(i) + 1, Why: "missing"}
		for _, known := range l.quarantine[conversation] {
			if known.Seq == d.Seq {
				d = known
			}
		}
		s.Damaged = append(s.Damaged, d)
	}
	return s
}

func (l *memoryLog) LoadPrevious(_ context.Context, conversation uuid.UUID) (Stored, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok := l.stored[conversation]
	if !ok {
		return Stored{}, ErrNotFound
	}
	previous := *s
	previous.Snapshot, previous.State, previous.Fallback = 0, nil, true
	if p := l.previous[conversation]; p != nil {
		previous.Snapshot, previous.State = p.Snapshot, p.State
	}
	return l.read(conversation, previous), nil
}

func (l *memoryLog) Scan(_ context.Context, conversation uuid.UUID) (rows int, damaged []Damage, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok := l.stored[conversation]
	if !ok {
		return 0, nil, ErrNotFound
	}
	all := l.read(conversation, Stored{Head: s.Head})
	for _, d := range all.Damaged {
		if d.Seq > s.Snapshot {
			damaged = append(damaged, d)
		}
	}
	return len(all.Updates), damaged, nil
}

func (l *memoryLog) Quarantine(_ context.Context, conversation uuid.UUID, generation int64, damaged []Damage) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stored[conversation].Generation == generation {
		for _, d := range damaged {
			l.quarantine[conversation] = append(l.quarantine[conversation], d)
			l.rows[conversation][d.Seq-1] = nil
		}
	}
	return nil
}

func (l *memoryLog) Append(ctx context.Context, batches []Batch) ([]int64, error) {
	l.wait(&l.appending)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.appends++
	if l.before != nil {
		if err := l.before(); err != nil {
			return nil, err
		}
	}
	for _, b := range batches {
		if b.Conversation == l.poisoned {
			return nil, ErrRejected
		}
	}
	heads := make([]int64, len(batches))
	for i, b := range batches {
		s, ok := l.stored[b.Conversation]
		if !ok || s.Generation != b.Generation {
			heads[i] = Fenced
			continue
		}
		for _, row := range b.Rows {
			l.rows[b.Conversation] = append(l.rows[b.Conversation], row.Bytes)
		}
		s.Head += int64(len(b.Rows))
		heads[i] = s.Head
	}
	if l.after != nil {
		if err := l.after(); err != nil {
			return nil, err
		}
	}
	return heads, nil
}

func (l *memoryLog) Compact(_ context.Context, c Compaction) (bool, error) {
	l.wait(&l.compacting)
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.stored[c.Conversation]
	if s == nil || s.Generation != c.Generation || s.Snapshot != c.From {
		return false, nil
	}
	if !c.KeepPrevious {
		l.previous[c.Conversation] = &Stored{Snapshot: s.Snapshot, State: s.State}
	}
	s.Snapshot, s.State = c.To, c.State
	return true, nil
}

func (l *memoryLog) Bind(_ context.Context, conversation uuid.UUID, client uint64, user uuid.UUID) (uuid.UUID, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := clientKey{conversation, client}
	if owner, ok := l.owners[key]; ok {
		return owner, nil
	}
	l.owners[key] = user
	return user, nil
}

func (l *memoryLog) Owner(_ context.Context, conversation uuid.UUID, client uint64) (uuid.UUID, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.owners[clientKey{conversation, client}], nil
}

// restore begins a new generation, as an operator does who brings a backup back.
func (l *memoryLog) restore(conversation uuid.UUID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stored[conversation] = &Stored{Epoch: "epoch", Generation: l.stored[conversation].Generation + 1}
	l.rows[conversation] = nil
}

func (l *memoryLog) get(conversation uuid.UUID) Stored {
	l.mu.Lock()
	defer l.mu.Unlock()
	return *l.stored[conversation]
}

// memoryGate knows people by their token.
type memoryGate struct {
	mu     sync.Mutex
	passes map[string]Pass
	errs   map[string]error
	late   chan struct{} // not nil: holds up the next answer, which stays what it was
	slow   time.Duration // what every answer takes
	asked  int           // since count
}

func (g *memoryGate) Enter(_ context.Context, token string, _ uuid.UUID) (Pass, error) {
	g.mu.Lock()
	g.asked++
	pass, err := g.answer(token)
	late, slow := g.late, g.slow
	g.late = nil
	g.mu.Unlock()
	time.Sleep(slow)
	if late != nil {
		<-late
	}
	return pass, err
}

// count returns how often it was asked since the last count.
func (g *memoryGate) count() (asked int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	asked, g.asked = g.asked, 0
	return asked
}

// answerLate holds up the answer to the next question until the channel is closed.
func (g *memoryGate) answerLate(until chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.late = until
}

func (g *memoryGate) answer(token string) (Pass, error) {
	if err := g.errs[token]; err != nil {
		return Pass{}, err
	}
	pass, ok := g.passes[token]
	if !ok {
		return Pass{}, ErrSignIn
	}
	return pass, nil
}

// admit gives token a pass, or takes it away for the reason err.
func (g *memoryGate) admit(token string, pass Pass, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.passes == nil {
		g.passes, g.errs = make(map[string]Pass), make(map[string]error)
	}
	g.passes[token], g.errs[token] = pass, err
}

var (
	_ Log    = (*memoryLog)(nil)
	_ Gate   = (*memoryGate)(nil)
	_ socket = (*memorySocket)(nil)
)

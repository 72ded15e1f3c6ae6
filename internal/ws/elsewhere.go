package ws

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// A Watch tells what other processes have done to rights, which nobody tells the hub of. Each second it is
// asked about the classes and sessions of all open conns, in one question each.
type Watch interface {
	// PolicyEpochs returns how often rights have moved in each of the classes. It only ever grows.
	PolicyEpochs(ctx context.Context, classes []uuid.UUID) (map[uuid.UUID]int64, error)

	// EndedSessions returns which of the sessions have ended.
	EndedSessions(ctx context.Context, sessions []uuid.UUID) ([]uuid.UUID, error)
}

const (
	glancePause = time.Second     // between two looks at the Watch
	glanceTime  = 5 * time.Second // for its answers
)

// elsewhere looks after what other processes do to the rights of the open conns.
type elsewhere struct {
	watch Watch // nil: nobody else has the store

	mu       sync.Mutex
	classes  map[uuid.UUID]int // open conns, by class
	sessions map[uuid.UUID]int // the same, by session

	epochs map[uuid.UUID]int64 // as they were last read; owned by lookElsewhere, as is
	failed bool                // the last look
}

func newElsewhere(watch Watch) *elsewhere {
	return &elsewhere{watch: watch, classes: make(map[uuid.UUID]int), sessions: make(map[uuid.UUID]int)}
}

// add counts n more conns like c.
func (e *elsewhere) add(c *conn, n int) {
	if e.watch == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	count(e.classes, c.class, n)
	count(e.sessions, c.session, n)
}

func count(of map[uuid.UUID]int, id uuid.UUID, n int) {
	if of[id] += n; of[id] == 0 {
		delete(of, id)
	}
}

// keepLooking looks each second until ctx ends.
func (h *Hub) keepLooking(ctx context.Context) {
	tick := time.NewTicker(glancePause)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			h.lookElsewhere(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// lookElsewhere has acted upon what moved since the last look. Who was judged by the newest rights of a class,
// as all are whom the hub was told of, is not asked about again.
func (h *Hub) lookElsewhere(ctx context.Context) {
	e := h.elsewhere
	e.mu.Lock()
	classes, sessions := slices.Collect(maps.Keys(e.classes)), slices.Collect(maps.Keys(e.sessions))
	e.mu.Unlock()
	if len(classes) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, glanceTime)
	defer cancel()
	epochs, err := e.watch.PolicyEpochs(ctx, classes)
	if err != nil {
		e.fail(h, err)
		return
	}
	for class, epoch := range epochs {
		if before, known := e.epochs[class]; !known || before != epoch {
			h.recheckWhere(func(c *conn) bool { return c.class == class && c.pass.Epoch < epoch })
		}
	}
	e.epochs = epochs
	ended, err := e.watch.EndedSessions(ctx, sessions)
	if err != nil {
		e.fail(h, err)
		return
	}
	e.failed = false
	for _, session := range ended {
		h.EndSession(session)
	}
}

// fail says so once, until it is over. Meanwhile rights are as old as the last time a conn's turn came.
func (e *elsewhere) fail(h *Hub, err error) {
	if !e.failed && h.life.Err() == nil {
		h.logger.Error("cannot look what other processes did to rights", "error", err)
	}
	e.failed = true
}

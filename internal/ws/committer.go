package ws

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// A commit costs as much as dozens of rows. So while many people write, the committer lets rows gather as long as
// the first of them can still be on disk savedWithin after it came; after a quiet time it waits only for what
// comes together. It commits at once what is too much to wait.
const (
	savedWithin = 20 * time.Millisecond
	commitDelay = 2 * time.Millisecond
	commitBytes = 256 << 10
	commitRows  = 512
)

// roomsInPassing is how many rooms one goroutine serves after a commit. To wake one for each would cost more than
// what most have to do, which is to write Saved to one conn.
const roomsInPassing = 16

// After an error it tries again, first soon, later less often.
const (
	retryFirst = 50 * time.Millisecond
	retryMost  = 2 * time.Second
)

// entry is one row on its way to the log.
type entry struct {
	room       *room
	generation int64
	row        Row
	at         time.Time // when it was submitted
}

// committer appends the rows of all rooms to the log, many rooms in one transaction, and tells
// each room when its rows are on disk. Rows of a room are committed in the order given.
//
// An error of the log leaves open what was stored. The committer keeps the rows and appends the
// same batches again until the log says that they are there; a row that is stored twice changes
// no Doc. Only ErrRejected is final: the room whose rows the log will never take is given up.
type committer struct {
	log     Log
	stacks  *stacks // on which rooms work
	logger  *slog.Logger
	metrics *metrics
	wake    chan struct{} // holds one token when rows came
	full    chan struct{} // holds one token when there are enough not to wait for more

	mu    sync.Mutex
	queue []entry
	bytes int
}

func newCommitter(log Log, stacks *stacks, logger *slog.Logger, m *metrics) *committer {
	return &committer{log: log, stacks: stacks, logger: logger, metrics: m, wake: make(chan struct{}, 1), full: make(chan struct{}, 1)}
}

// submit takes a row over. The room hears of it through its mailbox.
func (c *committer) submit(e entry) {
	e.at = time.Now()
	c.mu.Lock()
	c.queue = append(c.queue, e)
	c.bytes += len(e.row.Bytes)
	full := c.bytes >= commitBytes || len(c.queue) >= commitRows
	c.mu.Unlock()

	signal(c.wake)
	if full {
		signal(c.full)
	}
}

// run commits until ctx ends; whatever is not committed by then was never acknowledged.
func (c *committer) run(ctx context.Context) {
	delay := time.NewTimer(0)
	defer delay.Stop()
	var began time.Time    // the last commit
	var took time.Duration // a commit, at most, as far as the last ones tell
	for {
		select {
		case <-c.wake:
		case <-ctx.Done():
			return
		}
		pause := commitDelay
		if time.Since(began) < savedWithin {
			pause = max(pause, savedWithin-took-c.waited())
		}
		delay.Reset(pause)
		select {
		case <-delay.C:
		case <-c.full:
		case <-ctx.Done():
			return
		}
		began = time.Now()
		c.commit(ctx, c.take())
		took = max(time.Since(began), took-took/8)
	}
}

// waited is for how long the first row has been there.
func (c *committer) waited() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 { // the last commit took what this was woken for
		return 0
	}
	return time.Since(c.queue[0].at)
}

func (c *committer) take() []entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.queue
	c.queue, c.bytes = nil, 0
	select { // what these asked for is about to happen
	case <-c.full:
	default:
	}
	return all
}

// commit appends the entries, as often as it takes, and tells their rooms.
func (c *committer) commit(ctx context.Context, entries []entry) {
	if len(entries) > 0 {
		rooms, batches := group(entries)
		c.append(ctx, rooms, batches)
	}
}

// append puts one batch of each room into the log. If the log will never take one of them, the rooms go on
// one by one, and only that one is given up.
func (c *committer) append(ctx context.Context, rooms []*room, batches []Batch) {
	wait := retryFirst
	for {
		start := time.Now()
		// The commit itself is never cancelled: that would only make its outcome unknown.
		heads, err := c.log.Append(context.WithoutCancel(ctx), batches)
		if err == nil {
			c.committed(time.Since(start), rooms, batches, heads)
			return
		}
		c.metrics.commitErrors.Inc()
		if errors.Is(err, ErrRejected) {
			c.rejected(ctx, rooms, batches, err)
			return
		}
		c.logger.Error("commit will be tried again", "rooms", len(rooms), "in", wait, "error", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
		wait = min(2*wait, retryMost)
	}
}

func (c *committer) committed(took time.Duration, rooms []*room, batches []Batch, heads []int64) {
	rows := 0
	var waiting []*room
	for i, r := range rooms {
		n := len(batches[i].Rows)
		rows += n
		if r.inbox.settle(settlement{rows: n, head: heads[i]}) {
			waiting = append(waiting, r)
		}
	}
	c.metrics.commit(took, rows)
	for some := range slices.Chunk(waiting, roomsInPassing) {
		go c.stacks.run(func() {
			for _, r := range some {
				r.workInPassing()
			}
		})
	}
}

func (c *committer) rejected(ctx context.Context, rooms []*room, batches []Batch, err error) {
	if len(rooms) == 1 {
		r, n := rooms[0], len(batches[0].Rows)
		c.metrics.rejected.Add(float64(n))
		c.logger.Error("rows cannot be stored", "conversation", r.id, "rows", n, "error", err)
		if r.inbox.settle(settlement{rows: n, err: err}) {
			r.inbox.start()
		}
		return
	}
	for i := range rooms {
		if ctx.Err() != nil {
			return
		}
		c.append(ctx, rooms[i:i+1], batches[i:i+1])
	}
}

// group makes one batch for each room and generation, in the order of their first rows.
func group(entries []entry) ([]*room, []Batch) {
	type key struct {
		room       *room
		generation int64
	}
	var (
		at      = make(map[key]int)
		rooms   []*room
		batches []Batch
	)
	for _, e := range entries {
		k := key{e.room, e.generation}
		i, ok := at[k]
		if !ok {
			i = len(batches)
			at[k] = i
			rooms = append(rooms, e.room)
			batches = append(batches, Batch{Conversation: e.room.id, Generation: e.generation})
		}
		batches[i].Rows = append(batches[i].Rows, e.row)
	}
	return rooms, batches
}

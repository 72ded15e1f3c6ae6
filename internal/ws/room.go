package ws

import (
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/semaphore"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

// state is where a room is in its life. It only ever goes forward.
type state int

const (
	loading  state = iota // joiners wait until the Doc is whole
	live                  // has its Doc and serves it
	draining              // has said goodbye to everybody and waits for the last commit
	closed                // nothing happens in it any more
)

// room is one conversation in memory: its Doc, who is there, and what they show of themselves.
// One goroutine at a time, in work, does everything to them; others hand it tasks through the inbox.
type room struct {
	id      uuid.UUID // static after construction, as are these
	hub     *Hub
	inbox   *mailbox
	owners  *owners
	unsaved *semaphore.Weighted // bytes of frames received and not yet on disk
	loaded  chan struct{}       // closed when loading is over; loadErr says how

	loadErr error     // written before loaded is closed, as is
	liveAt  time.Time // when that was, if it is nil

	// Guarded by hub.mu.
	holders int // conns, edits and views that need the room

	// Owned by open, then by work.
	state    state
	awake    *crdt.Doc // the Doc; nil while the room dozes
	dozing   dozing
	neededAt time.Time // when somebody last needed the Doc
	broken   bool      // doc is in an unknown state and must be loaded anew
	stored   Stored    // as loaded, without its bytes; Head and Snapshot follow
	conns    map[*conn]struct{}
	visitors map[uuid.UUID]*visitor // nil: nobody yet
	news     []*conn                // whose outboxes are to be flushed
	idleAt   time.Time              // since when nobody holds the room; zero: somebody may
	beatAt   time.Time              // when the next sign of life is due
	alarm    *time.Timer            // wakes it when the clock asks for something
	alarmAt  time.Time              // when that is; zero: it has
	beats    int
	joined   int // conns, ever

	// What the Doc has told and not told.
	emitted   [][]byte      // by the change under way
	relays    []relay       // on their way to the neighbours
	relayed   []relay       // in the outboxes of the neighbours since the last flush
	joining   []*conn       // whose first answer is in their outboxes, the same
	edits     window        // to send them
	unsettled []sealedRelay // sent and perhaps not on disk, by row
	joins     joinFrame
	digested  digest

	// Presence.
	presence  protocol.States
	shownBy   map[uint64]*conn    // whose presence came over which conn
	moved     map[uint64]struct{} // clients whose presence is news
	cursors   window              // to send them
	everybody frame               // presence of all; nil when it must be made anew
	crowd     int                 // clients in everybody

	// Rows on their way to the log.
	submitted  int64   // given to the committer, ever
	settled    int64   // those it is done with
	held       []int64 // bytes of the budgets for each of the others
	waiting    []waiter
	fence      bool // the generation has ended
	sinceBytes int  // bytes of the rows after the snapshot
	compacting bool
	compactAt  time.Time // not before this
}

func newRoom(h *Hub, id uuid.UUID) *room {
	r := &room{
		id: id, hub: h, owners: newOwners(h.options.Log, id),
		unsaved: semaphore.NewWeighted(h.options.MaxUnsavedRoom), loaded: make(chan struct{}),
		conns: make(map[*conn]struct{}),
	}
	r.inbox = newMailbox(func() { go h.stacks.run(r.work) })
	return r
}

// open loads the room, and then works in it.
func (r *room) open() {
	if !r.load(r.hub.life) {
		r.hub.running.Done()
		return
	}
	go r.hub.stacks.run(r.work) // on another stack: loading has made this one deep
}

// work does what is in the inbox, in turns, until there is nothing. At most one goroutine is in it.
func (r *room) work() {
	for r.takeTurn() {
	}
}

// turnsInPassing is how many turns somebody takes who has other things to do.
const turnsInPassing = 3

// workInPassing is work for a goroutine that is not the room's: if there is no end to it, or the Doc must be
// loaded anew, another goes on.
func (r *room) workInPassing() {
	for range turnsInPassing {
		if r.broken {
			break
		}
		if !r.takeTurn() {
			return
		}
	}
	go r.hub.stacks.run(r.work)
}

// takeTurn does what has come into the inbox. It reports false if that was nothing, or will never be anything again.
func (r *room) takeTurn() bool {
	if r.hub.life.Err() != nil { // a shutdown took too long
		r.perish()
		return false
	}
	if r.broken && r.settled == r.submitted {
		r.reload(r.hub.life)
	}
	settled, tasks := r.inbox.take(r.broken)
	if len(settled)+len(tasks) == 0 {
		return false
	}
	for _, s := range settled {
		r.guard(func() { r.settle(s) })
	}
	r.turn(tasks)
	r.flush()
	if r.state == closed {
		r.gone()
		return false
	}
	r.setAlarm()
	return true
}

// turn does tasks and what the clock asks for, as far as the Doc stays whole.
func (r *room) turn(tasks []func()) {
	for i, task := range tasks {
		if r.broken {
			r.inbox.putBack(tasks[i:])
			return
		}
		r.guard(task)
	}
	if !r.broken {
		r.guard(r.tick)
	}
}

// wake makes the room look at the clock.
func (r *room) wake() { r.inbox.post(func() { r.alarmAt = time.Time{} }) }

// perish ends the room as it is, without waiting for anything.
func (r *room) perish() {
	r.state = draining
	for {
		for c := range r.conns {
			c.out.abandon(byeShutdown)
		}
		if r.inbox.close() {
			r.gone()
			return
		}
		settled, tasks := r.inbox.take(false)
		for _, s := range settled {
			r.guard(func() { r.settle(s) })
		}
		for _, task := range tasks {
			r.guard(task)
		}
	}
}

// gone is the last thing that happens in the room.
func (r *room) gone() {
	r.state = closed
	r.alarm.Stop()
	r.hub.metrics.rooms.Dec()
	r.hub.running.Done()
}

// flush sends what a turn of the room had to say, in one write per conn.
func (r *room) flush() {
	for _, c := range r.news {
		c.news = false
		c.out.flush()
	}
	clear(r.news)
	r.news = r.news[:0]
	r.measure()
}

// measure notes how long what has just been sent took.
func (r *room) measure() {
	if len(r.relayed)+len(r.joining) == 0 {
		return
	}
	now, m := time.Now(), r.hub.metrics
	for _, u := range r.relayed {
		if !u.came.IsZero() {
			m.edits.Observe(now.Sub(u.came).Seconds())
		}
	}
	for _, c := range r.joining {
		m.joined(now.Sub(c.came), c.held)
	}
	r.relayed, r.joining = nil, nil
}

// join lets a conn in. Its first message tells it how far the server is, so that it can say what
// the server lacks; what it lacks itself it asks for.
func (r *room) join(c *conn) {
	if r.state != live {
		c.end(byeUnavailable)
		return
	}
	if c.mistaken {
		c.end(byeSignIn)
		return
	}
	if !r.visit(c) {
		c.end(byeTooFast)
		return
	}
	if len(r.conns) == 0 {
		r.beatAt = time.Now().Add(beatPause)
	}
	r.conns[c] = struct{}{}
	r.joined++
	c.turn = (r.beats + beatsPerCheck - r.joined%beatsPerCheck) % beatsPerCheck
	r.idleAt = time.Time{}
	if c.grimoire {
		c.send(r.saved(0), newFrame(c.pass.Rights))
	}
	c.send(r.question())
	r.sendUnsettled(c)
	if f := r.presenceFrame(); r.crowd > 0 {
		c.send(f)
	}
	if c.asked != r.hub.changes.Load() {
		r.hub.recheck(r, []*conn{c}, (*conn).renew) // rights moved while it was on its way in
	}
}

// leave forgets a conn whose goroutines are about to end.
func (r *room) leave(c *conn) {
	delete(r.conns, c)
	if c.visitor != nil {
		c.visitor.conns--
	}
	for client := range c.shows {
		if r.shownBy[client] == c {
			delete(r.shownBy, client)
			if r.presence.Remove(client) {
				r.presenceMoved(client)
			}
		}
	}
	if len(r.conns) == 0 {
		r.presence.Forget()
	}
}

// idle starts the time after which the room leaves memory, unless somebody comes.
func (r *room) idle() {
	if len(r.conns) == 0 {
		r.idleAt = time.Now()
	}
}

// drain ends the room for good: what is waiting is sent, then everybody is told to come back
// later, once everything they did is on disk.
func (r *room) drain(spread time.Duration) {
	if r.state != live {
		return
	}
	r.state = draining
	r.relay(time.Now())
	r.tellGrimoire(protocol.Drain{Milliseconds: uint64(spread.Milliseconds())})
	r.await(func(error) { r.endAll(byeShutdown) })
}

// giveUp lets nobody in any more and fails those who wait. Who opens the conversation next gets
// another room.
func (r *room) giveUp(err error) {
	r.state = draining
	r.hub.disown(r)
	waiting := r.waiting
	r.waiting = nil
	for _, w := range waiting {
		if w.done != nil {
			w.done(err)
		}
	}
}

// tellGrimoire sends a message that only grimoire.v1 knows.
func (r *room) tellGrimoire(m protocol.Message) {
	f := newFrame(m)
	for c := range r.conns {
		if c.grimoire {
			c.send(f)
		}
	}
}

func (r *room) endAll(bye farewell) {
	for c := range r.conns {
		c.end(bye)
	}
}

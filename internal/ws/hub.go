package ws

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/semaphore"

	"grimoire/internal/crdt"
)

// Options says what a Hub works with. Log, Gate, Token and AllowOrigin are required.
type Options struct {
	Log  Log
	Gate Gate

	// Watch is for a store that other processes write to; nil: there are none.
	Watch Watch

	// Token returns the session token that a request carries, or "".
	Token func(*http.Request) string
	// AllowOrigin reports whether the request comes from one of our own pages. It is asked before
	// anything else: browsers let every page open a websocket anywhere, cookies included.
	AllowOrigin func(*http.Request) bool

	// SealKey is a secret of the store, the same for every process that serves it and never told to
	// a client (see seal.go). Nil: one that ends with the process, so that what a crash made the
	// server forget nobody but its authors can bring back.
	SealKey []byte

	Logger  *slog.Logger          // nil: slog.Default
	Metrics prometheus.Registerer // nil: nobody looks

	// Bounds; zero means the value given here.
	MaxOwed        int           // bytes queued for a conn that reads slowly: 8 MiB
	MaxUnsavedRoom int64         // bytes received and not on disk, a room: 16 MiB
	MaxUnsaved     int64         // the same, all rooms: 64 MiB
	MaxReceiving   int64         // bytes of long messages that are coming in, all rooms: 64 MiB
	IdleRoom       time.Duration // in memory after the last holder: 60 s
	CompactRows    int64         // rows after the snapshot that start a compaction: 500
	CompactBytes   int           // their bytes that do: 1 MiB
	DrainSpread    time.Duration // over which clients come back after a shutdown: 5 s
}

func (o Options) withDefaults() Options {
	setDefault(&o.Logger, slog.Default())
	setDefault(&o.MaxOwed, 8<<20)
	setDefault(&o.MaxUnsavedRoom, 16<<20)
	setDefault(&o.MaxUnsaved, 64<<20)
	setDefault(&o.MaxReceiving, 64<<20)
	setDefault(&o.IdleRoom, time.Minute)
	setDefault(&o.CompactRows, 500)
	setDefault(&o.CompactBytes, 1<<20)
	setDefault(&o.DrainSpread, 5*time.Second)
	if o.SealKey == nil {
		o.SealKey = make([]byte, 32)
		rand.Read(o.SealKey)
	}
	return o
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Hub holds the rooms of the conversations that somebody is looking at.
type Hub struct {
	options    Options // static after construction, as are these
	logger     *slog.Logger
	metrics    *metrics
	committer  *committer
	unsaved    *semaphore.Weighted // bytes of frames received and not yet on disk
	receiving  budget              // bytes of long messages that have not come to their end
	thrift     thrift
	elsewhere  *elsewhere
	stacks     stacks          // on which rooms work
	sealers    *sync.Pool      // of hash.Hash
	life       context.Context // of every goroutine; ended by Shutdown
	end        context.CancelFunc
	running    sync.WaitGroup // conns, rooms and what they started; not the committer
	committing sync.WaitGroup // the committer, and who looks elsewhere
	compacting chan struct{}  // holds a token while one runs
	rechecking chan struct{}  // holds a token for each question to the gate under way

	changes atomic.Uint64 // counts what moved rights: Recheck, EndSession, rows quarantined

	mu      sync.Mutex
	rooms   map[uuid.UUID]*room
	closing bool
}

// NewHub returns a Hub whose goroutines run until Shutdown.
func NewHub(o Options) *Hub {
	o = o.withDefaults()
	life, end := context.WithCancel(context.Background())
	h := &Hub{
		options: o, logger: o.Logger, metrics: newMetrics(o.Metrics),
		unsaved: semaphore.NewWeighted(o.MaxUnsaved), life: life, end: end,
		compacting: make(chan struct{}, 1), rechecking: make(chan struct{}, recheckers),
		rooms: make(map[uuid.UUID]*room), elsewhere: newElsewhere(o.Watch), sealers: newSealers(o.SealKey),
	}
	h.receiving.most = o.MaxReceiving
	watch(o.Metrics, "receiving_bytes", "Bytes of long messages that have not come to their end.", h.receiving.used.Load)
	h.thrift.collect, h.thrift.growth = debug.FreeOSMemory, debug.SetGCPercent
	context.AfterFunc(life, h.stacks.end)
	h.committer = newCommitter(o.Log, &h.stacks, o.Logger, h.metrics)
	h.committing.Go(func() { h.committer.run(life) })
	if o.Watch != nil {
		h.committing.Go(func() { h.keepLooking(life) })
	}
	return h
}

// ServeHTTP opens a websocket on the conversation named by the path value "id". Whoever may not
// come in gets an HTTP error before the upgrade: 403 for a foreign Origin or a forbidden
// conversation, 401 without a session, 404, or 503 if the conversation cannot be loaded.
// The query "as" may name the user whose page it is; under the session of another one it is
// told to sign in again.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !h.options.AllowOrigin(r) {
		h.deny(w, "This page may not connect here.", http.StatusForbidden)
		return
	}
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		h.deny(w, "There is no such conversation.", http.StatusNotFound)
		return
	}
	asked := h.changes.Load()
	token := h.options.Token(r)
	pass, err := h.options.Gate.Enter(r.Context(), token, id)
	if err != nil {
		h.turnAway(w, id, err)
		return
	}
	came := time.Now()
	room, err := h.enter(r.Context(), id)
	if err != nil {
		h.turnAway(w, id, err)
		return
	}
	socket, grimoire, err := accept(w, r, &h.receiving)
	if err != nil { // the library has answered
		h.leave(room)
		return
	}
	c := newConn(room, socket, pass, token, grimoire, asked)
	c.held = max(0, room.liveAt.Sub(came))
	c.mistaken = !isFor(r, pass.User)
	h.serve(c)
}

// isFor reports whether the page that connects is the user's, if it says whose it is. A page that was offline while
// somebody else signed in would bring in one's words as the other's.
func isFor(r *http.Request, user uuid.UUID) bool {
	as := r.URL.Query().Get("as")
	return as == "" || as == user.String()
}

// serve runs the conn, whose room is held for it, in a goroutine that outlives the HTTP handler.
func (h *Hub) serve(c *conn) {
	h.thrift.arrive()
	h.elsewhere.add(c, 1)
	h.running.Go(func() {
		defer h.leave(c.room)
		defer h.elsewhere.add(c, -1)
		c.run(h.life)
	})
}

func (h *Hub) turnAway(w http.ResponseWriter, conversation uuid.UUID, err error) {
	switch {
	case errors.Is(err, ErrSignIn):
		h.deny(w, "Sign in first.", http.StatusUnauthorized)
	case errors.Is(err, ErrForbidden):
		h.deny(w, "You are not allowed in this conversation.", http.StatusForbidden)
	case errors.Is(err, ErrNotFound):
		h.deny(w, "There is no such conversation.", http.StatusNotFound)
	default:
		if !errors.Is(err, ErrClosed) {
			h.logger.Error("websocket turned away", "conversation", conversation, "error", err)
		}
		w.Header().Set("Retry-After", "5")
		h.deny(w, "This conversation cannot be opened just now. Try again.", http.StatusServiceUnavailable)
	}
}

// deny answers a request for a websocket with an HTTP error.
func (h *Hub) deny(w http.ResponseWriter, why string, status int) {
	h.metrics.turnedAway.WithLabelValues(strconv.Itoa(status)).Inc()
	http.Error(w, why, status)
}

// Edit changes the conversation's Doc on behalf of user, as everybody looking at it sees at once,
// and returns when the change is on disk. An error of edit is returned; edit must return it before
// it changes anything, because what it has changed stays. If ctx ends first, the change may still
// reach the disk.
func (h *Hub) Edit(ctx context.Context, conversation, user uuid.UUID, edit func(*crdt.Doc) error) error {
	return h.ask(ctx, conversation, func(r *room, done func(error)) { r.edit(user, edit, done) })
}

// View calls view with the conversation's Doc, which it must neither change nor keep.
func (h *Hub) View(ctx context.Context, conversation uuid.UUID, view func(*crdt.Doc) error) error {
	return h.ask(ctx, conversation, func(r *room, done func(error)) { r.view(view, done) })
}

// ask has the room of the conversation do something, and waits until it calls done.
func (h *Hub) ask(ctx context.Context, conversation uuid.UUID, task func(*room, func(error))) error {
	r, err := h.enter(ctx, conversation)
	if err != nil {
		return err
	}
	defer h.leave(r)
	answer := make(chan error, 1)
	r.inbox.post(func() { task(r, func(err error) { answer <- err }) })
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-h.life.Done():
		return ErrClosed
	}
}

// enter returns the room of a conversation, loaded, and holds it in memory until leave. All who
// come while it is loading wait for the same load.
func (h *Hub) enter(ctx context.Context, conversation uuid.UUID) (*room, error) {
	h.mu.Lock()
	if h.closing {
		h.mu.Unlock()
		return nil, ErrClosed
	}
	r, ok := h.rooms[conversation]
	if !ok {
		r = newRoom(h, conversation)
		h.rooms[conversation] = r
		h.running.Add(1)
		go r.open()
	}
	r.holders++
	h.mu.Unlock()

	select {
	case <-r.loaded:
		if r.loadErr != nil {
			return nil, r.loadErr
		}
		return r, nil
	case <-ctx.Done():
		h.leave(r)
		return nil, fmt.Errorf("load conversation %s: %w", conversation, ctx.Err())
	}
}

// leave ends what enter began.
func (h *Hub) leave(r *room) {
	h.mu.Lock()
	r.holders--
	last := r.holders == 0
	h.mu.Unlock()
	if last {
		r.inbox.post(r.idle)
	}
}

// isHeld reports whether somebody needs the room.
func (h *Hub) isHeld(r *room) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return r.holders > 0
}

// retire takes a room whose time is over out of the hub, unless somebody has entered it meanwhile
// or there is something left for it to do.
func (h *Hub) retire(r *room) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.holders > 0 || !r.inbox.close() {
		return false
	}
	if h.rooms[r.id] == r {
		delete(h.rooms, r.id)
	}
	return true
}

// disown makes the next one who asks for the conversation get another room.
func (h *Hub) disown(r *room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rooms[r.id] == r {
		delete(h.rooms, r.id)
	}
}

// background runs do in a goroutine that Shutdown waits for.
func (h *Hub) background(do func(context.Context)) {
	h.running.Go(func() { do(h.life) })
}

// each posts a task to every room.
func (h *Hub) each(task func(*room)) {
	h.mu.Lock()
	rooms := make([]*room, 0, len(h.rooms))
	for _, r := range h.rooms {
		rooms = append(rooms, r)
	}
	h.mu.Unlock()
	for _, r := range rooms {
		r.inbox.post(func() { task(r) })
	}
}

// Shutdown lets nobody in any more, sends what is waiting, commits and acknowledges what was
// received, says goodbye, and returns when every goroutine of the hub has ended. If ctx ends
// first, what is not on disk by then stays unacknowledged, and the error is ctx's.
func (h *Hub) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	h.closing = true
	h.mu.Unlock()
	h.thrift.end()
	h.each(func(r *room) { r.drain(h.options.DrainSpread) })

	quiet := make(chan struct{})
	go func() {
		h.running.Wait()
		h.end()
		h.committing.Wait()
		close(quiet)
	}()
	select {
	case <-quiet:
		return nil
	case <-ctx.Done():
		h.end()
		h.each(func(*room) {}) // so that they see it
		return fmt.Errorf("shut down the rooms: %w", ctx.Err())
	}
}

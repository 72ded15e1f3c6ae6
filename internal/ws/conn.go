package ws

import (
	"context"
	"errors"
	"math"
	"os"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

const (
	// unsavedWait is how long a frame waits for earlier ones to be saved before its conn is told
	// to try again later. Nothing more is read from the socket meanwhile.
	unsavedWait = 10 * time.Second

	// clientsPerConn bounds the Yjs client ids that one conn may show. A browser tab has one, and
	// another one after each Reset.
	clientsPerConn = 64
)

var errManyClients = errors.New("too many client ids")

// conn is one websocket in a room. Its goroutine reads and hands on; what it is sent goes through
// its outbox.
type conn struct {
	room     *room
	socket   socket
	out      *outbox
	grimoire bool   // speaks grimoire.v1
	token    string // to ask the gate again
	session  uuid.UUID
	class    uuid.UUID
	user     uuid.UUID
	mistaken bool // its page is somebody else's

	// Owned by the reader.
	binds int // client ids that the log was asked about

	// Owned by the room.
	came       time.Time     // when the message at hand was read
	held       time.Duration // that it waited for the room to be loaded
	answered   bool          // has asked for what its Doc lacks, and got it
	pass       Pass
	asked      uint64              // Hub.changes when the gate was asked for pass
	ended      bool                // has been said goodbye: nothing of it counts any more
	frames     uint64              // that can change the Doc, received
	refused    bool                // its Doc holds what was refused
	incomplete bool                // sent what builds on the unknown, and has not answered the question since
	news       bool                // its outbox is to be flushed
	lag        lag                 // behind the others
	behind     bool                // missed presence while it was writing
	cuts       int                 // answers that held words of others
	owes       bool                // the last one deleted some of them: nothing is acknowledged
	shows      map[uint64]struct{} // client ids whose presence came from here; nil: none
	visitor    *visitor            // its person in this room; nil until it has joined
	turn       int                 // at which of the beats, modulo beatsPerCheck, its rights are asked for again
}

func newConn(r *room, s socket, pass Pass, token string, grimoire bool, asked uint64) *conn {
	return &conn{
		room: r, socket: s, grimoire: grimoire, token: token,
		out:     newOutbox(s, r.hub.options.MaxOwed, r.hub.metrics),
		session: pass.Session, class: pass.Class, user: pass.User, asked: asked,
		pass: pass,
	}
}

// run serves the conn until one side ends it. The caller holds the room for it.
func (c *conn) run(ctx context.Context) {
	m := c.room.hub.metrics
	m.conns.Inc()
	defer m.conns.Dec()

	if !c.room.inbox.post(func() { c.room.join(c) }) {
		c.out.abandon(byeShutdown)
	}
	c.out.finish(c.read(ctx).to(c.grimoire))
	<-c.out.over
	c.socket.Close()
	m.closes.WithLabelValues(c.out.said().label).Inc()
	c.room.inbox.post(func() { c.room.leave(c) })
}

// read hands messages to the room until the socket fails or the conn must end.
func (c *conn) read(ctx context.Context) farewell {
	reply, work := c.reply, c.room.workInPassing // made once, for making them allocates
	for {
		b, err := c.socket.Read(reply)
		if err != nil {
			return unread(err)
		}
		came := time.Now()
		c.room.hub.metrics.bytesIn.Add(float64(len(b)))
		m, err := protocol.Decode(b)
		if err != nil {
			return byeBadFrame
		}
		switch message := m.(type) {
		case protocol.Awareness:
			m, err = c.own(ctx, message)
		case protocol.Update:
			err = c.claim(ctx, message.Update, nil)
		case protocol.SyncStep2:
			err = c.claim(ctx, message.Update, message.Update)
		}
		if err != nil {
			return sayWhy(err)
		}
		size := int64(len(b))
		if !c.room.hold(ctx, c.out.over, size) {
			return byeOverloaded
		}
		received := func() {
			c.came = came
			c.room.receive(c, m, size)
		}
		if c.room.inbox.hand(received) {
			c.room.hub.stacks.run(work)
		}
	}
}

// reply sends what the socket itself has to say.
func (c *conn) reply(f frame) {
	if c.out.backlog() == 0 { // whoever takes nothing needs no answer, and would fill the outbox
		c.out.put(f, false)
		c.out.flush()
	}
}

// unread says why nothing more is read from a socket.
func unread(err error) farewell {
	switch {
	case errors.Is(err, errTooFast):
		return byeTooFast
	case errors.Is(err, errTooBig):
		return byeTooBig
	case errors.Is(err, errText):
		return byeText
	case errors.Is(err, errFraming):
		return byeBadFrame
	case errors.Is(err, errCrowded):
		return byeOverloaded
	default:
		return byeClient
	}
}

// own returns the part of a that is about clients of this user. A stock client repeats what it
// hears of others: that is left out, and nobody is blamed for it.
func (c *conn) own(ctx context.Context, a protocol.Awareness) (protocol.Awareness, error) {
	var own protocol.Awareness
	ids := make([]crdt.ID, len(a.Clients))
	for i, client := range a.Clients {
		ids[i] = crdt.ID{Client: client.ID, Clock: math.MaxUint64} // presence is always news
	}
	if err := c.learnOwners(ctx, ids, nil); err != nil {
		return own, err
	}
	for _, client := range a.Clients {
		if owner, ok := c.room.owners.known(client.ID); !ok || owner != c.user {
			c.room.hub.metrics.foreign.Inc()
			continue
		}
		own.Clients = append(own.Clients, client)
	}
	return own, nil
}

// claim learns whose the clients are that write in an update. The room looks at what it says of
// damage and of foreign ids. In an answer there may be words of others of which the log has lost even whose
// they are, as after a backup was brought back; answered is the answer, or nil.
func (c *conn) claim(ctx context.Context, update, answered []byte) error {
	ends, err := crdt.Reach(update)
	if err != nil {
		return nil // the room will find the same
	}
	return c.learnOwners(ctx, ends, answered)
}

// learnOwners sees to it that the owner is known of each client of which the ids bring news. One whose words in
// what was answered are signed by others is left to them.
func (c *conn) learnOwners(ctx context.Context, ids []crdt.ID, answered []byte) error {
	var unknown []crdt.ID
	for _, id := range ids {
		if _, ok := c.room.owners.known(id.Client); !ok {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	for _, s := range c.room.newcomers(ctx, c, unknown, answered) {
		if c.binds++; c.binds > clientsPerConn {
			return errManyClients
		}
		if s.signed {
			continue
		}
		if err := c.room.owners.learn(ctx, s.client, c.user, s.taken); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// sayWhy turns an error of the gate or the log into what the conn is told.
func sayWhy(err error) farewell {
	switch {
	case errors.Is(err, ErrSignIn):
		return byeSignIn
	case errors.Is(err, ErrForbidden):
		return byeForbidden
	case errors.Is(err, ErrNotFound):
		return byeNotFound
	case errors.Is(err, errManyClients):
		return byeTooFast
	default:
		return byeUnavailable
	}
}

// lost says why a write could not be finished.
func lost(err error) farewell {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return byeSlow
	}
	return byeClient
}

// send queues frames until the room's turn is over, or ends the conn if it owes too much already.
// Only the room calls it, and relay, and end.
func (c *conn) send(frames ...frame) {
	for _, f := range frames {
		c.put(f, false)
	}
}

func (c *conn) put(f frame, relayed bool) {
	switch {
	case c.ended:
	case !c.out.put(f, relayed):
		c.ended = true
		c.out.abandon(byeSlow)
	case !c.news:
		c.news = true
		c.room.news = append(c.room.news, c)
	}
}

// end says goodbye once everything queued has been sent. Nothing the conn does counts from now on.
func (c *conn) end(bye farewell) {
	if !c.ended {
		c.ended = true
		c.out.finish(bye.to(c.grimoire))
	}
}

package load

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/coder/websocket"

	"grimoire/loadgen/internal/wire"
	"grimoire/loadgen/internal/yjs"
)

// handler receives what a client does not deal with itself. Its methods run on
// the client's reading goroutine and must neither keep nor change the bytes. An
// error ends the client.
type handler interface {
	Content(update []byte, at time.Time) error
	Cursors(payload []byte, at time.Time) error
	Accepted()                       // Hocuspocus: the server acknowledged an update
	Saved(upTo uint64, at time.Time) // Grimoire: so many of the client's updates are durable
}

// client is one connection to one room that has asked for the document.
type client struct {
	room    string
	framing wire.Framing
	conn    *websocket.Conn
	frames  *memory
	handler handler

	began     time.Time
	connected time.Duration // from began to the end of the handshake
	synced    time.Duration // from began to the first sync step 2, once syncedCh is closed
	syncedCh  chan struct{}
	announced chan struct{} // closed at the server's first step 1
	ended     chan struct{}
	err       error // why reading ended, once ended is closed

	mu     sync.Mutex
	vector yjs.StateVector // the server's, from its latest step 1; nil before it
}

// endGrace is how long a failed write waits to learn why the connection ended.
const endGrace = 200 * time.Millisecond

// dial opens a connection and starts the handshake of the document.
func (n *network) dial(ctx context.Context, t Target, at seat, handler handler) (*client, error) {
	c := &client{
		room: at.room, framing: t.Framing, frames: n.frames, handler: handler,
		began:     time.Now(),
		syncedCh:  make(chan struct{}),
		announced: make(chan struct{}),
		ended:     make(chan struct{}),
	}
	var err error
	if c.conn, err = n.connect(ctx, t, at); err != nil {
		return nil, err
	}
	c.connected = time.Since(c.began)
	if err := c.write(t.opening(c.room)); err != nil {
		_ = c.conn.CloseNow()
		return nil, err
	}
	go c.read()
	return c, nil
}

// waitSynced waits for the first sync step 2.
func (c *client) waitSynced(ctx context.Context) error {
	return c.wait(ctx, c.syncedCh)
}

// serverVector returns the state vector that the server last announced. It
// waits for one, since some servers send it after the document.
func (c *client) serverVector(ctx context.Context) (yjs.StateVector, error) {
	err := c.wait(ctx, c.announced)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.vector, err
}

func (c *client) wait(ctx context.Context, step <-chan struct{}) error {
	select {
	case <-step:
		return nil
	case <-c.ended:
		return fmt.Errorf("load: connection ended before its sync: %w", c.err)
	case <-ctx.Done():
		return fmt.Errorf("load: not synced in time: %w", ctx.Err())
	}
}

// lost returns why the connection has ended, or nil if it has not.
func (c *client) lost() error {
	select {
	case <-c.ended:
		return c.err
	default:
		return nil
	}
}

// close ends the connection without ceremony.
func (c *client) close() {
	_ = c.conn.CloseNow()
	<-c.ended
}

func (c *client) write(frame []byte) error {
	err := c.conn.Write(context.Background(), websocket.MessageBinary, frame)
	if err == nil {
		return nil
	}
	select {
	case <-c.ended:
		return fmt.Errorf("load: the connection ended: %w", c.err)
	case <-time.After(endGrace):
		return fmt.Errorf("load: write: %w", err)
	}
}

func (c *client) read() {
	defer close(c.ended)
	var scratch []byte
	for {
		_, r, err := c.conn.Reader(context.Background())
		if err != nil {
			c.err = err
			return
		}
		frame, err := c.frames.read(scratch[:0], r)
		at := time.Now()
		if err == nil {
			err = c.dispatch(frame, at)
		}
		if err != nil {
			c.err = err
			return
		}
		if len(frame) < chunk { // longer ones may be shared
			scratch = frame
		}
	}
}

func (c *client) dispatch(frame []byte, at time.Time) error {
	m, err := c.framing.Parse(frame)
	if err != nil {
		return err
	}
	switch m.Kind {
	case wire.Authenticated:
		return c.write(c.framing.AppendSyncStep1(nil, c.room, yjs.EmptyStateVector))
	case wire.Denied:
		return fmt.Errorf("load: the server denied access: %q", m.Payload)
	case wire.SyncStep1:
		if err := c.noteVector(m.Payload); err != nil {
			return err
		}
		return c.write(c.framing.AppendSyncStep2(nil, c.room, yjs.EmptyUpdate))
	case wire.SyncStep2:
		if c.synced == 0 {
			c.synced = at.Sub(c.began)
			close(c.syncedCh)
		}
		return c.handler.Content(m.Payload, at)
	case wire.Update:
		return c.handler.Content(m.Payload, at)
	case wire.Awareness:
		return c.handler.Cursors(m.Payload, at)
	case wire.SyncStatus:
		c.handler.Accepted()
	case wire.Saved:
		c.handler.Saved(m.UpTo, at)
	}
	return nil
}

func (c *client) noteVector(encoded []byte) error {
	vector, err := yjs.DecodeStateVector(encoded)
	if err != nil {
		return fmt.Errorf("load: the server's state vector: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.vector == nil {
		close(c.announced)
	}
	c.vector = vector
	return nil
}

// ignore is the handler of a client that only wants the state vector.
type ignore struct{}

func (ignore) Content([]byte, time.Time) error { return nil }
func (ignore) Cursors([]byte, time.Time) error { return nil }
func (ignore) Accepted()                       {}
func (ignore) Saved(uint64, time.Time)         {}

package ws

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"nhooyr.io/websocket"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

var soakRounds = flag.Int("soak-rounds", 4, "classes that come, type and leave in TestSoak")

// pipeClient puts a client on the other end of a real socket's wire, in a bubble.
func (c *class) pipeClient() net.Conn {
	c.t.Helper()
	token, pass := c.person(nil)
	r, err := c.hub.enter(c.t.Context(), c.conversation)
	if err != nil {
		c.t.Fatal(err)
	}
	near, far := net.Pipe()
	c.t.Cleanup(func() { far.Close() })
	c.hub.serve(newConn(r, newWebSocket(newWire(near, nil), &c.hub.receiving), pass, token, true, c.hub.changes.Load()))
	return far
}

// A connection that was cut without a word looks like a client that has nothing to say.
func TestRoom_HalfOpenConnectionsAreFound(t *testing.T) {
	for _, row := range []struct {
		name  string
		reads bool
		after time.Duration
		want  farewell
	}{
		{"it acknowledges and never answers", true, silence + closingGrace, byeClient},
		{"it takes nothing", false, stall + beatPause, byeSlow},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				registry := prometheus.NewRegistry()
				c := newClass(t, Options{Metrics: registry})
				neighbour := c.writer()
				far := c.pipeClient()
				if row.reads {
					go io.Copy(io.Discard, far) // ends when the server closes
				}
				settle(time.Second)
				expect(t, "conns", gathered(t, registry, "conns"), 2)
				neighbour.write("x")
				settle(row.after)
				expect(t, "conns later", gathered(t, registry, "conns"), 1)
				expect(t, "closed as "+row.want.label, closes(t, registry, row.want), 1)
				expect(t, "what the neighbour has saved", neighbour.savedFrames(), 1)
				c.stop()
			})
		})
	}
}

// proxy stands between clients and the server. Of three connections it forwards one; of the next one
// only what the client sends, as if it read nothing; and of the third nothing after its handshake,
// as if the cable had been cut.
type proxy struct {
	net.Listener
	server string
	open   sync.WaitGroup
	mu     sync.Mutex
	conns  []net.Conn
}

func startProxy(t *testing.T, server *httptest.Server) *proxy {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: listener, server: server.Listener.Addr().String()}
	p.open.Go(p.accept)
	return p
}

func (p *proxy) accept() {
	for n := 0; ; n++ {
		near, err := p.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", p.server)
		if err != nil {
			near.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, near, far)
		p.mu.Unlock()
		p.open.Go(func() { forward(far, near, n%3 != 2) })
		p.open.Go(func() { forward(near, far, n%3 == 0) })
	}
}

// forward passes on the head of the handshake, in however many pieces it comes, and then either all or
// nothing. It ends when the connections do.
func forward(to, from net.Conn, all bool) {
	r := bufio.NewReader(from)
	for line := ""; line != "\r\n"; {
		var err error
		if line, err = r.ReadString('\n'); err != nil {
			return
		}
		if _, err := io.WriteString(to, line); err != nil {
			return
		}
	}
	if all {
		io.Copy(to, r)
	}
}

// cut ends all connections.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

// load is what a process holds.
type load struct {
	goroutines, sockets int
	heap                int // bytes
}

func (l load) String() string {
	return fmt.Sprintf("%d goroutines, %d sockets, %.1f MiB of heap", l.goroutines, l.sockets, float64(l.heap)/(1<<20))
}

// holds says what the process holds, but for the stacks that the hub keeps and what is in the test's own log.
func holds(t *testing.T, hub *Hub, log *memoryLog) load {
	t.Helper()
	hub.stacks.mu.Lock()
	kept := len(hub.stacks.free)
	hub.stacks.mu.Unlock()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	sockets := 0
	for _, f := range files {
		to, err := os.Readlink("/proc/self/fd/" + f.Name())
		if err == nil && strings.HasPrefix(to, "socket:") { // pipes are the proxy's, which keeps some
			sockets++
		}
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // pools keep for one collection what nobody uses
	runtime.ReadMemStats(&m)
	return load{runtime.NumGoroutine() - kept, sockets, int(m.HeapAlloc) - log.size()}
}

// size is about how much memory the log takes.
func (l *memoryLog) size() (bytes int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, s := range l.stored {
		bytes += cap(s.State)
		if p := l.previous[id]; p != nil {
			bytes += cap(p.State)
		}
		for _, row := range l.rows[id] {
			bytes += cap(row)
		}
		bytes += cap(l.rows[id]) * int(unsafe.Sizeof([]byte(nil)))
	}
	const owner = int(unsafe.Sizeof(clientKey{}) + unsafe.Sizeof(uuid.UUID{}))
	return bytes + len(l.owners)*owner*3/2 // a map is two thirds full
}

// What may be left on the heap: by any number of classes, and by each of many. The log's map of owners takes up to
// 300 bytes a class more than size says, just after it has grown.
const (
	heapSlack   = 2 << 20
	heapSlope   = 512
	manyClasses = 100
)

// Classes come, through a bad network, type, and leave; after each the server holds what it held
// after the first.
func TestSoak_EverythingReturnsWhenEverybodyHasLeft(t *testing.T) {
	registry := prometheus.NewRegistry()
	c, server := realClass(t, Options{Metrics: registry, IdleRoom: time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), testPatience+time.Duration(*soakRounds)*10*time.Second)
	defer cancel()

	const clients = 12
	tokens := make([]string, clients)
	for i := range tokens {
		tokens[i], _ = c.person(nil)
	}
	text := 0
	var first, half load
	for round := range *soakRounds {
		p := startProxy(t, server)
		through := &httptest.Server{URL: "http://" + p.Addr().String(), Listener: p}
		client := &http.Client{Transport: &http.Transport{}} // the default one would remember every proxy
		var class []*honest
		for i, token := range tokens {
			conn, _, err := websocket.Dial(ctx, address(through, c.conversation.String()), &websocket.DialOptions{
				HTTPHeader:   http.Header{"Origin": {origin}, "Cookie": {"session=" + token}},
				Subprotocols: []string{subprotocol},
				HTTPClient:   client,
			})
			if err != nil {
				t.Fatal(err)
			}
			h := &honest{name: fmt.Sprintf("h%02d", i), conn: conn, doc: crdt.New(crdt.Options{})}
			class = append(class, h)
			if i%3 == 0 {
				if err := h.begin(ctx); err != nil {
					t.Fatal(err)
				}
				text += wordLength
			} else if err := h.send(ctx, protocol.SyncStep1{Vector: []byte{0}}); err != nil {
				t.Fatal(err)
			}
		}
		p.cut()
		for _, h := range class {
			h.conn.CloseNow() // nobody is there to hear it
		}
		p.Close()
		p.open.Wait()
		c.await(ctx, "everybody has left", func() bool {
			return gathered(t, registry, "conns")+gathered(t, registry, "loaded") == 0
		})
		expect(t, "letters stored", len(strings.TrimSpace(c.stored().Text("text").String())), text)

		if round == 0 {
			first = holds(t, c.hub, c.log)
			t.Log("after the first class: ", first)
			continue
		}
		var last load
		c.await(ctx, fmt.Sprintf("after class %d it holds as much as after the first, %v", round+1, first), func() bool {
			last = holds(t, c.hub, c.log)
			return last.goroutines <= first.goroutines && last.sockets <= first.sockets && last.heap <= first.heap+heapSlack
		})
		switch round {
		case *soakRounds / 2:
			half = last
		case *soakRounds - 1:
			classes := float64(round - *soakRounds/2)
			slope := float64(last.heap-half.heap) / classes
			t.Logf("after %d classes: %v; since the middle %+.3f goroutines, %+.3f sockets and %+.0f bytes of heap a class", *soakRounds, last,
				float64(last.goroutines-half.goroutines)/classes, float64(last.sockets-half.sockets)/classes,
				slope)
			if classes >= manyClasses && slope > heapSlope {
				t.Errorf("each class leaves %.0f bytes on the heap, more than %d", slope, heapSlope)
			}
		}
	}
}

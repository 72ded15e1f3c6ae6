package ws

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"nhooyr.io/websocket"

	"grimoire/internal/crdt/protocol"
)

const origin = "https://school.example"

// testPatience bounds every wait for something on a real socket; only a failing test gets so far.
const testPatience = 3 * time.Minute

// blocking accepts connections as they are where sockets block: they cannot be used but by net.Conn.
type blocking struct{ net.Listener }

func (b blocking) Accept() (net.Conn, error) {
	conn, err := b.Listener.Accept()
	return struct{ net.Conn }{conn}, err
}

// serve opens the class to real sockets, and looks for goroutines left when the test is over.
func (c *class) serve(block bool) *httptest.Server {
	mux := http.NewServeMux()
	mux.Handle("GET /ws/conversations/{id}", c.hub)
	server := httptest.NewUnstartedServer(mux)
	if block {
		server.Listener = blocking{server.Listener}
	}
	server.Start()
	c.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), testPatience)
		defer cancel()
		if err := c.hub.Shutdown(ctx); err != nil {
			c.t.Error(err)
		}
		server.Close()
		leaves := goleak.Find()
		for leaves != nil && ctx.Err() == nil { // those that are ending may take their time
			leaves = goleak.Find()
		}
		if leaves != nil {
			c.t.Error(leaves)
		}
	})
	return server
}

func realClass(t *testing.T, o Options) (*class, *httptest.Server) { return realClassOn(t, o, false) }

func realClassOn(t *testing.T, o Options, block bool) (*class, *httptest.Server) {
	o.AllowOrigin = func(r *http.Request) bool { return r.Header.Get("Origin") == origin }
	o.Token = func(r *http.Request) string {
		cookie, err := r.Cookie("session")
		if err != nil {
			return ""
		}
		return cookie.Value
	}
	c := newClass(t, o)
	return c, c.serve(block)
}

func address(server *httptest.Server, id string) string {
	return "ws" + strings.TrimPrefix(server.URL, "http") + "/ws/conversations/" + id
}

// dial opens a websocket as a browser does.
func (c *class) dial(server *httptest.Server, token string, protocols ...string) *websocket.Conn {
	c.t.Helper()
	return c.dialAs(server, token, "", protocols...)
}

// dialAs is dial from a page of a user.
func (c *class) dialAs(server *httptest.Server, token, as string, protocols ...string) *websocket.Conn {
	c.t.Helper()
	var dialer net.Dialer
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return conn, conn.(*net.TCPConn).SetReadBuffer(64 << 10) // so that a slow reader shows soon
	}}
	conn, _, err := websocket.Dial(c.t.Context(), address(server, c.conversation.String())+"?as="+as, &websocket.DialOptions{
		HTTPHeader:   http.Header{"Origin": {origin}, "Cookie": {"session=" + token}},
		HTTPClient:   &http.Client{Transport: transport},
		Subprotocols: protocols,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	conn.SetReadLimit(-1)
	c.t.Cleanup(func() { conn.CloseNow() }) // the test has looked at its end
	return conn
}

func (c *class) send(conn *websocket.Conn, m protocol.Message) {
	c.t.Helper()
	if err := conn.Write(c.t.Context(), websocket.MessageBinary, protocol.Append(nil, m)); err != nil {
		c.t.Fatal(err)
	}
}

// receive reads messages until one is wanted.
func (c *class) receive(conn *websocket.Conn, wanted func(protocol.Message) bool) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), testPatience)
	defer cancel()
	for {
		_, b, err := conn.Read(ctx)
		if err != nil {
			c.t.Fatal(err)
		}
		m, err := protocol.Decode(b)
		if err != nil {
			c.t.Fatal(err)
		}
		if wanted(m) {
			return
		}
	}
}

// expectClose reads until the server says goodbye.
func (c *class) expectClose(conn *websocket.Conn, want farewell) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), testPatience)
	defer cancel()
	for {
		_, _, err := conn.Read(ctx)
		if err == nil {
			continue
		}
		var closed websocket.CloseError
		if !errors.As(err, &closed) || int(closed.Code) != want.code || closed.Reason != want.reason {
			c.t.Errorf("closed with %v, want %d %q", err, want.code, want.reason)
		}
		return
	}
}

// expectGoodbye reads what a server sends from its answer to the handshake to its close frame. It reads
// each byte itself: a library gives up reading when its writes fail, which they do once the server has
// closed.
func expectGoodbye(t *testing.T, raw net.Conn, want farewell) {
	t.Helper()
	if err := raw.SetReadDeadline(time.Now().Add(testPatience)); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(raw)
	response, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("the handshake was answered with %s", response.Status)
	}
	for {
		first, payload, err := serverFrame(r)
		if err != nil {
			t.Fatalf("no close frame: %v", err)
		}
		if first == finalBit|opClose && len(payload) >= 2 {
			expect(t, "the close code", int(binary.BigEndian.Uint16(payload)), want.code)
			expect(t, "the reason", string(payload[2:]), want.reason)
			return
		}
	}
}

// serverFrame reads one frame as a server sends it, unmasked: its first byte and its payload.
func serverFrame(r *bufio.Reader) (first byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := uint64(head[1])
	switch n {
	case 126:
		var long uint16
		err = binary.Read(r, binary.BigEndian, &long)
		n = uint64(long)
	case 127:
		err = binary.Read(r, binary.BigEndian, &n)
	}
	if err != nil {
		return 0, nil, err
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(r, payload)
	return head[0], payload, err
}

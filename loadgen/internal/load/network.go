package load

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// network is what the connections of a run share: the count of their bytes, and
// the memory of the large frames that they received.
type network struct {
	in, out atomic.Int64 // bytes, HTTP upgrade included
	http    *http.Client
	frames  *memory
}

func newNetwork() *network {
	n := &network{frames: &memory{}}
	dialer := &net.Dialer{Timeout: 30 * time.Second}
	n.http = &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &countedConn{conn, n}, nil
		},
	}}
	return n
}

// connect opens a websocket for the seat.
func (n *network) connect(ctx context.Context, t Target, at seat) (*websocket.Conn, error) {
	options := &websocket.DialOptions{HTTPClient: n.http, HTTPHeader: t.header(at.number)}
	subprotocol := t.Framing.Subprotocol()
	if subprotocol != "" {
		options.Subprotocols = []string{subprotocol}
	}
	conn, response, err := websocket.Dial(ctx, t.address(at.room), options)
	if err != nil {
		return nil, refusal(err, response)
	}
	if conn.Subprotocol() != subprotocol {
		_ = conn.CloseNow()
		return nil, fmt.Errorf("load: the server does not speak subprotocol %q", subprotocol)
	}
	conn.SetReadLimit(-1)
	return conn, nil
}

// refusal adds what the server said to the error of a failed handshake.
func refusal(err error, response *http.Response) error {
	if response == nil {
		return err
	}
	const enough = 1 << 10
	said, _ := io.ReadAll(io.LimitReader(response.Body, enough))
	return fmt.Errorf("%w: %s", err, bytes.TrimSpace(said))
}

type countedConn struct {
	net.Conn
	network *network
}

func (c *countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.network.in.Add(int64(n))
	return n, err
}

func (c *countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.network.out.Add(int64(n))
	return n, err
}

package ws

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"nhooyr.io/websocket"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

// handshake opens a websocket of which the test sends and reads every byte itself.
func (c *class) handshake(server *httptest.Server, token string) net.Conn {
	c.t.Helper()
	raw, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { raw.Close() })
	request, err := http.NewRequest(http.MethodGet, server.URL+"/ws/conversations/"+c.conversation.String(), nil)
	if err != nil {
		c.t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==", "Origin": origin, "Cookie": "session=" + token,
	} {
		request.Header.Set(name, value)
	}
	if err := request.Write(raw); err != nil {
		c.t.Fatal(err)
	}
	return raw
}

// message is a whole message as a client sends it.
func message(m protocol.Message) []byte {
	return clientFrame(finalBit|opBinary, [maskSize]byte{1, 2, 3, 4}, protocol.Append(nil, m))
}

// honest is a client that types, one word after another, each when the one before it is saved.
type honest struct {
	name  string
	conn  *websocket.Conn
	doc   *crdt.Doc
	words int // typed
	sent  uint64
	saved uint64
}

const (
	honestClients = 50
	honestWords   = 4
	wordLength    = len("h00w0;")
)

// begin types the first word and waits until it is saved.
func (h *honest) begin(ctx context.Context) error {
	if err := h.press(ctx); err != nil {
		return err
	}
	for h.saved == 0 {
		if err := h.hear(ctx); err != nil {
			return err
		}
	}
	return nil
}

// run types until everybody's words are there and its own are saved.
func (h *honest) run(ctx context.Context) error {
	if err := h.send(ctx, protocol.SyncStep1{Vector: []byte{0}}); err != nil {
		return err
	}
	const all = (honestClients*honestWords + 1) * wordLength // one is the victim's
	for h.words < honestWords || h.saved < h.sent || h.doc.Text("text").Len() < all {
		if err := h.hear(ctx); err != nil {
			return fmt.Errorf("%s, %d of %d frames saved: %w", h.name, h.saved, h.sent, err)
		}
		if h.saved == h.sent && h.words < honestWords {
			if err := h.press(ctx); err != nil {
				return fmt.Errorf("%s: %w", h.name, err)
			}
		}
	}
	return nil
}

// hear takes one message.
func (h *honest) hear(ctx context.Context) error {
	_, b, err := h.conn.Read(ctx)
	if err != nil {
		return err
	}
	m, err := protocol.Decode(b)
	if err != nil {
		return err
	}
	switch m := m.(type) {
	case protocol.SyncStep2:
		return h.doc.Apply(m.Update, remote)
	case protocol.Update:
		return h.doc.Apply(m.Update, remote)
	case protocol.Refused:
		return errors.New(m.Reason)
	case protocol.Saved:
		h.saved = m.Frames
	}
	return nil
}

func (h *honest) press(ctx context.Context) error {
	var update []byte
	defer h.doc.OnUpdate(func(u []byte, _ any) { update = u })()
	h.doc.Transact(nil, func(tx *crdt.Transaction) {
		text := h.doc.Text("text")
		text.Insert(tx, text.Len(), fmt.Sprintf("%sw%d;", h.name, h.words))
	})
	h.words++
	h.sent++
	return h.send(ctx, protocol.Update{Update: update})
}

func (h *honest) send(ctx context.Context, m protocol.Message) error {
	return h.conn.Write(ctx, websocket.MessageBinary, protocol.Append(nil, m))
}

// attack is what one malicious client sends. It does not read.
type attack struct {
	name string
	send func(w net.Conn, victim uint64) error
	want farewell // how it is thrown out; zero: it may stay as long as it likes
}

// floods sends b until it is thrown out: how soon a budget is spent depends on the machine.
func floods(b []byte) func(net.Conn, uint64) error {
	return func(w net.Conn, _ uint64) (err error) {
		for many := bytes.Repeat(b, 1+writeSize/len(b)); err == nil; {
			_, err = w.Write(many)
		}
		return err
	}
}

func sends(b []byte) func(net.Conn, uint64) error {
	return func(w net.Conn, _ uint64) error { _, err := w.Write(b); return err }
}

// insertion is an update by client that inserts a letter at the beginning of a root from the given clock on.
func insertion(root string, client, clock uint64) []byte {
	b := []byte{1, 1}
	b = binary.AppendUvarint(b, client)
	b = binary.AppendUvarint(b, clock)
	const stringContent, parentIsRoot = 4, 1
	b = append(b, stringContent, parentIsRoot, byte(len(root)))
	b = append(b, root...)
	b = append(b, 1, 'x')
	return append(b, 0)
}

// nested is an update with an array in an array in an array…
func nested(depth int) []byte {
	const anyContent, parentIsRoot, array, null = 8, 1, 117, 126
	b := []byte{1, 1, 99, 0, anyContent, parentIsRoot, 1, 'a', 1}
	for range depth {
		b = append(b, array, 1)
	}
	return append(b, null, 0)
}

func attacks() []attack {
	var mask [maskSize]byte
	half := clientFrame(finalBit|opBinary, mask, make([]byte, messageLimit))[:256<<10]
	manyIDs := func(w net.Conn, _ uint64) error {
		var ids protocol.Awareness
		for range clientsPerConn + 1 {
			ids.Clients = append(ids.Clients, protocol.Client{ID: 1<<40 + rand.Uint64N(1<<40), Clock: 1, State: []byte("{}")})
		}
		_, err := w.Write(message(ids))
		return err
	}
	return []attack{
		{"a length beyond all bounds", sends([]byte{finalBit | opBinary, maskedBit | 127, 127, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0}), byeTooBig},
		{"a long message that never comes", sends(half[:14]), farewell{}},
		{"a long message that stops half way", sends(half), farewell{}},
		{"fragments of nothing", func(w net.Conn, v uint64) error {
			if _, err := w.Write(clientFrame(opBinary, mask, nil)); err != nil {
				return err
			}
			return floods(clientFrame(opContinuation, mask, nil))(w, v)
		}, byeTooFast},
		{"pings", floods(clientFrame(finalBit|opPing, mask, nil)), byeTooFast},
		{"many client ids", manyIDs, byeTooFast},
		{"deep nesting", sends(message(protocol.Update{Update: nested(1 << 17)})), byeBadUpdate},
		{"presence of deep nesting", sends(message(protocol.Awareness{Clients: []protocol.Client{
			{ID: 1 << 41, Clock: 1, State: []byte(`{"a":` + strings.Repeat("[", presenceLimit/2))},
		}})), byeBadFrame},
		{"what builds on the unknown", func(w net.Conn, _ uint64) error {
			for clock := range uint64(1000) {
				if _, err := w.Write(message(protocol.Update{Update: insertion("text", 1<<42, 1000+clock)})); err != nil {
					return err
				}
			}
			return nil
		}, farewell{}},
		{"words of somebody else", func(w net.Conn, victim uint64) error {
			_, err := w.Write(message(protocol.Update{Update: insertion("text", victim, uint64(wordLength))}))
			return err
		}, byeRefused},
		{"who is there, without end", floods(message(protocol.QueryAwareness{})), byeTooFast},
		{"heads without end", floods(message(protocol.Head{Generation: 1})), byeTooFast},
		{"presence without end", floods(message(protocol.Awareness{})), byeTooFast},
		{"questions without end", floods(message(protocol.SyncStep1{Vector: []byte{0}})), byeTooFast},
		{"a state vector of billions", sends(message(protocol.SyncStep1{Vector: []byte{255, 255, 255, 255, 127, 1, 1}})), byeBadFrame},
		{"a damaged update", sends(message(protocol.Update{Update: []byte{1, 2, 3}})), byeBadUpdate},
	}
}

// However a crowd misbehaves, those beside it type on, and everything they type is saved.
func TestCrowd_HonestClientsConvergeBesideAMaliciousOne(t *testing.T) {
	registry := prometheus.NewRegistry()
	// The long messages of all attackers together fit: otherwise one of them could be closed as overloaded.
	c, server := realClass(t, Options{Metrics: registry, MaxReceiving: 8 << 20})
	ctx, cancel := context.WithTimeout(t.Context(), testPatience)
	defer cancel()

	comes := func(i int) *honest {
		token, _ := c.person(nil)
		return &honest{
			name: fmt.Sprintf("h%02d", i),
			conn: c.dial(server, token, subprotocol),
			doc:  crdt.New(crdt.Options{ClientID: uint64(1000 + i)}),
		}
	}
	victim := comes(honestClients)
	if err := victim.begin(ctx); err != nil {
		t.Fatal(err)
	}
	victim.conn.CloseNow() // it has gone, and leaves its words and its name behind
	people := make([]*honest, honestClients)
	for i := range people {
		people[i] = comes(i)
	}
	const times = 4 // each attack
	var attackers, typing sync.WaitGroup
	thrownOut := make(map[string]int)
	for _, a := range attacks() {
		for range times {
			token, _ := c.person(nil)
			raw := c.handshake(server, token)
			attackers.Go(func() { a.send(raw, victim.doc.ClientID()) }) // it fails when it is thrown out
		}
		if a.want != (farewell{}) {
			thrownOut[a.want.label] += times
		}
	}
	errs := make(chan error, len(people))
	for _, h := range people {
		typing.Go(func() { errs <- h.run(ctx) })
	}
	typing.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	want := people[0].doc.Text("text").String()
	for _, h := range people {
		expect(t, h.name+" has the text of the others", h.doc.Text("text").String() == want, true)
	}
	expect(t, "the text is stored", c.stored().Text("text").String() == want, true)
	attackers.Wait()
	for label, n := range thrownOut {
		c.await(ctx, fmt.Sprintf("%d attackers are closed as %s", n, label), func() bool {
			return closes(t, registry, farewell{label: label}) >= float64(n)
		})
	}
	if held := c.hub.receiving.used.Load(); held > c.hub.receiving.most {
		t.Errorf("%d bytes of long messages are held", held)
	}
}

// await waits until done, which something that is under way brings about.
func (c *class) await(ctx context.Context, what string, done func() bool) {
	c.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			c.t.Fatalf("%s: never", what)
		}
	}
}

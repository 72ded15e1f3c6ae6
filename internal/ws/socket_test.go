package ws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"nhooyr.io/websocket"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

func TestServeHTTP_TurnsAwayBeforeTheUpgrade(t *testing.T) {
	registry := prometheus.NewRegistry()
	c, server := realClass(t, Options{Metrics: registry})
	token, _ := c.person(nil)
	c.gate.admit("stranger", Pass{}, ErrNotFound)
	c.gate.admit("barred", Pass{}, ErrForbidden)
	c.gate.admit("unlucky", Pass{}, errors.New("no database"))
	here := c.conversation.String()
	for _, row := range []struct {
		name, id, origin, token string
		want                    int
	}{
		{"wrong origin", here, "https://evil.example", token, http.StatusForbidden},
		{"origin of a subdomain", here, "https://a.school.example", token, http.StatusForbidden},
		{"no origin", here, "", token, http.StatusForbidden},
		{"no session", here, origin, "", http.StatusUnauthorized},
		{"not a member", here, origin, "stranger", http.StatusNotFound},
		{"forbidden", here, origin, "barred", http.StatusForbidden},
		{"the gate fails", here, origin, "unlucky", http.StatusServiceUnavailable},
		{"no such conversation", uuid.NewString(), origin, token, http.StatusNotFound},
		{"not an id", "everything", origin, token, http.StatusNotFound},
		{"let in", here, origin, token, http.StatusSwitchingProtocols},
	} {
		t.Run(row.name, func(t *testing.T) {
			conn, response, err := websocket.Dial(t.Context(), address(server, row.id), &websocket.DialOptions{
				HTTPHeader: http.Header{"Origin": {row.origin}, "Cookie": {"session=" + row.token}},
			})
			if err == nil {
				defer conn.CloseNow() // nothing is said on it
			}
			if response == nil || response.StatusCode != row.want {
				t.Errorf("got %v, %v, want %d", response, err, row.want)
			}
		})
	}
	expect(t, "turned away", gathered(t, registry, "turned_away_total"), 9)
}

func TestServeHTTP_TwoClientsConverge(t *testing.T) {
	for _, block := range []bool{false, true} {
		t.Run(fmt.Sprintf("sockets block %v", block), func(t *testing.T) { converge(t, block) })
	}
}

func converge(t *testing.T, block bool) {
	c, server := realClassOn(t, Options{}, block)
	token, _ := c.person(nil)
	a, b := c.dial(server, token, subprotocol), c.dial(server, token)
	expect(t, "subprotocol", a.Subprotocol(), subprotocol)
	expect(t, "subprotocol of a stock client", b.Subprotocol(), "")

	c.receive(b, func(protocol.Message) bool { return true }) // it has joined

	doc := crdt.New(crdt.Options{})
	if err := insert(strings.Repeat("a long text ", 20_000))(doc); err != nil {
		t.Fatal(err)
	}
	c.send(a, protocol.Update{Update: doc.Encode(nil)})
	c.receive(a, func(m protocol.Message) bool {
		saved, ok := m.(protocol.Saved)
		return ok && saved.Frames == 1
	})
	other := crdt.New(crdt.Options{})
	c.receive(b, func(m protocol.Message) bool {
		update, ok := m.(protocol.Update)
		return ok && other.Apply(update.Update, nil) == nil
	})
	expect(t, "text", other.Text("text").String(), doc.Text("text").String())
}

func TestServeHTTP_EndsWhoBreaksTheRules(t *testing.T) {
	update := func(text string) []byte {
		doc := crdt.New(crdt.Options{})
		if err := insert(text)(doc); err != nil {
			t.Fatal(err)
		}
		return message(protocol.Update{Update: doc.Encode(nil)})
	}
	mask := [maskSize]byte{1, 2, 3, 4}
	for _, row := range []struct {
		name   string
		pass   func(*Pass)
		offend func(net.Conn, uint64) error
		want   farewell
	}{
		{"damaged update", nil, sends(message(protocol.Update{Update: []byte{1, 2, 3}})), byeBadUpdate},
		{"damaged message", nil, sends(clientFrame(finalBit|opBinary, mask, []byte{9})), byeBadFrame},
		{"text", nil, sends(clientFrame(finalBit|opText, mask, []byte("hello"))), byeText},
		{"too large", nil, sends(clientFrame(finalBit|opBinary, mask, make([]byte, messageLimit+1))), byeTooBig},
		{"too much", nil, floods(update(strings.Repeat("x", 1<<20))), byeTooFast},
		{"a reader writes", readOnly, sends(update("x")), byeRefused},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, server := realClass(t, Options{})
			token, _ := c.person(row.pass)
			bad := c.handshake(server, token)
			go row.offend(bad, 0) // fails if the server is faster to say no
			expectGoodbye(t, bad, row.want.to(false))

			fine := c.dial(server, token)
			c.send(fine, protocol.SyncStep1{Vector: []byte{0}})
			c.receive(fine, func(m protocol.Message) bool {
				_, ok := m.(protocol.SyncStep2)
				return ok
			})
		})
	}
}

func TestServeHTTP_APageIsOnePersons(t *testing.T) {
	c, server := realClass(t, Options{})
	token, user := c.person(nil)
	_, other := c.person(nil)
	for as, mine := range map[string]bool{"": true, user.User.String(): true, other.User.String(): false, "nobody": false} {
		conn := c.dialAs(server, token, as, subprotocol)
		if !mine {
			c.expectClose(conn, byeSignIn)
			continue
		}
		c.send(conn, protocol.SyncStep1{Vector: []byte{0}})
		c.receive(conn, func(m protocol.Message) bool {
			_, ok := m.(protocol.SyncStep2)
			return ok
		})
	}
}

// A message cut into empty fragments never ends and never grows.
func TestServeHTTP_EmptyFragmentsAreCounted(t *testing.T) {
	c, server := realClass(t, Options{})
	token, _ := c.person(nil)
	raw := c.handshake(server, token)
	if _, err := raw.Write(clientFrame(opBinary, [maskSize]byte{}, nil)); err != nil {
		t.Fatal(err)
	}
	go floods(clientFrame(opContinuation, [maskSize]byte{}, nil))(raw, 0)
	expectGoodbye(t, raw, byeTooFast.to(false))
}

func TestServeHTTP_SlowReaderCatchesUp(t *testing.T) {
	for _, block := range []bool{false, true} {
		t.Run(fmt.Sprintf("sockets block %v", block), func(t *testing.T) { catchUp(t, block) })
	}
}

func catchUp(t *testing.T, block bool) {
	registry := prometheus.NewRegistry()
	c, server := realClassOn(t, Options{CompactBytes: 1 << 30, Metrics: registry}, block)
	token, _ := c.person(nil)
	slow := c.dial(server, token)
	c.send(slow, protocol.SyncStep1{Vector: []byte{0}})
	want := ""
	for gathered(t, registry, "shed_updates_total") == 0 { // what the kernel takes differs
		if len(want) > 64<<20 {
			t.Fatal("nothing was ever forgotten")
		}
		want += strings.Repeat("x", 1<<20)
		if err := c.hub.Edit(t.Context(), c.conversation, uuid.New(), insert(strings.Repeat("x", 1<<20))); err != nil {
			t.Fatal(err)
		}
	}
	doc := crdt.New(crdt.Options{})
	c.receive(slow, func(m protocol.Message) bool {
		switch m := m.(type) {
		case protocol.SyncStep2:
			return doc.Apply(m.Update, nil) == nil && doc.Text("text").Len() == len(want)
		case protocol.Update:
			return doc.Apply(m.Update, nil) == nil && doc.Text("text").Len() == len(want)
		}
		return false
	})
}

func TestServeHTTP_OneThatAsksAndNeverReadsIsClosed(t *testing.T) {
	c, server := realClass(t, Options{MaxOwed: 1 << 20})
	token, _ := c.person(nil)
	if err := c.hub.Edit(t.Context(), c.conversation, uuid.New(), insert(strings.Repeat("x", 2<<20))); err != nil {
		t.Fatal(err)
	}
	slow := c.dial(server, token)
	for range asksAtOnce {
		c.send(slow, protocol.SyncStep1{Vector: []byte{0}})
	}
	c.expectClose(slow, byeSlow)
}

func TestServeHTTP_StockYWebsocketClients(t *testing.T) {
	dir := filepath.Join("testdata", "ywebsocket")
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("this test runs real Yjs: install Node 20 or newer")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "y-websocket")); err != nil {
		t.Fatalf("this test runs real Yjs: run `npm ci` in internal/ws/%s, or `make test`", dir)
	}
	c, server := realClass(t, Options{})
	args := []string{"class.mjs", address(server, c.conversation.String()), origin}
	names := map[string]Pass{}
	for range 3 {
		token, pass := c.person(nil)
		token = strings.ReplaceAll(token, " ", "-")
		c.gate.admit(token, pass, nil)
		names[pass.Name] = pass
		args = append(args, token)
	}
	ctx, cancel := context.WithTimeout(t.Context(), testPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, args...)
	cmd.Dir = dir
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var got struct {
		Texts []string
		Seen  []struct {
			Cursor int
			User   struct {
				ID   uuid.UUID
				Name string
			}
		}
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	want := c.stored().Text("text").String()
	for i, text := range got.Texts {
		expect(t, "text of client "+args[3+i], text, want)
	}
	expect(t, "clients", len(got.Texts), 3)
	expect(t, "others whose cursor was seen", len(got.Seen), 2)
	for _, other := range got.Seen {
		expect(t, "user of "+other.User.Name, other.User.ID, names[other.User.Name].User)
	}
}

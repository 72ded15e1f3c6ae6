package ws

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/lib0"
	"grimoire/internal/crdt/protocol"
)

// messages has every message of the codec, and what becomes of it: when it comes from somebody who
// may write, from one who may only read, and from one whose last change was refused.
//
//	logged   it is on disk, and the others have it
//	seen     the others have it, and nothing is on disk
//	answered the sender is answered, and nobody else hears of it
//	ignored  nothing happens
//	refused  the sender is told so, and nothing happens
//	closed   the sender is closed with byeBadFrame: only servers say this
var messages = []struct {
	kind   string // type, and kind of that type
	send   func(update []byte) protocol.Message
	status string
}{
	{"0 0", func([]byte) protocol.Message { return protocol.SyncStep1{Vector: []byte{0}} }, "answered answered answered"},
	{"0 1", func(u []byte) protocol.Message { return protocol.SyncStep2{Update: u} }, "logged refused refused"},
	{"0 2", func(u []byte) protocol.Message { return protocol.Update{Update: u} }, "logged refused refused"},
	{"1", func([]byte) protocol.Message {
		return protocol.Awareness{Clients: []protocol.Client{{ID: 99, Clock: 1, State: []byte("{}")}}}
	}, "seen seen seen"},
	{"2 0", func([]byte) protocol.Message { return protocol.Denied{} }, "closed closed closed"},
	{"3", func([]byte) protocol.Message { return protocol.QueryAwareness{} }, "answered answered answered"},
	{"100", func([]byte) protocol.Message { return protocol.Saved{} }, "closed closed closed"},
	{"101", func([]byte) protocol.Message { return protocol.Head{Generation: 1} }, "ignored ignored ignored"},
	{"102", func([]byte) protocol.Message { return protocol.Refused{} }, "closed closed closed"},
	{"103", func([]byte) protocol.Message { return protocol.Reset{} }, "closed closed closed"},
	{"104", func([]byte) protocol.Message { return protocol.Drain{} }, "closed closed closed"},
	{"105", func([]byte) protocol.Message { return protocol.Rights{} }, "closed closed closed"},
	{"106", func([]byte) protocol.Message { return protocol.Seal{} }, "closed closed closed"},
	{"107", func(u []byte) protocol.Message { return protocol.Sealed{Update: u} }, "answered answered answered"},
}

func TestMessages_WhoMaySendEachOfThem(t *testing.T) {
	rows := map[string]bool{}
	for _, row := range messages {
		rows[row.kind] = true
		for i, want := range strings.Fields(row.status) {
			who := []string{"a writer", "a reader", "who was refused"}[i]
			t.Run(row.kind+" from "+who, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					if got := outcomeOf(t, row.send, i); got != want {
						t.Errorf("it is %s, want %s", got, want)
					}
				})
			})
		}
	}
	for _, kind := range kinds() {
		if !rows[kind] {
			t.Errorf("message %s has no row: say who may send it", kind)
		}
		delete(rows, kind)
	}
	for kind := range rows {
		t.Errorf("there is no message %s", kind)
	}
}

// kinds lists what the codec knows.
func kinds() (all []string) {
	known := func(b ...byte) bool {
		_, err := protocol.Decode(b)
		return !errors.Is(err, protocol.ErrUnknown)
	}
	const most = 1000 // types; there is room behind the last
	for n := range uint64(most) {
		b := lib0.AppendUint(nil, n)
		var parts []string
		for kind := range byte(100) {
			if known(append(b, kind)...) {
				parts = append(parts, fmt.Sprintf("%d %d", n, kind))
			}
		}
		switch {
		case len(parts) == 100: // it has no kinds
			all = append(all, fmt.Sprint(n))
		default:
			all = append(all, parts...)
		}
	}
	return all
}

// outcomeOf sends a message and says what became of it.
func outcomeOf(t *testing.T, message func(update []byte) protocol.Message, who int) string {
	c := newClass(t, Options{})
	defer c.stop()
	token, _ := c.person(func(p *Pass) { p.Write = who != 1 })
	sender, other := c.open(token, true), c.writer()
	other.write("there")
	settle(time.Second)
	if who == 2 {
		pass, err := c.gate.Enter(t.Context(), token, c.conversation)
		if err != nil {
			t.Fatal(err)
		}
		pass.Write = false
		c.gate.admit(token, pass, nil)
		c.hub.Recheck(c.id)
		settle(time.Second)
		sender.write("refused")
		settle(time.Second)
		pass.Write = true
		c.gate.admit(token, pass, nil)
		c.hub.Recheck(c.id)
		settle(time.Second)
		sender.refused = nil
	}
	doc := crdt.New(crdt.Options{})
	if err := insert("!")(doc); err != nil {
		t.Fatal(err)
	}
	rows, heard, seen := c.log.get(c.conversation).Head, sender.messages(), other.text()
	sender.send(message(doc.Encode(nil)))
	settle(time.Second)
	switch {
	case sender.bye() == byeBadFrame.code:
		return "closed"
	case len(sender.refused) > 0 && c.log.get(c.conversation).Head == rows && other.text() == seen:
		return "refused"
	case c.log.get(c.conversation).Head > rows && other.text() != seen:
		return "logged"
	case c.log.get(c.conversation).Head == rows && len(other.presence.Present()) > 0:
		return "seen"
	case sender.messages() > heard:
		return "answered"
	}
	return "ignored"
}

package ws

import (
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

// renew starts over with an empty Doc.
func (cl *client) renew() {
	cl.doc, cl.unsent, cl.kept = crdt.New(crdt.Options{}), nil, nil
	cl.doc.OnUpdate(func(update []byte, origin any) {
		if origin != remote {
			cl.unsent = append(cl.unsent, update)
			cl.kept = append(cl.kept, keptUpdate{row: unknownRow, sealed: protocol.Sealed{Update: update}})
		}
	})
}

// client is a browser tab: a Doc, and what y-websocket does to keep it in step.
type client struct {
	t            *testing.T
	class        *class
	conversation uuid.UUID
	token        string
	grimoire     bool
	socket       *memorySocket

	mu       sync.Mutex
	doc      *crdt.Doc
	unsent   [][]byte
	sent     [][]byte // the frames of this conn that Saved counts
	saved    uint64
	durable  [][]byte // the frames that were ever acknowledged
	refused  []protocol.Refused
	rights   []protocol.Rights
	seal     *protocol.Seal     // of the next Update
	kept     []keptUpdate       // with their seals, until they are on disk
	others   []protocol.Message // what it does nothing about
	heard    int                // messages
	presence protocol.States
}

// unknownRow is that of an update that another conn brought and this one has not placed yet.
const unknownRow = math.MaxUint64

// keptUpdate is an update that is perhaps not on disk, in the order in which they came to be: one of
// others, with its seal, until row is settled; one's own until frame is saved.
type keptUpdate struct {
	row    uint64
	frame  uint64 // 0: not sent over this conn
	sealed protocol.Sealed
}

func (k *keptUpdate) own() bool { return k.sealed.Seal == nil }

// remote is the origin of changes that came from the server.
const remote = "remote"

// connect opens a new conn for the same Doc.
func (cl *client) connect() {
	cl.t.Helper()
	if err := cl.dial(newMemorySocket()); err != nil {
		cl.t.Fatal(err)
	}
	go cl.listen(cl.socket)
	cl.send(protocol.SyncStep1{Vector: cl.vector()})
}

// dial opens a conn over socket.
func (cl *client) dial(socket *memorySocket) error {
	h := cl.class.hub
	asked := h.changes.Load()
	pass, err := h.options.Gate.Enter(cl.t.Context(), cl.token, cl.conversation)
	if err != nil {
		return err
	}
	r, err := h.enter(cl.t.Context(), cl.conversation)
	if err != nil {
		return err
	}
	cl.mu.Lock()
	cl.socket, cl.sent, cl.saved, cl.seal = socket, nil, 0, nil
	cl.unsent = nil // the server will ask for it
	for i := range cl.kept {
		cl.kept[i].row, cl.kept[i].frame = unknownRow, 0
	}
	cl.mu.Unlock()
	h.serve(newConn(r, socket, pass, cl.token, cl.grimoire, asked))
	return nil
}

func (cl *client) vector() []byte {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	return cl.doc.StateVector().Encode()
}

// head is what the client has when it hears m.
func (cl *client) head(m protocol.Head) protocol.Head {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	sv := cl.doc.StateVector()
	m.Hash, m.Deletes = protocol.HashVector(sv.Encode()), protocol.HashDeletes(cl.doc.Encode(sv))
	return m
}

// listen does what the server's messages ask for until the socket closes.
func (cl *client) listen(s *memorySocket) {
	for {
		select {
		case <-s.arrived:
		case <-s.closed:
			return
		}
		for _, m := range s.take() {
			for _, answer := range cl.react(m) {
				cl.sendOn(s, answer)
			}
		}
	}
}

// messages is how many have come.
func (cl *client) messages() int {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	return cl.heard
}

func (cl *client) react(m protocol.Message) []protocol.Message {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	cl.heard++
	switch m := m.(type) {
	case protocol.SyncStep1:
		sv, err := crdt.DecodeStateVector(m.Vector)
		if err != nil {
			cl.t.Error(err)
		}
		return append(cl.giveBack(), protocol.SyncStep2{Update: cl.doc.Encode(sv)})
	case protocol.SyncStep2:
		cl.apply(m.Update)
	case protocol.Update:
		cl.apply(m.Update)
		if cl.seal != nil {
			cl.kept = append(cl.kept, keptUpdate{row: cl.seal.Row, sealed: protocol.Sealed{Update: m.Update, Seal: cl.seal.Seal}})
			cl.seal = nil
		}
	case protocol.Seal:
		cl.keep(m)
	case protocol.Head:
		cl.dropKept(math.MaxUint64 - 1)
		cl.others = append(cl.others, m)
	case protocol.Rights:
		cl.rights = append(cl.rights, m)
	case protocol.Saved:
		if m.Frames < cl.saved || m.Frames > uint64(len(cl.sent)) {
			cl.t.Errorf("saved %d after %d, of %d sent", m.Frames, cl.saved, len(cl.sent))
			return nil
		}
		cl.durable = append(cl.durable, cl.sent[cl.saved:m.Frames]...)
		cl.saved = m.Frames
		cl.kept = slices.DeleteFunc(cl.kept, func(k keptUpdate) bool { return 0 < k.frame && k.frame <= m.Frames })
	case protocol.Awareness:
		for _, c := range m.Clients {
			cl.presence.Apply(c)
		}
	case protocol.Refused:
		cl.refused = append(cl.refused, m)
	default:
		cl.others = append(cl.others, m)
	}
	return nil
}

// keep notes the seal of the next update, or what the server says of one that was given back.
func (cl *client) keep(m protocol.Seal) {
	given := slices.IndexFunc(cl.kept, func(k keptUpdate) bool { return string(k.sealed.Seal) == string(m.Seal) })
	if given < 0 {
		cl.seal = &m
	} else {
		cl.kept[given].row = m.Row
	}
	cl.dropKept(m.Settled)
}

// sealed returns the updates of others that are not known to be on disk.
func (cl *client) sealed() []protocol.Sealed {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	var all []protocol.Sealed
	for _, k := range cl.kept {
		if !k.own() {
			all = append(all, k.sealed)
		}
	}
	return all
}

func (cl *client) dropKept(settled uint64) {
	cl.kept = slices.DeleteFunc(cl.kept, func(k keptUpdate) bool { return k.row <= settled })
}

// giveBack returns what the last conn sealed and is perhaps not on disk, and one's own words between
// them: others have built upon these.
func (cl *client) giveBack() []protocol.Message {
	var all []protocol.Message
	last := -1
	for _, k := range cl.kept {
		switch {
		case k.own() && k.frame == 0:
			all = append(all, protocol.Update{Update: k.sealed.Update})
		case !k.own() && k.row == unknownRow:
			all = append(all, k.sealed)
			last = len(all)
		}
	}
	return all[:max(last, 0)]
}

func (cl *client) apply(update []byte) {
	if err := cl.doc.Apply(update, remote); err != nil {
		cl.t.Errorf("apply what the server sent: %v", err)
	}
}

func (cl *client) send(m protocol.Message) { cl.sendOn(cl.socket, m) }

func (cl *client) sendOn(s *memorySocket, m protocol.Message) {
	cl.count(m)
	cl.sendRaw(s, protocol.Append(nil, m))
}

// count notes what Saved will count. An answer holds all of one's own.
func (cl *client) count(m protocol.Message) {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	switch m := m.(type) {
	case protocol.SyncStep2:
		if !protocol.IsEmpty(m.Update) {
			cl.sent = append(cl.sent, m.Update)
			cl.coverKept(func(*keptUpdate) bool { return true })
		}
	case protocol.Update:
		cl.sent = append(cl.sent, m.Update)
		cl.coverKept(func(k *keptUpdate) bool { return &k.sealed.Update[0] == &m.Update[0] })
	}
}

// coverKept notes that the last frame holds those of one's own updates that were not sent yet.
func (cl *client) coverKept(holds func(*keptUpdate) bool) {
	for i := range cl.kept {
		if k := &cl.kept[i]; k.own() && k.frame == 0 && holds(k) {
			k.frame = uint64(len(cl.sent))
		}
	}
}

func (cl *client) sendRaw(s *memorySocket, b []byte) {
	select {
	case s.in <- b:
	case <-s.closed:
	}
}

// edit changes the Doc and sends what that made.
func (cl *client) edit(change func(*crdt.Transaction, *crdt.Text)) {
	cl.mu.Lock()
	text := cl.doc.Text("text")
	cl.doc.Transact(nil, func(tx *crdt.Transaction) { change(tx, text) })
	unsent := cl.unsent
	cl.unsent = nil
	s := cl.socket
	cl.mu.Unlock()
	for _, update := range unsent {
		cl.sendOn(s, protocol.Update{Update: update})
	}
}

// write types s at the end.
func (cl *client) write(s string) {
	cl.edit(func(tx *crdt.Transaction, text *crdt.Text) { text.Insert(tx, text.Len(), s) })
}

func (cl *client) text() string {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	return cl.doc.Text("text").String()
}

// bye returns the code the server has said goodbye with, 0 if it has not.
func (cl *client) bye() int {
	if bye := cl.socket.farewell(); bye != nil {
		return bye.code
	}
	return 0
}

func (cl *client) savedFrames() uint64 {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	return cl.saved
}

// allSaved reports whether the server has acknowledged everything sent on this conn.
func (cl *client) allSaved() bool {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	return cl.saved == uint64(len(cl.sent))
}

// settle lets d pass, and then everything that is under way come to rest.
func settle(d time.Duration) {
	time.Sleep(d) // of the bubble's clock
	synctest.Wait()
}

func expect[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

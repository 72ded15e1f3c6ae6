package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	"nhooyr.io/websocket"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

// writer is one person with a Doc that outlives connections, typing numbered words into the notes.
type writer struct {
	name   string
	url    string
	header http.Header
	doc    *crdt.Doc
	room   int

	typed int    // words typed
	acked int    // of these, the first so many were acknowledged
	kept  []kept // what is perhaps not on disk, in the order in which it came to be
	err   error  // anything but a lost connection
}

// kept is an update of somebody else's with the server's seal, which is on disk when its row is settled, or one's
// own, which has no seal and is on disk when its frame is saved.
type kept struct {
	row    uint64
	frame  int // 0: not sent over this connection
	words  int // of one's own, so many words in all
	sealed protocol.Sealed
}

func (k *kept) own() bool { return k.sealed.Seal == nil }

// unplaced is the row of what this connection has not heard of yet.
const unplaced = math.MaxUint64

func newWriter(addr string, demo seeded, room, client int) *writer {
	return &writer{
		name: string(rune('a' + client)), url: "ws://" + addr + "/ws/conversations/" + demo.Rooms[room],
		header: header(demo, client), doc: crdt.New(crdt.Options{}), room: room,
	}
}

func header(demo seeded, client int) http.Header {
	h := http.Header{}
	for name, value := range demo.Headers {
		h.Set(name, value)
	}
	for name, value := range demo.Clients[client%len(demo.Clients)] {
		h.Set(name, value)
	}
	return h
}

// word is what the writer types as its nth keystroke.
func (w *writer) word(n int) string { return fmt.Sprintf("%s%d;", w.name, n) }

// press types the next word at the end of the notes and returns the update.
func (w *writer) press() []byte {
	var update []byte
	cancel := w.doc.OnUpdate(func(u []byte, _ any) { update = u })
	defer cancel()
	w.doc.Transact(w, func(tx *crdt.Transaction) {
		notes := w.doc.Text("notes")
		notes.Insert(tx, notes.Len(), w.word(w.typed))
	})
	w.typed++
	w.kept = append(w.kept, kept{row: unplaced, words: w.typed, sealed: protocol.Sealed{Update: update}})
	return update
}

// settled forgets what is on disk.
func (w *writer) settled(row uint64) {
	w.kept = slices.DeleteFunc(w.kept, func(k kept) bool { return k.row <= row })
}

// session is one connection of a writer.
type session struct {
	*writer
	ctx             context.Context
	conn            *websocket.Conn
	sent            []int          // the nth frame that can change the Doc completes so many words
	saved           int            // frames acknowledged
	asked, answered bool           // the server has asked for what it lacks, and said what we lack
	seal            *protocol.Seal // of the next Update
}

// open connects and asks for what the writer lacks.
func (w *writer) open(ctx context.Context) (*session, error) {
	conn, err := dial(ctx, w.url, w.header)
	if err != nil {
		return nil, err
	}
	for i := range w.kept {
		w.kept[i].row, w.kept[i].frame = unplaced, 0
	}
	s := &session{writer: w, ctx: ctx, conn: conn}
	return s, s.send(protocol.SyncStep1{Vector: w.doc.StateVector().Encode()})
}

func (s *session) send(m protocol.Message) error { return send(s.ctx, s.conn, m) }

// change sends something that completes so many words, and that the server will acknowledge. It holds those of
// one's own updates that were not sent yet, up to that word.
func (s *session) change(m protocol.Message, words int) error {
	s.sent = append(s.sent, words)
	for i := range s.kept {
		if k := &s.kept[i]; k.own() && k.frame == 0 && k.words <= words {
			k.frame = len(s.sent)
		}
	}
	return s.send(m)
}

// typeWord types a word and sends it.
func (s *session) typeWord() error {
	update := s.press()
	return s.change(protocol.Update{Update: update}, s.typed)
}

// step does what the server's next message asks for, and returns the message.
func (s *session) step() (protocol.Message, error) {
	message, err := receive(s.ctx, s.conn)
	if err != nil {
		return nil, err
	}
	switch m := message.(type) {
	case protocol.SyncStep1:
		err = s.giveBack(m)
	case protocol.SyncStep2:
		s.answered = true
		err = s.doc.Apply(m.Update, nil)
	case protocol.Update:
		if err = s.doc.Apply(m.Update, nil); s.seal != nil {
			s.kept = append(s.kept, kept{row: s.seal.Row, sealed: protocol.Sealed{Update: m.Update, Seal: s.seal.Seal}})
			s.seal = nil
		}
	case protocol.Seal:
		if i := slices.IndexFunc(s.kept, func(k kept) bool { return bytes.Equal(k.sealed.Seal, m.Seal) }); i >= 0 {
			s.kept[i].row = m.Row
		} else {
			s.seal = &m
		}
		s.settled(m.Settled)
	case protocol.Head:
		s.settled(unplaced - 1)
	case protocol.Saved:
		s.saved = int(m.Frames)
		if s.saved > len(s.sent) {
			return nil, fmt.Errorf("Saved %d, but only %d frames were sent", s.saved, len(s.sent))
		}
		if s.saved > 0 {
			s.acked = max(s.acked, s.sent[s.saved-1])
		}
		s.kept = slices.DeleteFunc(s.kept, func(k kept) bool { return 0 < k.frame && k.frame <= s.saved })
	}
	return message, err
}

// giveBack answers a server that asks for what it lacks: first what it passed on before it was killed, with one's
// own words between, on which others have built.
func (s *session) giveBack(question protocol.SyncStep1) error {
	last := -1
	for i, k := range s.kept {
		if !k.own() && !s.asked {
			last = i
		}
	}
	s.asked = true
	for _, k := range slices.Clone(s.kept[:last+1]) {
		var err error
		if k.own() {
			err = s.change(protocol.Update{Update: k.sealed.Update}, k.words)
		} else {
			err = s.send(k.sealed)
		}
		if err != nil {
			return err
		}
	}
	vector, err := crdt.DecodeStateVector(question.Vector)
	if err != nil {
		return err
	}
	if update := s.doc.Encode(vector); !protocol.IsEmpty(update) {
		return s.change(protocol.SyncStep2{Update: update}, s.typed)
	}
	return nil
}

// typeUntilCut connects, brings the server up to date and types until the connection breaks, keeping a few
// unacknowledged words on their way at any time.
func (w *writer) typeUntilCut(ctx context.Context, acknowledged chan<- struct{}) {
	s, err := w.open(ctx)
	if s != nil {
		defer s.conn.CloseNow()
	}
	for err == nil {
		var message protocol.Message
		message, err = s.step()
		switch m := message.(type) {
		case protocol.Refused:
			err = fmt.Errorf("refused: %+v", m)
		case protocol.Saved:
			if m.Frames > 0 {
				select {
				case acknowledged <- struct{}{}:
				default:
				}
			}
		}
		for err == nil && s.asked && s.answered && len(s.sent)-s.saved < 8 {
			err = s.typeWord()
		}
	}
	if ctx.Err() == nil && !connectionLost(err) {
		w.err = errors.Join(w.err, err)
	}
}

// converse types words and returns when the server has acknowledged them, and whatever else it asked for.
func (w *writer) converse(t *testing.T, words int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s, err := w.open(ctx)
	if s != nil {
		defer s.conn.CloseNow()
	}
	for err == nil && (!s.asked || !s.answered || words > 0 || s.saved < len(s.sent)) {
		var message protocol.Message
		if message, err = s.step(); err != nil {
			break
		}
		if m, ok := message.(protocol.Refused); ok {
			t.Fatalf("refused: %+v", m)
		}
		for ; err == nil && s.asked && s.answered && words > 0; words-- {
			err = s.typeWord()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// offer types a word that must be refused, and returns how.
func (w *writer) offer(t *testing.T) protocol.Refused {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s, err := w.open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer s.conn.CloseNow()
	if err := s.typeWord(); err != nil {
		t.Fatal(err)
	}
	for {
		message, err := s.step()
		if err != nil {
			t.Fatal(err)
		}
		if m, ok := message.(protocol.Refused); ok {
			return m
		}
	}
}

// mustBeIn fails the test unless text holds every acknowledged word once, in order.
func (w *writer) mustBeIn(t *testing.T, text string, kill int) {
	t.Helper()
	from := 0
	for n := range w.acked {
		at := strings.Index(text[from:], w.word(n))
		if at < 0 {
			t.Fatalf("kill %d: writer %s was told that %d words were saved; word %d is gone", kill, w.name, w.acked, n)
		}
		from += at + len(w.word(n))
	}
}

// mustBeOnce fails the test if text holds a word of the writer's twice.
func (w *writer) mustBeOnce(t *testing.T, text string) {
	t.Helper()
	for n := range w.typed {
		// A word begins where another one ends.
		if found := strings.Count(";"+text, ";"+w.word(n)); found > 1 {
			t.Errorf("word %d of writer %s is there %d times", n, w.name, found)
		}
	}
}

// readNotes joins with an empty Doc and returns the notes of a room as the server first shows them, whole.
func readNotes(t *testing.T, addr string, demo seeded, room int) string {
	t.Helper()
	doc, err := tryReadRoom(t.Context(), addr, demo, room)
	return notes(t, doc, err)
}

func notes(t *testing.T, doc *crdt.Doc, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if doc.Pending().Structs {
		t.Fatal("the server's first answer builds on something it does not hold")
	}
	return doc.Text("notes").String()
}

// readRoom returns what the server first shows of a room.
func readRoom(t *testing.T, addr string, demo seeded, room int) *crdt.Doc {
	t.Helper()
	doc, err := tryReadRoom(t.Context(), addr, demo, room)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func tryReadRoom(ctx context.Context, addr string, demo seeded, room int) (*crdt.Doc, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := dial(ctx, "ws://"+addr+"/ws/conversations/"+demo.Rooms[room], header(demo, 0))
	if err != nil {
		return nil, err
	}
	defer conn.CloseNow()
	doc := crdt.New(crdt.Options{})
	if err := send(ctx, conn, protocol.SyncStep1{Vector: doc.StateVector().Encode()}); err != nil {
		return nil, err
	}
	for {
		message, err := receive(ctx, conn)
		if err != nil {
			return nil, err
		}
		if m, ok := message.(protocol.SyncStep2); ok {
			return doc, doc.Apply(m.Update, nil)
		}
	}
}

func dial(ctx context.Context, url string, header http.Header) (*websocket.Conn, error) {
	conn, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPHeader: header, Subprotocols: []string{"grimoire.v1"}})
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(64 << 20)
	return conn, nil
}

func send(ctx context.Context, conn *websocket.Conn, m protocol.Message) error {
	return conn.Write(ctx, websocket.MessageBinary, protocol.Append(nil, m))
}

func receive(ctx context.Context, conn *websocket.Conn) (protocol.Message, error) {
	_, frame, err := conn.Read(ctx)
	if err != nil {
		return nil, err
	}
	return protocol.Decode(frame)
}

// connectionLost tells the end of a killed server from a refusal: a refusal comes with a close code.
func connectionLost(err error) bool { return websocket.CloseStatus(err) == -1 }

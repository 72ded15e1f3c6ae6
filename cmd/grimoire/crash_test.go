package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"nhooyr.io/websocket"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
	"grimoire/internal/models/modelstest"
)

var (
	crashKills = flag.Int("kills", 20, "how often TestCrash kills the server, on each database")
	crashSeed  = flag.Uint64("crash-seed", 0, "seed of TestCrash's moments; 0 takes one from the clock")
)

// Writers type into two conversations while the server is killed with SIGKILL again and again. After each
// kill, and before any writer comes back to repeat itself, a stranger reads what the restarted server has:
// every keystroke that was acknowledged must be in it, in its writer's order.
func TestCrash_NothingAcknowledgedIsLost(t *testing.T) {
	seed := *crashSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with: go test ./cmd/grimoire -run TestCrash -args -kills %d -crash-seed %d", *crashKills, seed)
	t.Run("sqlite", func(t *testing.T) {
		crash(t, store{data: t.TempDir()}, rand.New(rand.NewPCG(seed, 1)))
	})
	t.Run("postgres", func(t *testing.T) {
		crash(t, store{data: t.TempDir(), databaseURL: modelstest.PostgresURL(t)}, rand.New(rand.NewPCG(seed, 2)))
	})
}

const (
	crashRooms   = 2
	crashWriters = 3 // in each room
)

func crash(t *testing.T, s store, random *rand.Rand) {
	addr := freeAddr(t)
	srv := startServer(t, s, addr)
	demo := seed(t, s, crashRooms, crashWriters)

	var writers []*writer
	for room := range crashRooms {
		for i := range crashWriters {
			n := room*crashWriters + i
			writers = append(writers, &writer{
				name:   string(rune('a' + n)),
				url:    "ws://" + addr + "/ws/conversations/" + demo.Rooms[room],
				header: header(demo, n),
				doc:    crdt.New(crdt.Options{}),
				room:   room,
			})
		}
	}

	var back []time.Duration
	for kill := range *crashKills {
		ctx, cut := context.WithCancel(t.Context())
		var typing sync.WaitGroup
		acknowledged := make(chan struct{}, 1)
		for _, w := range writers {
			typing.Go(func() { w.typeUntilCut(ctx, acknowledged) })
		}
		select {
		case <-acknowledged: // a life without any acknowledgement would prove nothing
		case <-time.After(20 * time.Second):
			t.Fatalf("kill %d: nothing was acknowledged\n%s", kill, srv.stderr)
		}
		<-time.After(time.Duration(random.IntN(150)) * time.Millisecond) // the moment of the kill, not a wait for something
		srv.stop(t, syscall.SIGKILL)
		cut()
		typing.Wait()

		killed := time.Now()
		srv = startServer(t, s, addr)
		back = append(back, time.Since(killed))
		for room := range crashRooms {
			text := readNotes(t, addr, demo, room)
			for _, w := range writers {
				if w.room == room {
					w.mustBeIn(t, text, kill)
				}
			}
		}
	}

	total := 0
	for _, w := range writers {
		if w.err != nil {
			t.Errorf("writer %s: %v", w.name, w.err)
		}
		total += w.acked
	}
	slices.Sort(back)
	t.Logf("%d kills, %d acknowledged edits, none lost; back after %v in the median, %v at most",
		*crashKills, total, back[len(back)/2], back[len(back)-1])
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

// writer is one person with a Doc that outlives connections, typing numbered words into the notes.
type writer struct {
	name   string
	url    string
	header http.Header
	doc    *crdt.Doc
	room   int

	typed int   // words typed
	acked int   // of these, the first so many were acknowledged
	err   error // anything but a lost connection
}

// word is what the writer types as its nth keystroke.
func (w *writer) word(n int) string { return fmt.Sprintf("%s%d;", w.name, n) }

// typeUntilCut connects, brings the server up to date and types until the connection breaks.
func (w *writer) typeUntilCut(ctx context.Context, acknowledged chan<- struct{}) {
	conn, err := dial(ctx, w.url, w.header)
	if err != nil {
		if ctx.Err() == nil && !connectionLost(err) {
			w.err = errors.Join(w.err, err)
		}
		return
	}
	defer conn.CloseNow()

	// frames[i] is how many words frame i+1 of this connection completes.
	var frames []int
	if err := w.exchange(ctx, conn, &frames, acknowledged); err != nil && ctx.Err() == nil && !connectionLost(err) {
		w.err = errors.Join(w.err, err)
	}
}

// exchange keeps a few unacknowledged words on their way at any time.
func (w *writer) exchange(ctx context.Context, conn *websocket.Conn, frames *[]int, acknowledged chan<- struct{}) error {
	if err := send(ctx, conn, protocol.SyncStep1{Vector: w.doc.StateVector().Encode()}); err != nil {
		return err
	}
	synced := false
	saved := 0
	for {
		message, err := receive(ctx, conn)
		if err != nil {
			return err
		}
		switch m := message.(type) {
		case protocol.SyncStep1:
			vector, err := crdt.DecodeStateVector(m.Vector)
			if err != nil {
				return err
			}
			if update := w.doc.Encode(vector); !protocol.IsEmpty(update) {
				*frames = append(*frames, w.typed)
				if err := send(ctx, conn, protocol.SyncStep2{Update: update}); err != nil {
					return err
				}
			}
		case protocol.SyncStep2:
			if err := w.doc.Apply(m.Update, nil); err != nil {
				return err
			}
			synced = true
		case protocol.Update:
			if err := w.doc.Apply(m.Update, nil); err != nil {
				return err
			}
		case protocol.Saved:
			saved = int(m.Frames)
			if saved > len(*frames) {
				return fmt.Errorf("Saved %d, but only %d frames were sent", saved, len(*frames))
			}
			if saved > 0 {
				w.acked = max(w.acked, (*frames)[saved-1])
				select {
				case acknowledged <- struct{}{}:
				default:
				}
			}
		}
		for synced && len(*frames)-saved < 8 {
			*frames = append(*frames, w.typed+1)
			if err := send(ctx, conn, protocol.Update{Update: w.press()}); err != nil {
				return err
			}
		}
	}
}

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
	return update
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

// readNotes joins with an empty Doc and returns the notes of a room as the server first shows them, whole.
func readNotes(t *testing.T, addr string, demo seeded, room int) string {
	t.Helper()
	doc := readRoom(t, addr, demo, room)
	if doc.Pending().Structs {
		t.Fatal("the server's first answer builds on something it does not hold")
	}
	return doc.Text("notes").String()
}

// readRoom returns what the server first shows of a room.
func readRoom(t *testing.T, addr string, demo seeded, room int) *crdt.Doc {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	conn, err := dial(ctx, "ws://"+addr+"/ws/conversations/"+demo.Rooms[room], header(demo, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	doc := crdt.New(crdt.Options{})
	if err := send(ctx, conn, protocol.SyncStep1{Vector: doc.StateVector().Encode()}); err != nil {
		t.Fatal(err)
	}
	for {
		message, err := receive(ctx, conn)
		if err != nil {
			t.Fatal(err)
		}
		if m, ok := message.(protocol.SyncStep2); ok {
			if err := doc.Apply(m.Update, nil); err != nil {
				t.Fatal(err)
			}
			return doc
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

// Package testserver is a small sync server for the tests. It keeps every update
// it gets, answers newcomers with all of them one by one, and with Saved once an
// update is in its file.
package testserver

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/coder/websocket"

	"grimoire/loadgen/internal/lib0"
	"grimoire/loadgen/internal/wire"
	"grimoire/loadgen/internal/yjs"
)

// Server is the handler; set its fields before its first request.
type Server struct {
	Framing   wire.Framing              // y-websocket, or grimoire, which sends Saved
	Admit     func(*http.Request) error // refuses connections, if set
	SaveDelay time.Duration
	Limit     uint64   // closes a connection that sends more updates, if set
	Questions uint64   // closes a connection that asks for the document more often, if set
	File      *os.File // updates go here before Saved, if set

	mu    sync.Mutex
	rooms map[string]*room
}

// room is one document, named by the path of its URL.
type room struct {
	updates [][]byte
	vector  yjs.StateVector
	members map[*websocket.Conn]bool
}

// record is a line of File.
type record struct {
	Room   string
	Update []byte
}

// Recover takes over the updates that an earlier server left in the file.
func (s *Server) Recover() error {
	for decoder := json.NewDecoder(s.File); ; {
		var r record
		err := decoder.Decode(&r)
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) { // a line cut short was never acknowledged
			return nil
		}
		if err != nil {
			return err
		}
		s.room(r.Room).keep(r.Update)
	}
}

// Updates returns what the room holds.
func (s *Server) Updates(path string) [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.room(path).updates
}

// ServeHTTP serves one connection until it ends.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.Admit != nil {
		if err := s.Admit(r); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
	}
	options := websocket.AcceptOptions{InsecureSkipVerify: true} // Admit checks the origin
	if p := s.Framing.Subprotocol(); p != "" {
		options.Subprotocols = []string{p}
	}
	conn, err := websocket.Accept(w, r, &options)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	conn.SetReadLimit(-1)
	defer s.leave(r.URL.Path, conn)
	_ = s.serve(r.Context(), r.URL.Path, conn)
}

func (s *Server) serve(ctx context.Context, path string, conn *websocket.Conn) error {
	var frames, questions uint64
	for {
		_, frame, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		m, err := s.Framing.Parse(frame)
		if err != nil {
			return err
		}
		switch {
		case m.Kind == wire.SyncStep1:
			if questions++; s.Questions > 0 && questions > s.Questions {
				return conn.CloseNow()
			}
			err = s.welcome(ctx, path, conn)
		case m.Kind == wire.Update, m.Kind == wire.SyncStep2 && len(m.Payload) > len(yjs.EmptyUpdate):
			if frames++; s.Limit > 0 && frames > s.Limit {
				return conn.Close(4429, "too fast")
			}
			if err = s.take(ctx, path, m.Payload, conn); err == nil && s.Framing.Saves() {
				time.Sleep(s.SaveDelay)
				err = write(ctx, conn, saved(frames))
			}
		case m.Kind == wire.Awareness:
			s.mu.Lock()
			s.pass(ctx, path, frame, conn)
			s.mu.Unlock()
		}
		if err != nil {
			return err
		}
	}
}

// welcome sends the document and joins the room. The messages that a client
// must ignore come first, and the state vector last.
func (s *Server) welcome(ctx context.Context, path string, conn *websocket.Conn) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.room(path)
	r.members[conn] = true
	frames := [][]byte{{101, 0, 0}, {102}, {4, 1}, {127}}
	frames = append(frames, s.Framing.AppendSyncStep2(nil, path, yjs.EmptyUpdate))
	for _, u := range r.updates {
		frames = append(frames, s.Framing.AppendUpdate(nil, path, u))
	}
	frames = append(frames, s.Framing.AppendSyncStep1(nil, path, encode(r.vector)))
	for _, f := range frames {
		if err := write(ctx, conn, f); err != nil {
			return err
		}
	}
	return nil
}

// take keeps an update and passes it on to everyone else.
func (s *Server) take(ctx context.Context, path string, update []byte, from *websocket.Conn) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.room(path).keep(update)
	s.pass(ctx, path, s.Framing.AppendUpdate(nil, path, update), from)
	if s.File == nil {
		return nil
	}
	return json.NewEncoder(s.File).Encode(record{path, update})
}

func (s *Server) pass(ctx context.Context, path string, frame []byte, from *websocket.Conn) {
	for conn := range s.room(path).members {
		if conn != from {
			_ = write(ctx, conn, frame)
		}
	}
}

func (s *Server) leave(path string, conn *websocket.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.room(path).members, conn)
}

func (s *Server) room(path string) *room {
	if s.rooms == nil {
		s.rooms = map[string]*room{}
	}
	if s.rooms[path] == nil {
		s.rooms[path] = &room{vector: yjs.StateVector{}, members: map[*websocket.Conn]bool{}}
	}
	return s.rooms[path]
}

func (r *room) keep(update []byte) {
	r.updates = append(r.updates, update)
	_ = yjs.Ranges(update, func(client, clock, length uint64) {
		r.vector[client] = max(r.vector[client], clock+length)
	})
}

func write(ctx context.Context, conn *websocket.Conn, frame []byte) error {
	return conn.Write(ctx, websocket.MessageBinary, frame)
}

// saved is the message that so many updates of the connection are durable.
func saved(upTo uint64) []byte {
	const typeSaved, generation = 100, 1
	return lib0.AppendUint(lib0.AppendString([]byte{typeSaved, generation}, "epoch"), upTo)
}

func encode(vector yjs.StateVector) []byte {
	b := lib0.AppendUint(nil, uint64(len(vector)))
	for client, clock := range vector {
		b = lib0.AppendUint(lib0.AppendUint(b, client), clock)
	}
	return b
}

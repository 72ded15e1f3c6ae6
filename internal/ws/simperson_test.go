package ws

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing/synctest"
	"time"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

// person is a browser tab and whoever sits before it.
type person struct {
	*client
	letters  string // that are typed in this room and nowhere else
	pass     Pass
	online   bool
	answered bool          // what the server asked first
	conn     int           // counts conns: what was on its way over an earlier one is lost
	lag      time.Duration // that a message may take
	up       time.Time     // when the last message on its way up or down arrives
	downAt   time.Time

	ids        map[uint64]bool // of every Doc they had
	generation uint64
	epoch      string
	store      string // the epoch that the server of this conn has
	might      bool   // write, as far as they know
	tainted    bool   // the Doc holds what was typed without the right to
	blameless  bool   // nothing of theirs may ever be refused
}

// send puts a message on its way to the server.
func (s *simulation) send(p *person, m protocol.Message) {
	if !p.online {
		return
	}
	p.count(m)
	b, conn := protocol.Append(nil, m), p.conn
	p.up = later(p.up, s.upTo(p.lag))
	s.at(p.up, func() { s.arrive(p, conn, b) })
}

// arrive hands bytes to the hub, as soon as it reads.
func (s *simulation) arrive(p *person, conn int, b []byte) {
	if p.conn != conn {
		return
	}
	select {
	case p.socket.in <- b:
	default:
		p.t.Error("the hub does not read")
	}
}

func later(last time.Time, d time.Duration) time.Time {
	if t := time.Now().Add(d); t.After(last) {
		return t
	}
	return last
}

// collect puts what the hub has sent on its way, and sees who was closed.
func (s *simulation) collect() {
	synctest.Wait()
	for _, p := range s.people {
		if !p.online {
			continue
		}
		conn := p.conn
		for _, m := range p.socket.take() {
			p.downAt = later(p.downAt, s.upTo(p.lag))
			s.at(p.downAt, func() {
				if p.conn == conn {
					s.hear(p, m)
				}
			})
		}
		if p.socket.farewell() != nil {
			p.downAt = later(p.downAt, 0)
			s.at(p.downAt, func() {
				if p.conn == conn {
					s.hangUp(p)
				}
			})
		}
	}
}

// hear does what a message asks for, and looks whether it might have been said.
func (s *simulation) hear(p *person, m protocol.Message) {
	switch m := m.(type) {
	case protocol.Saved:
		if m.Generation < p.generation {
			p.t.Errorf("%s heard of generation %d after %d", p.token, m.Generation, p.generation)
		}
		if m.Epoch != p.store {
			p.t.Errorf("%s heard of %q from a server that has %q", p.token, m.Epoch, p.store)
		}
		if p.generation != 0 && m.Generation != p.generation {
			s.startOver(p)
			s.hangUp(p)
			return
		}
		if p.epoch != m.Epoch {
			p.durable = nil // another store: nothing is known of it
		}
		p.generation, p.epoch = m.Generation, m.Epoch
	case protocol.Reset:
		s.startOver(p)
		s.hangUp(p)
		return
	case protocol.Refused:
		if p.blameless {
			p.t.Errorf("%s was refused: %s", p.token, m.Reason)
		}
		s.startOver(p)
		s.hangUp(p)
		return
	case protocol.Update:
		if onlyDeletes(m.Update) && s.random.IntN(10) == 0 {
			p.seal = nil
			return // a browser loses a deletion, and nobody notices; the next head does
		}
	case protocol.Head:
		if own := p.head(m); !own.Equals(m) && p.allSaved() {
			s.send(p, own)
			s.send(p, protocol.SyncStep1{Vector: p.vector()})
		}
	case protocol.Awareness:
		for _, c := range m.Clients {
			if c.State != nil && !strings.Contains(string(c.State), strconv.Quote(p.letters)) {
				p.t.Errorf("%s sees presence %s", p.token, c.State)
			}
		}
	}
	for _, answer := range p.react(m) {
		s.send(p, answer)
		if _, ok := answer.(protocol.SyncStep2); ok {
			p.answered = true
		}
	}
}

// startOver loads the page again, without what was not accepted.
func (s *simulation) startOver(p *person) {
	p.renew()
	p.doc.SetClientID(uint64(s.random.Uint32()))
	p.ids[p.doc.ClientID()] = true
	p.tainted, p.generation, p.epoch, p.durable = false, 0, "", nil
}

// hangUp cuts the cable; the browser tries again.
func (s *simulation) hangUp(p *person) {
	if !p.online {
		return
	}
	p.online = false
	p.conn++
	p.socket.hangUp()
	s.after(s.upTo(time.Second), func() { s.connect(p) })
}

func (s *simulation) connect(p *person) {
	if p.online {
		return
	}
	socket := newMemorySocket()
	socket.in = make(chan []byte, 1000)
	if s.down || p.dial(socket) != nil {
		s.after(time.Second, func() { s.connect(p) })
		return
	}
	p.online, p.answered, p.store = true, false, s.log.get(p.conversation).Epoch
	shown, err := json.Marshal(map[string]string{"room": p.letters})
	if err != nil {
		p.t.Fatal(err)
	}
	s.send(p, protocol.SyncStep1{Vector: p.vector()})
	me := protocol.Client{ID: p.doc.ClientID(), Clock: uint64(p.conn) + 1, State: shown}
	s.send(p, protocol.Awareness{Clients: []protocol.Client{me}})
}

// lost reports whether doc lacks something that p has written in an update, or deleted. What others
// wrote, an answer to the server's question may hold too; it is not p's to bring.
func (p *person) lost(doc *crdt.Doc, update []byte) (bool, error) {
	changes, err := doc.Inspect(update)
	if err != nil {
		return false, err
	}
	for _, item := range changes.Items {
		if p.ids[item.Client] {
			return true, nil
		}
	}
	return len(changes.Deletes) > 0, nil
}

// onlyDeletes reports whether an update has no structs.
func onlyDeletes(update []byte) bool { return update[0] == 0 }

package ws

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

func TestRoom_EverybodySeesEveryEdit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a, b := c.writer(), c.writer()
		settle(0)
		a.write("one ")
		settle(time.Second)
		b.write("two")
		settle(time.Second)
		late := c.writer()
		settle(time.Second)
		for _, cl := range []*client{a, b, late} {
			expect(t, "text", cl.text(), "one two")
		}
		expect(t, "stored text", c.stored().Text("text").String(), "one two")
		c.stop()
	})
}

func TestRoom_NobodyIsAnsweredBeforeTheDocIsWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		first := c.writer()
		first.write("all of it")
		settle(time.Second)
		c.stop()

		c.start(Options{})
		resume, before := c.log.block(&c.log.loading), c.log.loads
		errs := make(chan error, 5)
		for range cap(errs) {
			go func() {
				errs <- c.hub.View(t.Context(), c.conversation, func(doc *crdt.Doc) error {
					if got := doc.Text("text").String(); got != "all of it" {
						return errors.New(got)
					}
					return nil
				})
			}()
		}
		synctest.Wait()
		expect(t, "answers while loading", len(errs), 0)
		resume()
		for range cap(errs) {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		expect(t, "loads", c.log.loads-before, 1)
		c.stop()
	})
}

func TestRoom_SavedOnlyWhenOnDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a, b := c.writer(), c.writer()
		settle(time.Second)
		resume := c.log.block(&c.log.appending)
		a.write("one ")
		a.write("two ")
		settle(time.Second)
		expect(t, "what the neighbour sees", b.text(), "one two ")
		expect(t, "saved while the disk is stuck", a.savedFrames(), 0)

		// A repetition is acknowledged only when what it repeats is on disk.
		b.send(protocol.Update{Update: a.sent[0]})
		settle(time.Second)
		expect(t, "repetition saved while the disk is stuck", b.savedFrames(), 0)
		resume()
		settle(time.Second)
		expect(t, "saved", a.savedFrames(), 2)
		expect(t, "repetition saved", b.savedFrames(), 1)
		expect(t, "rows", c.log.get(c.conversation).Head, 2)
		c.stop()
	})
}

func TestRoom_CommitErrorsAreTriedAgain(t *testing.T) {
	for _, stored := range []bool{false, true} {
		name := map[bool]string{false: "nothing was stored", true: "everything was stored"}[stored]
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClass(t, Options{})
				a := c.writer()
				settle(time.Second)
				trouble := func() error { return errDisk }
				c.log.mu.Lock()
				if stored {
					c.log.after = trouble
				} else {
					c.log.before = trouble
				}
				c.log.mu.Unlock()
				a.write("text")
				settle(time.Second)
				expect(t, "saved while commits fail", a.savedFrames(), 0)
				c.log.mu.Lock()
				c.log.before, c.log.after = nil, nil
				c.log.mu.Unlock()
				settle(5 * time.Second)
				expect(t, "saved", a.savedFrames(), 1)
				expect(t, "stored text", c.stored().Text("text").String(), "text")
				c.stop()
			})
		})
	}
}

func TestRoom_FencedBatchIsNeverSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a := c.writer()
		token, _ := c.person(nil)
		stock := c.open(token, false)
		settle(time.Second)
		c.log.restore(c.conversation)
		a.write("old")
		settle(time.Second)
		expect(t, "saved", a.savedFrames(), 0)
		expect(t, "reset", a.others[len(a.others)-1], protocol.Message(protocol.Reset{Generation: 2}))
		expect(t, "farewell", a.bye(), byeReset.code)
		expect(t, "farewell of a stock client", stock.bye(), byeReset.code)
		err := c.hub.Edit(t.Context(), c.conversation, uuid.New(), insert("new"))
		if err != nil {
			t.Error(err)
		}
		expect(t, "stored text", c.stored().Text("text").String(), "new")
		c.stop()
	})
}

func TestRoom_DeletedConversationCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a := c.writer()
		settle(time.Second)
		c.log.mu.Lock()
		delete(c.log.stored, c.conversation)
		c.log.mu.Unlock()
		err := c.hub.Edit(t.Context(), c.conversation, uuid.New(), insert("x"))
		if !errors.Is(err, ErrFenced) {
			t.Errorf("edit: %v", err)
		}
		settle(time.Second)
		expect(t, "farewell", a.bye(), byeNotFound.code)
		if err := c.hub.View(t.Context(), c.conversation, func(*crdt.Doc) error { return nil }); !errors.Is(err, ErrNotFound) {
			t.Errorf("view: %v", err)
		}
		c.stop()
	})
}

func TestRoom_DamagedUpdateEndsOnlyItsSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a, b, bad := c.writer(), c.writer(), c.writer()
		settle(time.Second)
		a.write("fine")
		settle(time.Second)
		bad.send(protocol.Update{Update: []byte{1, 1, 1, 0, 0x84}})
		settle(time.Second)
		expect(t, "farewell", bad.bye(), byeBadUpdate.code)
		a.write(" still")
		settle(time.Second)
		expect(t, "text", b.text(), "fine still")
		expect(t, "rows", c.log.get(c.conversation).Head, 2)
		c.stop()
	})
}

func TestRoom_NothingCountsAfterTheGoodbye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		bad := c.writer()
		settle(time.Second)
		busy := make(chan struct{})
		go c.hub.View(t.Context(), c.conversation, func(*crdt.Doc) error { <-busy; return nil }) // it has none
		synctest.Wait()
		bad.send(protocol.Update{Update: []byte{9}})
		bad.write("one more thing")
		synctest.Wait()
		close(busy)
		settle(time.Second)
		expect(t, "farewell", bad.bye(), byeBadUpdate.code)
		expect(t, "rows", c.log.get(c.conversation).Head, 0)
		c.stop()
	})
}

func TestRoom_DamagedFramesEndTheirSender(t *testing.T) {
	for name, b := range map[string][]byte{
		"unknown type":          {77},
		"cut short":             {0, 2, 9, 0},
		"damaged state vector":  {0, 0, 2, 1, 5},
		"what a server says":    {100, 1, 0, 1},
		"presence of no object": {1, 5, 1, 9, 1, 1, '7'},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClass(t, Options{})
				a := c.writer()
				settle(time.Second)
				a.sendRaw(a.socket, b)
				settle(time.Second)
				expect(t, "farewell", a.bye(), byeBadFrame.code)
				c.stop()
			})
		})
	}
}

func TestRoom_PanicLoadsTheDocAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a := c.writer()
		token, _ := c.person(func(p *Pass) {
			p.Refuse = func(doc *crdt.Doc, _ *crdt.Inspection) error {
				doc.Transact(nil, func(tx *crdt.Transaction) { doc.Text("text").Insert(tx, 0, "half-done") })
				panic("a fault of ours")
			}
		})
		bad := c.open(token, true)
		settle(time.Second)
		resume := c.log.block(&c.log.appending)
		a.write("kept")
		synctest.Wait()
		bad.write("lost")
		settle(time.Second)
		resume()
		settle(time.Second)
		expect(t, "farewell", bad.bye(), byePanic.code)
		expect(t, "the other's farewell", a.bye(), 0)
		expect(t, "all saved", a.allSaved(), true)
		expect(t, "text", a.text(), "kept")
		late := c.writer()
		settle(time.Second)
		expect(t, "text of who joins later", late.text(), "kept")
		c.stop()
	})
}

func TestHub_EditReachesEverybodyAndTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a := c.writer()
		settle(time.Second)
		if err := c.hub.Edit(t.Context(), c.conversation, uuid.New(), insert("by the server")); err != nil {
			t.Fatal(err)
		}
		expect(t, "stored text", c.stored().Text("text").String(), "by the server")
		settle(time.Second)
		expect(t, "text", a.text(), "by the server")

		own := errors.New("not like that")
		if err := c.hub.Edit(t.Context(), c.conversation, uuid.New(), func(*crdt.Doc) error { return own }); !errors.Is(err, own) {
			t.Errorf("got %v, want the edit's own error", err)
		}
		if err := c.hub.Edit(t.Context(), uuid.New(), uuid.New(), insert("x")); !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
		if err := c.hub.Edit(t.Context(), c.conversation, uuid.New(), func(*crdt.Doc) error { panic("no") }); !errors.Is(err, errPanic) {
			t.Errorf("got %v, want the panic", err)
		}
		settle(time.Second)
		a.write("!")
		settle(time.Second)
		expect(t, "stored text", c.stored().Text("text").String(), "by the server!")
		c.stop()
	})
}

func insert(s string) func(*crdt.Doc) error {
	return func(doc *crdt.Doc) error {
		text := doc.Text("text")
		doc.Transact(nil, func(tx *crdt.Transaction) { text.Insert(tx, text.Len(), s) })
		return nil
	}
}

package ws

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// However many tasks are under way, the next one begins. Once they are done a few stacks stay, and do what comes
// then; none is left in the end, or the bubble would wait for it.
func TestStacks_HoldNobodyUpAndStayFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s stacks
		const many = 100
		gate := make(chan struct{})
		var begun, done atomic.Int32
		task := func() {
			begun.Add(1)
			<-gate
			done.Add(1)
		}
		for range many {
			go s.run(task)
		}
		synctest.Wait()
		expect(t, "tasks begun", begun.Load(), many)
		close(gate)
		synctest.Wait()
		expect(t, "tasks done", done.Load(), many)
		expect(t, "stacks that wait", len(s.free), stacksKept)

		for range many {
			s.run(task)
		}
		expect(t, "tasks done in the end", done.Load(), 2*many)
		expect(t, "stacks that wait in the end", len(s.free), stacksKept)

		gate = make(chan struct{})
		go s.run(task)
		synctest.Wait()
		s.end()
		expect(t, "stacks after the end", len(s.free), 0)
		close(gate)
		synctest.Wait()
		s.run(task)
		expect(t, "tasks done after the end", done.Load(), 2*many+2)
		expect(t, "stacks kept after the end", len(s.free), 0)
	})
}

// There is no end to the work in a room. Whoever began it in passing goes on with something else all the same.
func TestRoom_NobodyWorksInPassingForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a := c.writer()
		settle(time.Second)
		r := c.hub.rooms[c.conversation]
		gate := make(chan struct{})
		var begun atomic.Int32
		var task func()
		task = func() {
			if begun.Add(1) <= turnsInPassing {
				r.inbox.post(task)
				return
			}
			<-gate
		}
		expect(t, "nobody is at work", r.inbox.hand(task), true)
		r.hub.stacks.run(r.workInPassing)
		synctest.Wait()
		expect(t, "tasks begun", begun.Load(), turnsInPassing+1)
		a.write("meanwhile")
		close(gate)
		settle(time.Second)
		expect(t, "saved", a.allSaved(), true)
		c.stop()
	})
}

// A Doc that is broken is loaded anew, which may take as long as it likes. Whoever was there in passing does not
// wait for that.
func TestRoom_NobodyLoadsInPassing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{})
		a := c.writer()
		settle(time.Second)
		r := c.hub.rooms[c.conversation]
		resume := c.log.block(&c.log.loading)
		expect(t, "nobody is at work", r.inbox.hand(func() { panic("a bug") }), true)
		passed := make(chan struct{})
		go func() {
			r.hub.stacks.run(r.workInPassing)
			close(passed)
		}()
		synctest.Wait()
		select {
		case <-passed:
		default:
			t.Error("who came in passing waits for the load")
		}
		resume()
		a.write("afterwards")
		settle(time.Second)
		expect(t, "saved", a.allSaved(), true)
		c.stop()
	})
}

// A panic is its caller's, and takes no stack with it that somebody else gets.
func TestStacks_APanicIsTheCallers(t *testing.T) {
	var s stacks
	panicked := func() (reason any) {
		defer func() { reason = recover() }()
		s.run(func() { panic("a bug") })
		return nil
	}()
	expect(t, "what the caller recovers", panicked, any("a bug"))
	did := false
	s.run(func() { did = true })
	expect(t, "the next task was done", did, true)
	s.end()
}

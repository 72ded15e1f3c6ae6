package ws

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// However many tasks are under way, the next one begins. Once they are done a few goroutines stay, and do what
// comes then; none is left in the end, or the bubble would wait for it.
func TestCrew_HoldsNobodyUpAndStaysSmall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		c := newCrew(over)
		const many = 100
		gate := make(chan struct{})
		var begun, done atomic.Int32
		task := func() {
			begun.Add(1)
			<-gate
			done.Add(1)
		}
		for range many {
			c.run(task)
		}
		synctest.Wait()
		expect(t, "tasks begun", begun.Load(), many)
		close(gate)
		synctest.Wait()
		expect(t, "tasks done", done.Load(), many)
		expect(t, "goroutines that wait", c.idle.Load(), crewSize)

		for range many {
			c.run(task)
			synctest.Wait()
		}
		expect(t, "tasks done in the end", done.Load(), 2*many)
		expect(t, "goroutines that wait in the end", c.idle.Load(), crewSize)
		close(over)
	})
}

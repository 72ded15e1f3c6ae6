package ws

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestThrift_CollectsOnceAfterACrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var collections atomic.Int32
		h := thrift{collect: func() { collections.Add(1) }}
		come := func(n int) {
			for range n {
				h.arrive()
				time.Sleep(crowdQuiet / 100)
			}
		}
		come(crowd - 1)
		settle(time.Hour)
		expect(t, "after a few", collections.Load(), 0)
		come(2 * crowd)
		expect(t, "while a crowd comes", collections.Load(), 0)
		settle(crowdQuiet)
		expect(t, "after it came", collections.Load(), 1)
		come(crowd)
		settle(thriftPause / 2)
		expect(t, "after another one, soon after", collections.Load(), 1)
		settle(thriftPause)
		expect(t, "later", collections.Load(), 2)
		come(crowd)
		h.end()
		settle(time.Hour)
		expect(t, "after the end", collections.Load(), 2)
	})
}

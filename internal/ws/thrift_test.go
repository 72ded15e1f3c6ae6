package ws

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestThrift_CollectsOnceAfterACrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		collected := 0
		h := thrift{collect: func() { collected++ }}
		come := func(n int) {
			for range n {
				h.arrive()
				time.Sleep(crowdQuiet / 100)
			}
		}
		come(crowd - 1)
		settle(time.Hour)
		expect(t, "after a few", collected, 0)
		come(2 * crowd)
		expect(t, "while a crowd comes", collected, 0)
		settle(crowdQuiet)
		expect(t, "after it came", collected, 1)
		come(crowd)
		settle(thriftPause / 2)
		expect(t, "after another one, soon after", collected, 1)
		settle(thriftPause)
		expect(t, "later", collected, 2)
		come(crowd)
		h.end()
		settle(time.Hour)
		expect(t, "after the end", collected, 2)
	})
}

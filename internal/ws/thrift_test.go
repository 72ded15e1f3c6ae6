package ws

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestThrift_CollectsOnceAfterACrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var collections, growth atomic.Int32
		growth.Store(100)
		h := thrift{
			collect: func() { collections.Add(1) },
			growth:  func(percent int) int { return int(growth.Swap(int32(percent))) },
		}
		come := func(n int) {
			for range n {
				h.arrive()
				time.Sleep(crowdQuiet / 100)
			}
		}
		come(crowd - 1)
		settle(time.Hour)
		expect(t, "after a few", collections.Load(), 0)
		expect(t, "growth then", growth.Load(), 100)
		come(2 * crowd)
		expect(t, "while a crowd comes", collections.Load(), 0)
		expect(t, "growth then", growth.Load(), crowdGrowth)
		settle(crowdQuiet)
		expect(t, "after it came", collections.Load(), 1)
		expect(t, "growth then", growth.Load(), 100)
		come(crowd)
		expect(t, "growth while another one comes, soon after", growth.Load(), 100)
		settle(thriftPause / 3)
		expect(t, "after it came", collections.Load(), 1)
		settle(thriftPause)
		expect(t, "later", collections.Load(), 2)
		settle(thriftPause)

		before := collections.Load()
		for range 2 * crowdLong / crowdQuiet {
			come(crowd)
		}
		if collections.Load() == before {
			t.Error("nothing was collected because they did not cease to come")
		}
		settle(2 * thriftPause)

		come(crowd)
		expect(t, "growth before the end", growth.Load(), crowdGrowth)
		before = collections.Load()
		h.end()
		expect(t, "growth after the end", growth.Load(), 100)
		settle(time.Hour)
		expect(t, "after the end", collections.Load(), before)
	})
}

func TestThrift_NobodyWaitsForACollection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h thrift
		collected, free := false, false
		h.growth = func(int) int { return 100 }
		h.collect = func() {
			collected = true
			if free = h.mu.TryLock(); free {
				h.mu.Unlock()
			}
		}
		for range crowd {
			h.arrive()
		}
		settle(2 * crowdQuiet)
		expect(t, "collected", collected, true)
		expect(t, "free for those who come meanwhile", free, true)
		h.end()
	})
}

func TestThrift_LeavesAnOperatorsOwnGrowth(t *testing.T) {
	for _, own := range []int{-1, crowdGrowth - 1} { // GOGC=off, and one below ours
		growth := own
		h := thrift{
			collect: func() {},
			growth:  func(percent int) (before int) { before, growth = growth, percent; return before },
		}
		for range crowd {
			h.arrive()
		}
		expect(t, "growth while a crowd comes", growth, own)
		h.end()
		expect(t, "growth after the end", growth, own)
	}
}

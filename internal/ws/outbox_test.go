package ws

import "testing"

func TestOutbox_HasAWriterOnlyWhileThereIsSomethingToWrite(t *testing.T) {
	starts := 0
	o := newOutbox(100)
	o.start = func() { starts++ }

	o.push(frame("a"), frame("b"))
	o.push(frame("c"))
	expect(t, "writers started by three frames", starts, 1)
	frames, _, ok := o.take()
	expect(t, "something is taken", ok, true)
	expect(t, "frames", len(frames), 3)

	o.push(frame("d"))
	expect(t, "writers started while one takes", starts, 1)
	o.take()
	_, _, ok = o.take()
	expect(t, "something is taken of nothing", ok, false)

	o.finish(byeShutdown)
	expect(t, "writers started by a goodbye", starts, 2)
	_, bye, _ := o.take()
	expect(t, "goodbye", bye.label, byeShutdown.label)
	o.abandon(byeSlow)
	o.push(frame("late"))
	expect(t, "writers started after the goodbye", starts, 2)
}

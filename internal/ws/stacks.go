package ws

import (
	"iter"
	"sync"
)

// stacksKept is how many stacks wait to be lent at most.
const stacksKept = 4

// stacks lends stacks that have grown. A room works some microseconds for each keystroke, deep in calls: a goroutine
// made for that would mostly grow its stack, that of a conn's reader would keep it for good, and to wake another that
// waits for work costs as much as the work. So whoever has work does it at once, on a coroutine: a stack of its own
// that runs while its caller waits.
type stacks struct {
	mu   sync.Mutex
	free []*stack
	over bool // none is kept any more
}

// stack is a coroutine that does one task after another.
type stack struct {
	task func()
	next func() (struct{}, bool) // does task
	stop func()                  // ends the coroutine
}

// run does task on a lent stack, and returns when it is done. However many are at it, none waits for another.
func (s *stacks) run(task func()) {
	borrowed := s.borrow()
	borrowed.task = task
	borrowed.next()
	s.giveBack(borrowed)
}

func (s *stacks) borrow() *stack {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.free) - 1
	if last < 0 {
		return newStack()
	}
	borrowed := s.free[last]
	s.free = s.free[:last]
	return borrowed
}

func (s *stacks) giveBack(borrowed *stack) {
	borrowed.task = nil
	s.mu.Lock()
	keep := !s.over && len(s.free) < stacksKept
	if keep {
		s.free = append(s.free, borrowed)
	}
	s.mu.Unlock()
	if !keep {
		borrowed.stop()
	}
}

// end lets go of all stacks, now or when they are given back.
func (s *stacks) end() {
	s.mu.Lock()
	free := s.free
	s.free, s.over = nil, true
	s.mu.Unlock()
	for _, one := range free {
		one.stop()
	}
}

func newStack() *stack {
	s := new(stack)
	s.next, s.stop = iter.Pull(func(yield func(struct{}) bool) {
		for done := true; done; done = yield(struct{}{}) {
			s.task()
		}
	})
	return s
}

package classroom

import (
	"strconv"
	"testing"
	"time"
)

func TestLimit(t *testing.T) {
	now := time.Unix(0, 0)
	l := newLimit(func() time.Time { return now }, 3, time.Second)
	takes := func(key string) (n int) {
		for l.take(key) {
			n++
		}
		return n
	}
	if got := takes("a"); got != 3 {
		t.Errorf("a new key took %d, want its burst of 3", got)
	}
	if got := takes("b"); got != 3 {
		t.Errorf("another key took %d, want 3", got)
	}
	now = now.Add(2500 * time.Millisecond)
	if got := takes("a"); got != 2 {
		t.Errorf("after 2.5 s took %d, want 2", got)
	}
	now = now.Add(time.Hour)
	if got := takes("a"); got != 3 {
		t.Errorf("after an hour took %d, want no more than 3", got)
	}
	l.give("a")
	if got := takes("a"); got != 1 {
		t.Errorf("after one was given back took %d, want 1", got)
	}
	for range 10 {
		l.give("a")
	}
	if got := takes("a"); got != 3 {
		t.Errorf("giving back too often made %d, want 3", got)
	}
	now = now.Add(-time.Hour)
	if got := takes("a"); got != 0 {
		t.Errorf("when the clock went back took %d, want 0", got)
	}
}

func TestLimit_MemoryIsBoundedAndWhoKeepsTryingIsRemembered(t *testing.T) {
	now := time.Unix(0, 0)
	l := newLimit(func() time.Time { return now }, 2, time.Hour)
	l.take("guesser")
	l.take("guesser")
	for i := range 5 * maxKeys {
		if !l.take(strconv.Itoa(i)) {
			t.Fatalf("key %d was refused", i)
		}
		if i%1000 == 0 {
			l.give("guesser")
			if !l.take("guesser") || l.take("guesser") {
				t.Fatalf("after %d other keys the guesser has not exactly the one given back", i)
			}
		}
		if n := len(l.young) + len(l.old); n > 2*maxKeys {
			t.Fatalf("%d keys are kept", n)
		}
	}
}

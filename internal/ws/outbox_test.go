package ws

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// trickle is a socket that takes a few bytes at a time.
type trickle struct {
	socket
	takes func(offered int, wait bool) (int, error)

	mu  sync.Mutex
	got []byte
}

func (s *trickle) Write(b []byte, wait bool) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.takes(len(b), wait)
	s.got = append(s.got, b[:n]...)
	return n, err
}

func (s *trickle) Goodbye() {}

// hesitant takes nothing until somebody waits for it, and then all once release is closed.
func hesitant(release <-chan struct{}) func(int, bool) (int, error) {
	return func(offered int, wait bool) (int, error) {
		if !wait {
			return 0, nil
		}
		<-release
		return offered, nil
	}
}

func TestOutbox_WritesEverythingOnceInOrder(t *testing.T) {
	for seed := range uint64(50) {
		random, far := rand.New(rand.NewPCG(seed, 0)), rand.New(rand.NewPCG(seed, 1))
		s := &trickle{takes: func(offered int, wait bool) (int, error) {
			if !wait && far.IntN(3) == 0 {
				return 0, nil
			}
			return min(offered, 1+far.IntN(1<<far.IntN(18))), nil
		}}
		registry := prometheus.NewRegistry()
		o := newOutbox(s, 1<<30, newMetrics(registry))
		var want []byte
		for i := range 1 + random.IntN(40) {
			f := frame(bytes.Repeat([]byte{byte(i)}, 1+random.IntN(1<<random.IntN(18))))
			want = append(want, f...)
			if !o.put(f, i%2 == 0) {
				t.Fatalf("seed %d: frame %d was not taken", seed, i)
			}
			if i%3 == 0 {
				o.flush()
			}
		}
		o.finish(byeShutdown)
		<-o.over
		want = append(want, newClose(byeShutdown.code, byeShutdown.reason)...)
		if !bytes.Equal(s.got, want) {
			t.Fatalf("seed %d: %d bytes came in another way than the %d put in", seed, len(s.got), len(want))
		}
		sent, owed := gathered(t, registry, "sent_bytes_total"), gathered(t, registry, "owed_bytes")
		if sent != float64(len(want)) || o.backlog() != 0 || owed != 0 {
			t.Fatalf("seed %d: sent %g of %d, %d owed, %g counted", seed, sent, len(want), o.backlog(), owed)
		}
	}
}

func TestOutbox_ForgetsOnlyWhatWasRelayedAndNotBegun(t *testing.T) {
	begun, release := make(chan struct{}, 9), make(chan struct{})
	s := &trickle{takes: func(offered int, wait bool) (int, error) {
		if wait {
			begun <- struct{}{}
		}
		return hesitant(release)(offered, wait)
	}}
	o := newOutbox(s, 1<<20, newMetrics(nil))
	for i, relayed := range []bool{true, false, true, false, true} {
		o.put(frame{byte('a' + i)}, relayed)
		if i == 0 {
			o.flush()
			<-begun // a goroutine writes "a"
		}
	}
	empty := make(chan struct{})
	o.forget(func() { close(empty) })
	expect(t, "owed", o.backlog(), len("abd"))
	close(release)
	<-empty
	s.mu.Lock()
	expect(t, "written", string(s.got), "abd")
	s.mu.Unlock()
}

func TestOutbox_AGoodbyeNeverCutsAFrame(t *testing.T) {
	release := make(chan struct{})
	first := true
	s := &trickle{takes: func(offered int, wait bool) (int, error) {
		if first {
			first = false
			return 3, nil
		}
		return hesitant(release)(offered, wait)
	}}
	o := newOutbox(s, 1<<20, newMetrics(nil))
	o.put(frame("begun"), false)
	o.flush()
	o.put(frame("queued"), false)
	o.abandon(byeSlow)
	o.abandon(byeShutdown) // the first counts
	if !o.put(frame("late"), false) {
		t.Error("a conn that ends is told that it owes too much")
	}
	close(release)
	<-o.over
	expect(t, "written", string(s.got), "begun"+string(newClose(byeSlow.code, byeSlow.reason)))
	expect(t, "farewell", o.said(), byeSlow)
}

func TestOutbox_EndsWhenTheSocketFails(t *testing.T) {
	for _, row := range []struct {
		name string
		err  error
		want farewell
	}{
		{"stalled", os.ErrDeadlineExceeded, byeSlow},
		{"gone", errors.New("reset"), byeClient},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := &trickle{takes: func(_ int, wait bool) (int, error) {
				if wait {
					return 1, row.err
				}
				return 0, nil
			}}
			o := newOutbox(s, 1<<20, newMetrics(nil))
			o.put(frame("never to arrive"), false)
			o.flush()
			<-o.over
			expect(t, "farewell", o.said(), row.want)
			expect(t, "owed", o.backlog(), 0)
		})
	}
}

func TestOutbox_BoundsWhatItOwes(t *testing.T) {
	o := newOutbox(&trickle{takes: hesitant(nil)}, 10, newMetrics(nil))
	expect(t, "within the limit", o.put(make(frame, 10), false), true)
	expect(t, "the one that goes over it", o.put(make(frame, 100), false), true)
	expect(t, "the next", o.put(make(frame, 1), false), false)
}

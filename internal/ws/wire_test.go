package ws

import (
	"errors"
	"net"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipe returns a wire and its far end.
func pipe(t *testing.T) (*wire, net.Conn) {
	near, far := net.Pipe()
	t.Cleanup(func() { near.Close(); far.Close() })
	return &wire{Conn: near}, far
}

// take reads from the far end until it is closed, a bit at a time.
func take(far net.Conn, bit int, pause time.Duration) {
	b := make([]byte, bit)
	for {
		time.Sleep(pause) // of the bubble's clock
		if _, err := far.Read(b); err != nil {
			return
		}
	}
}

func TestWire_GivesASlowReaderTimeAsLongAsItTakesSomething(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, far := pipe(t)
		var reader sync.WaitGroup
		reader.Go(func() { take(far, 10, stall-time.Second) })
		if n, err := w.Write(make([]byte, 200)); n != 200 || err != nil {
			t.Errorf("wrote %d of 200 bytes: %v", n, err)
		}
		w.Conn.Close()
		reader.Wait()
	})
}

func TestWire_GivesUpOnOneThatTakesNothing(t *testing.T) {
	for _, quiet := range []time.Duration{0, time.Second, stall} {
		synctest.Test(t, func(t *testing.T) {
			w, far := pipe(t)
			go far.Read(make([]byte, 1))
			if _, err := w.Write([]byte{1}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(quiet)
			began := time.Now()
			_, err := w.Write([]byte{2})
			if waited := time.Since(began); !errors.Is(err, os.ErrDeadlineExceeded) || waited != stall {
				t.Errorf("after %s of quiet: %v after %s", quiet, err, waited)
			}
		})
	}
}

package ws

import (
	"errors"
	"io"
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
	return newWire(near, nil), far
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
		for left := 200; left > 0; {
			n, err := w.Write(make([]byte, left), true)
			if n == 0 || err != nil {
				t.Fatalf("wrote %d of the last %d bytes: %v", n, left, err)
			}
			left -= n
		}
		w.conn.Close()
		reader.Wait()
	})
}

func TestWire_GivesUpOnOneThatTakesNothing(t *testing.T) {
	for _, quiet := range []time.Duration{0, time.Second, stall} {
		synctest.Test(t, func(t *testing.T) {
			w, far := pipe(t)
			go far.Read(make([]byte, 1))
			if _, err := w.Write([]byte{1}, true); err != nil {
				t.Fatal(err)
			}
			time.Sleep(quiet)
			began := time.Now()
			_, err := w.Write([]byte{2}, true)
			if waited := time.Since(began); !errors.Is(err, os.ErrDeadlineExceeded) || waited != stall {
				t.Errorf("after %s of quiet: %v after %s", quiet, err, waited)
			}
		})
	}
}

func TestWire_GivesUpOnOneThatSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, far := pipe(t)
		go func() {
			for range 3 {
				time.Sleep(silence - 2*deadlineStep)
				far.Write([]byte{1})
			}
		}()
		began := time.Now()
		for range 3 {
			if _, err := w.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
		}
		_, err := w.Read(make([]byte, 1))
		if waited := time.Since(began); !errors.Is(err, os.ErrDeadlineExceeded) || waited > 4*silence {
			t.Errorf("%v after %s", err, waited)
		}
	})
}

func TestWire_GivesAFarEndThatNeverClosesOneSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := pipe(t)
		began := time.Now()
		w.Goodbye()
		if _, err := w.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
		w.Close()
		expect(t, "waited", time.Since(began), closingGrace)
	})
}

// A real connection is written to without waiting, as far as the kernel takes it.
func TestWire_WritesWhatGoesAtOnce(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	near, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	w := newWire(near, nil)
	defer w.conn.Close()
	sent := 0
	for b := make([]byte, writeSize); ; {
		n, err := w.Write(b, false)
		if err != nil {
			t.Fatal(err)
		}
		if sent += n; n == 0 {
			break
		}
	}
	if sent < writeSize {
		t.Errorf("the kernel took %d bytes", sent)
	}
	go io.Copy(io.Discard, far) // ends when far is closed
	if n, err := w.Write([]byte("and one more"), true); n == 0 || err != nil {
		t.Errorf("a patient write: %d, %v", n, err)
	}
	w.conn.Close()
	if _, err := w.Write([]byte{1}, false); err == nil {
		t.Error("a closed connection takes bytes")
	}
}

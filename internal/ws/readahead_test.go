package ws

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"testing"
)

// connection returns both ends of a TCP connection, which end with the test.
func connection(t *testing.T) (near, far net.Conn) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if far, err = net.Dial("tcp", listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { far.Close() })
	if near, err = listener.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close() })
	return near, far
}

func TestReadAhead_ReadsEverythingAndKeepsNothing(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	near, far := connection(t)
	sent := make([]byte, 200<<10)
	for i := range sent {
		sent[i] = byte(random.Uint32())
	}
	early := random.IntN(20)
	go func() {
		far.Write(sent[early:]) // a failure shows as an early end
		far.Close()
	}()

	r := readAhead{wire: newWire(near, sent[:early])}
	var got []byte
	for {
		n := random.IntN(200)
		if n < 100 {
			peeked, err := r.Peek(n)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("seed %d, after %d bytes: %v", seed, len(got), err)
			}
			n = random.IntN(n + 1)
			got = append(got, peeked[:n]...)
			r.Discard(n)
		} else {
			b := make([]byte, n*n)
			n, err := r.Read(b)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("seed %d, after %d bytes: %v", seed, len(got), err)
			}
			got = append(got, b[:n]...)
		}
		if (r.buffer == nil) != (len(r.unread) == 0) {
			t.Fatalf("seed %d: %d bytes are unread, and there is a buffer: %t", seed, len(r.unread), r.buffer != nil)
		}
	}
	got = append(got, r.unread...)
	if !bytes.Equal(got, sent) {
		t.Errorf("seed %d: read %d bytes, and not the %d sent", seed, len(got), len(sent))
	}
}

func TestReadAhead_HasNoBufferWhileItWaits(t *testing.T) {
	near, _ := connection(t)
	r := readAhead{wire: newWire(near, nil)}
	if err := r.wire.raw.Control(func(fd uintptr) {
		expect(t, "done without anything to read", r.wire.tryRead(fd), false)
	}); err != nil {
		t.Fatal(err)
	}
	expect(t, "buffers lent", r.wire.lent != nil, false)
	near.Close()
	if _, err := r.Peek(1); err == nil {
		t.Error("read from a closed connection")
	}
	expect(t, "buffer kept", r.buffer != nil, false)
}

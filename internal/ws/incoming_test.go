package ws

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// clientFrame encodes a frame as a client sends it.
func clientFrame(first byte, mask [maskSize]byte, payload []byte) []byte {
	f := masked(len(payload))
	f[0] = first
	at := len(f) - len(payload) - maskSize
	copy(f[at:], mask[:])
	for i, b := range payload {
		f[at+maskSize+i] = b ^ mask[i%maskSize]
	}
	return f
}

// listenTo returns a socket that reads stream, which arrives in pieces of the lengths that next
// returns. Then the far end hangs up if what was sent last is not whole.
func listenTo(t *testing.T, stream []byte, next func() int) *webSocket {
	near, far := net.Pipe()
	t.Cleanup(func() { near.Close(); far.Close() })
	go func() {
		for rest := stream; len(rest) > 0; {
			n := min(len(rest), next())
			if _, err := far.Write(rest[:n]); err != nil {
				return
			}
			rest = rest[n:]
		}
		if !bytes.HasSuffix(stream, goodbye) {
			far.Close()
		}
	}()
	return newWebSocket(newWire(near, nil), &budget{most: 8 << 20})
}

// goodbye is how a client ends its stream.
var goodbye = clientFrame(finalBit|opClose, [maskSize]byte{}, []byte{3, 232})

func whole() int { return 1 << 30 }

func TestIncoming_ReadsMessagesHoweverTheyAreCut(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	bytesOf := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return b
	}
	mask := func() [maskSize]byte { return [maskSize]byte(bytesOf(maskSize)) }
	for range 30 {
		var stream []byte
		var messages, pings [][]byte
		for range 1 + random.IntN(6) {
			message := bytesOf(random.IntN(1 << random.IntN(19)))
			messages = append(messages, message)
			first := byte(opBinary)
			for rest := message; ; {
				n := len(rest)
				if random.IntN(3) > 0 {
					n = random.IntN(n + 1)
				}
				if n == len(rest) {
					first |= finalBit
				}
				stream = append(stream, clientFrame(first, mask(), rest[:n])...)
				if rest = rest[n:]; first&finalBit != 0 {
					break
				}
				first = opContinuation
				if random.IntN(2) == 0 {
					ping := bytesOf(random.IntN(controlLimit + 1))
					pings = append(pings, ping)
					stream = append(stream, clientFrame(finalBit|opPing, mask(), ping)...)
					stream = append(stream, clientFrame(finalBit|opPong, mask(), ping)...)
				}
			}
		}
		stream = append(stream, goodbye...)

		var pongs []frame
		reply := func(f frame) { pongs = append(pongs, f) }
		s := listenTo(t, stream, func() int { return 1 + random.IntN(1<<random.IntN(18)) })
		for i, want := range messages {
			got, err := s.Read(reply)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("seed %d: message %d came as %d of %d bytes: %v", seed, i, len(got), len(want), err)
			}
		}
		if _, err := s.Read(reply); !errors.Is(err, errGone) {
			t.Fatalf("seed %d: after the goodbye: %v", seed, err)
		}
		expect(t, "pongs", len(pongs), len(pings))
		for i, ping := range pings {
			if !bytes.Equal(pongs[i], newControl(opPong, ping)) {
				t.Fatalf("seed %d: ping %x got %x", seed, ping, pongs[i])
			}
		}
		expect(t, "bytes still held", s.receiving.used.Load(), 0)
	}
}

func TestIncoming_RefusesWhatIsNoFrameOfAClient(t *testing.T) {
	var mask [maskSize]byte
	long := clientFrame(finalBit|opBinary, mask, make([]byte, messageLimit+1))
	for _, row := range []struct {
		name   string
		stream []byte
		want   error
	}{
		{"not masked", newControl(opBinary, []byte("x")), errFraming},
		{"a reserved bit", clientFrame(finalBit|0x40|opBinary, mask, nil), errFraming},
		{"an unknown opcode", clientFrame(finalBit|0x3, mask, nil), errFraming},
		{"an unknown control frame", clientFrame(finalBit|0xB, mask, nil), errFraming},
		{"a continuation of nothing", clientFrame(finalBit|opContinuation, mask, nil), errFraming},
		{"a message within a message", append(clientFrame(opBinary, mask, nil), clientFrame(opBinary, mask, nil)...), errFraming},
		{"a ping in pieces", clientFrame(opPing, mask, nil), errFraming},
		{"a long ping", clientFrame(finalBit|opPing, mask, make([]byte, controlLimit+1)), errFraming},
		{"text", clientFrame(finalBit|opText, mask, []byte("x")), errText},
		{"too long", long, errTooBig},
		{"too long in pieces", append(clientFrame(opBinary, mask, []byte("x")), clientFrame(finalBit|opContinuation, mask, make([]byte, messageLimit))...), errTooBig},
		{"a length beyond all bounds", []byte{finalBit | opBinary, maskedBit | 127, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0}, errTooBig},
		{"half a header", []byte{finalBit | opBinary}, io.EOF},
		{"half a payload", clientFrame(finalBit|opBinary, mask, []byte("xyz"))[:8], io.ErrUnexpectedEOF},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := listenTo(t, row.stream, whole)
			if _, err := s.Read(func(frame) { t.Error("it was answered") }); !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
		})
	}
}

func TestIncoming_CountsBytesAndFrames(t *testing.T) {
	var mask [maskSize]byte
	var stream []byte
	bytes, frames := 0, 0
	for _, length := range []int{0, 1, 57, 125, 126, 200, 1<<16 - 1, 1 << 16, 100_000} {
		f := clientFrame(finalBit|opBinary, mask, make([]byte, length))
		stream = append(stream, f...)
		bytes += len(f)
		frames++
	}
	stream = append(stream, goodbye...)
	bytes += len(goodbye)
	frames++
	for _, row := range []struct {
		bytes, frames int
		want          error
	}{{bytes, frames, errGone}, {bytes - 1, frames, errTooFast}, {bytes, frames - 1, errTooFast}} {
		synctest.Test(t, func(t *testing.T) { // where nothing is earned meanwhile
			s := listenTo(t, stream, whole)
			s.rate = newRate(bytesPerSecond, row.bytes, time.Now())
			s.frames = newRate(framesPerSecond, row.frames, time.Now())
			var err error
			for err == nil {
				_, err = s.Read(nil)
			}
			if !errors.Is(err, row.want) {
				t.Errorf("with %d bytes of %d and %d frames of %d: %v, want %v", row.bytes, bytes, row.frames, frames, err, row.want)
			}
		})
	}
}

func TestIncoming_CountsWhatHasComeOfALongMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const length = 1 << 20
		stream := clientFrame(finalBit|opBinary, [maskSize]byte{}, make([]byte, length))
		near, far := net.Pipe()
		defer far.Close()
		receiving := &budget{most: 4 * readStep}
		s := newWebSocket(newWire(near, nil), receiving)
		result := make(chan error, 1)
		go func() {
			_, err := s.Read(nil)
			result <- err
		}()
		if _, err := far.Write(stream[:shortMessage]); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		expect(t, "held after a header that announces much", receiving.used.Load(), readStep)
		go far.Write(stream[shortMessage:]) // fails when the socket is closed
		if err := <-result; !errors.Is(err, errCrowded) {
			t.Errorf("got %v", err)
		}
		expect(t, "held at the end", receiving.used.Load(), 0)
		near.Close()
		synctest.Wait()
	})
}

func TestIncoming_ALongMessageMustEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := clientFrame(finalBit|opBinary, [maskSize]byte{}, make([]byte, 1<<20))
		near, far := net.Pipe()
		defer far.Close()
		s := newWebSocket(newWire(near, nil), &budget{most: 8 << 20})
		go func() {
			for len(stream) > 0 {
				if _, err := far.Write(stream[:shortMessage]); err != nil {
					return
				}
				stream = stream[shortMessage:]
				time.Sleep(silence / 2)
			}
		}()
		if _, err := s.Read(nil); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		near.Close()
		settle(silence)
	})
}

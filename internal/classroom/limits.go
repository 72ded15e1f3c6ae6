package classroom

import (
	"sync"
	"time"
)

// A limit is a token bucket for each of many keys: a key may spend burst at
// once and then one more every interval. Keys are kept in two halves. When the
// young half is full it becomes the old one, and what was old is forgotten, so
// that memory is bounded and a key that is in use stays.
type limit struct {
	burst    float64
	interval time.Duration
	now      func() time.Time

	mu         sync.Mutex
	young, old map[string]bucket
}

type bucket struct {
	left float64
	at   time.Time
}

// maxKeys bounds one half.
const maxKeys = 5000

func newLimit(now func() time.Time, burst int, interval time.Duration) *limit {
	return &limit{burst: float64(burst), interval: interval, now: now, young: map[string]bucket{}}
}

// take spends one of key's, or reports that there is none left.
func (l *limit) take(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.refilled(key)
	if b.left < 1 {
		return false
	}
	b.left--
	l.keep(key, b)
	return true
}

// give returns one to key: what it was spent on turned out to be honest.
func (l *limit) give(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.refilled(key)
	b.left = min(l.burst, b.left+1)
	l.keep(key, b)
}

func (l *limit) refilled(key string) bucket {
	now := l.now()
	b, known := l.young[key]
	if !known {
		b, known = l.old[key]
	}
	if !known {
		return bucket{l.burst, now}
	}
	gained := float64(now.Sub(b.at)) / float64(l.interval)
	return bucket{min(l.burst, b.left+max(0, gained)), now}
}

func (l *limit) keep(key string, b bucket) {
	if len(l.young) >= maxKeys {
		l.old, l.young = l.young, map[string]bucket{}
	}
	l.young[key] = b
}

// limits hold off whoever guesses. Only attempts that fail are spent, and a
// link or a QR code is never limited: its token cannot be guessed, and a whole
// class stands behind one address.
type limits struct {
	secrets *limit // passphrases and setup tokens, by address
	names   *limit // passphrases, by account name and address; the present one of an account, by its id
	codes   *limit // short and return codes, by address
	guesses *limit // short and return codes, of all addresses together
	reveals *limit // lines about one administrator looking at one conversation
}

func newLimits(now func() time.Time) limits {
	return limits{
		secrets: newLimit(now, 60, time.Second),
		names:   newLimit(now, 10, 10*time.Second),
		codes:   newLimit(now, 60, 2*time.Second),
		guesses: newLimit(now, 600, 500*time.Millisecond),
		reveals: newLimit(now, 1, time.Hour),
	}
}

// guess spends an attempt at a code from an address. The attempt is given back
// by calling right when the code was a real one.
func (l limits) guess(address string) (right func(), err error) {
	if !l.codes.take(address) {
		return nil, tooMany()
	}
	if !l.guesses.take("") {
		l.codes.give(address)
		return nil, tooMany()
	}
	return func() {
		l.codes.give(address)
		l.guesses.give("")
	}, nil
}

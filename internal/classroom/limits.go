package classroom

import (
	"math"
	"sync"
	"time"
)

// A limit is a token bucket for each of many keys: a key may spend burst at
// once and then one more every interval. It holds at most maxKeys keys: keys
// that are full again are forgotten first, then those spent longest ago.
type limit struct {
	burst    float64
	interval time.Duration
	now      func() time.Time

	mu      sync.Mutex
	buckets map[string]bucket
}

type bucket struct {
	left float64
	at   time.Time
}

const maxKeys = 10_000

func newLimit(now func() time.Time, burst int, interval time.Duration) *limit {
	return &limit{burst: float64(burst), interval: interval, now: now, buckets: map[string]bucket{}}
}

// take spends one of key's, or reports that there is none left.
func (l *limit) take(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	b := l.refilled(key, now)
	if b.left < 1 {
		return false
	}
	if _, known := l.buckets[key]; !known && len(l.buckets) >= maxKeys {
		l.forget(now)
	}
	l.buckets[key] = bucket{b.left - 1, now}
	return true
}

// give returns one to key: what it was spent on turned out to be honest.
func (l *limit) give(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.buckets[key]; !known {
		return
	}
	b := l.refilled(key, l.now())
	b.left = math.Min(l.burst, b.left+1)
	l.buckets[key] = b
}

func (l *limit) refilled(key string, now time.Time) bucket {
	b, known := l.buckets[key]
	if !known {
		return bucket{l.burst, now}
	}
	gained := float64(now.Sub(b.at)) / float64(l.interval)
	return bucket{math.Min(l.burst, b.left+math.Max(0, gained)), now}
}

// forget drops every key that is full again, or the oldest if none is.
func (l *limit) forget(now time.Time) {
	oldest, found := "", false
	for key, b := range l.buckets {
		if l.refilled(key, now).left >= l.burst {
			delete(l.buckets, key)
		} else if !found || b.at.Before(l.buckets[oldest].at) {
			oldest, found = key, true
		}
	}
	if len(l.buckets) >= maxKeys {
		delete(l.buckets, oldest)
	}
}

// limits hold off whoever guesses. Only attempts that fail are spent, and a
// link or a QR code is never limited: its token cannot be guessed, and a whole
// class stands behind one address.
type limits struct {
	secrets *limit // passphrases and setup tokens, by address
	names   *limit // passphrases, by account name and address
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

package ws

import (
	"sync/atomic"
	"time"
)

// rate is a token bucket.
type rate struct {
	perSecond float64
	most      float64 // tokens it can hold

	tokens float64
	at     time.Time // when tokens was right
}

// newRate returns a full bucket.
func newRate(perSecond, most int, now time.Time) rate {
	return rate{perSecond: float64(perSecond), most: float64(most), tokens: float64(most), at: now}
}

// spend takes n tokens and reports true, or takes none because there are fewer.
func (r *rate) spend(n int, now time.Time) bool {
	r.tokens = min(r.most, r.tokens+now.Sub(r.at).Seconds()*r.perSecond)
	r.at = now
	if r.tokens < float64(n) {
		return false
	}
	r.tokens -= float64(n)
	return true
}

// drain takes n tokens, or what there is.
func (r *rate) drain(n int, now time.Time) { r.tokens = max(0, float64(r.left(now)-n)) }

// left is how many tokens there are.
func (r *rate) left(now time.Time) int {
	r.spend(0, now)
	return int(r.tokens)
}

// full reports whether nothing is missing from the bucket.
func (r *rate) full(now time.Time) bool { return r.spend(0, now) && r.tokens == r.most }

// budget bounds what many share.
type budget struct {
	most int64
	used atomic.Int64
}

// take takes n and reports true, or takes nothing.
func (b *budget) take(n int) bool {
	if b.used.Add(int64(n)) <= b.most {
		return true
	}
	b.give(n)
	return false
}

// give gives n back.
func (b *budget) give(n int) { b.used.Add(-int64(n)) }

package load

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestLeastWaitsUntilMemoryIsNoLongerGivenBack(t *testing.T) {
	const mib = 1 << 20
	for _, row := range []struct {
		name string
		at   func(time.Duration) int64 // memory, so long after the beginning
		want int64
		took time.Duration
	}{
		{"steady", func(time.Duration) int64 { return 40 * mib }, 40 * mib, 6 * time.Second},
		{"collected once, and then garbage again", func(d time.Duration) int64 {
			if d < 2*time.Second {
				return 60 * mib
			}
			return 40*mib + int64(d.Seconds()-2)*mib
		}, 40 * mib, 8 * time.Second},
		{"less all the time", func(d time.Duration) int64 { return 900*mib - int64(d.Seconds())*mib }, 840 * mib, rssLimit},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				got, err := least(t.Context(), 6*time.Second, func() (int64, error) { return row.at(time.Since(began)), nil })
				if took := time.Since(began); err != nil || got != row.want || took != row.took {
					t.Errorf("got %d after %v, %v; want %d after %v", got, took, err, row.want, row.took)
				}
			})
		})
	}
}

func TestLeastPassesFailuresOn(t *testing.T) {
	gone := errors.New("gone")
	if _, err := least(t.Context(), time.Second, func() (int64, error) { return 0, gone }); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := least(ctx, time.Hour, func() (int64, error) { return 0, nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestIdleRestartsOnlyWhatASuiteStarted(t *testing.T) {
	run := Run{Spec: Spec{Mode: Idle, Cold: true}, Target: Target{URL: "ws://nowhere.test", Framing: "y-websocket"}}
	if _, err := run.Do(t.Context()); !errors.Is(err, errNotOurs) {
		t.Errorf("got %v", err)
	}
}

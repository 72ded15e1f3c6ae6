package main

import (
	"testing"
	"time"
)

func TestParseSince(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 2, 0, 0, time.FixedZone("UTC+1", 3600))
	for text, want := range map[string]string{
		"36h":                  "2026-11-20T02:02:00+01:00",
		"7d":                   "2026-11-14T14:02:00+01:00",
		"0d":                   "2026-11-21T14:02:00+01:00",
		"1h30m":                "2026-11-21T12:32:00+01:00",
		"2026-11-01":           "2026-11-01T00:00:00+01:00",
		"2026-11-21T08:00:00Z": "2026-11-21T08:00:00Z",
		"":                     "",
		"7":                    "",
		"-7d":                  "",
		"-3h":                  "",
		"99999999d":            "",
		"yesterday":            "",
		"2026-13-01":           "",
		"21.11.2026":           "",
	} {
		got, err := parseSince(text, now)
		if want == "" && err == nil || want != "" && (err != nil || got.Format(time.RFC3339) != want) {
			t.Errorf("%q is %v, %v; want %q", text, got, err, want)
		}
	}
}

package report

import (
	"strings"
	"testing"

	"grimoire/loadgen/internal/load"
)

func TestOnlyServersThatSaveHaveSavedLatency(t *testing.T) {
	spec := load.Spec{Name: "lesson", Mode: load.Classroom, Clients: 30}
	var out strings.Builder
	Table(&out, []load.Result{
		{Server: "saves", Spec: spec, Saved: load.Latency{P50: 4.25, P99: 8.5, Max: 9}},
		{Server: "other", Spec: spec},
		{Server: "broken", Spec: spec, Error: "no room"},
	})
	lines := strings.Split(out.String(), "\n")
	for line, want := range map[int]string{2: "saved p50", 3: "4.25  ", 4: "-  ", 5: "0/1"} {
		if !strings.Contains(lines[line], want) {
			t.Errorf("line %d lacks %q:\n%s", line, want, out.String())
		}
	}
	if !strings.Contains(out.String(), "broken failed: no room") {
		t.Errorf("got\n%s", out.String())
	}
}

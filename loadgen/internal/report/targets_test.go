package report

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"grimoire/loadgen/internal/load"
)

// lesson is a run of 300 in one room.
func lesson(server string, cores float64) load.Result {
	return load.Result{Server: server, Spec: load.Spec{Name: "classroom-300"}, Cores: cores, Expected: 10, Delivered: 10}
}

func lines(results ...load.Result) []string {
	var out strings.Builder
	Targets(&out, "grimoire", results)
	return strings.Split(out.String(), "\n")
}

func TestTargetsStandBesideWhatWasMeasured(t *testing.T) {
	got := lines(lesson("grimoire", 0.19), lesson("a", 0.80), lesson("grimoire", 0.10), lesson("b", 0.40), lesson("grimoire", 0.20))
	for i, want := range map[int]string{
		0: "| What | Target | grimoire | Better than the best peer | a | b |",
		2: "| 300 in one room, 30 of them typing: server cores | ≤ 0.200 | 0.190 | 2.1 × | 0.800 | 0.400 |",
		9: "| one hot room: edits delivered a CPU second | ≥ 1000000 | – | – | – | – |",
	} {
		if got[i] != want {
			t.Errorf("line %d:\ngot  %s\nwant %s", i, got[i], want)
		}
	}
}

func TestMissesAreNamed(t *testing.T) {
	lost := lesson("grimoire", 0.21)
	lost.Delivered, lost.Missing = 8, 1
	failed := lesson("grimoire", 0)
	failed.Error = "ended"
	killed := load.Result{Server: "grimoire", Spec: load.Spec{Name: "kill", Mode: load.Reload}, Expected: 9}
	hot := load.Result{Server: "grimoire", Spec: load.Spec{Name: "capacity-30"}, PerCPU: 9e5}
	got := strings.Join(lines(lost, failed, killed, hot), "\n")
	for _, want := range []string{"| 0.210, **missed** |", "| 900000, **missed** |", "all other runs | ≤ 0 | 3, **missed** |"} {
		if !strings.Contains(got, want) {
			t.Errorf("got no %q in\n%s", want, got)
		}
	}
}

// A goal that names no scenario of the suite would never be measured.
func TestEveryGoalHasItsScenario(t *testing.T) {
	b, err := os.ReadFile("../../suite.json")
	if err != nil {
		t.Fatal(err)
	}
	var suite struct{ Scenarios []load.Spec }
	if err := json.Unmarshal(b, &suite); err != nil {
		t.Fatal(err)
	}
	var results []load.Result
	for _, s := range suite.Scenarios {
		results = append(results, load.Result{Server: "grimoire", Spec: s, Durability: &load.Durability{Accepted: 1}, Saved: load.Latency{Max: 1}})
	}
	for _, line := range lines(results...)[2:] {
		if cells := strings.Split(line, "|"); len(cells) > 3 && strings.TrimSpace(cells[3]) == "–" {
			t.Errorf("nothing was measured of %s", cells[1])
		}
	}
}

func TestSectionsAreReplacedInPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "benchmarks.md")
	for _, step := range []struct{ heading, body, want string }{
		{"Rooms", "one\n", "# Benchmarks\n\n## Rooms\n\none\n"},
		{"Engine", "two", "# Benchmarks\n\n## Rooms\n\none\n\n## Engine\n\ntwo\n"},
		{"Rooms", "three\n\n### Part\n", "# Benchmarks\n\n## Rooms\n\nthree\n\n### Part\n\n## Engine\n\ntwo\n"},
		{"Engine", "four", "# Benchmarks\n\n## Rooms\n\nthree\n\n### Part\n\n## Engine\n\nfour\n"},
	} {
		if err := WriteSection(path, step.heading, step.body); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); string(got) != step.want {
			t.Errorf("after %s: got\n%s\nwant\n%s", step.body, got, step.want)
		}
	}
}

func TestMedianIsTheUpperOfTwo(t *testing.T) {
	for want, values := range map[float64][]float64{7: {7}, 8: {8, 2}, 3: {9, 1, 3}} {
		var all []load.Result
		for _, v := range values {
			all = append(all, load.Result{Cores: v})
		}
		if got := median(all, cores); got != want {
			t.Errorf("%v: got %v, want %v", values, got, want)
		}
	}
}

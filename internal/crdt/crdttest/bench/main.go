// Command bench times the engine beside yjs. Run it in internal/crdt/crdttest,
// with the oracle installed: make bench-engine.
//
//	bench           writes the inputs, then in each round and for each task starts
//	  │             one worker after the other, which print what they took
//	  ├── bench -work DIR -task NAME -runs N    ours
//	  └── node oracle/bench.mjs DIR NAME N      yjs
//
// It prints a JSON line for each task, the medians over the rounds, then a table
// beside the targets.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// task is something that both engines do, and how many times faster than yjs
// we want to be, if we have said so. The unit is ms, or kB where it says so.
type task struct {
	name   string
	target float64
	what   string
}

var tasks = []task{
	{"apply-b4", 23, "apply the 259,778 updates one by one"},
	{"load-b4", 10, "load the state they end in"},
	{"load-b4-cold", 25, "the same, first thing in a new process"},
	{"load-10", 8, "load a text in which all was written ten times"},
	{"encode-b4", 8, "encode the state"},
	{"diff-b4", 8, "encode what half of it lacks"},
	{"diff-bytes", 10, "the same from stored bytes, without a Doc"},
	{"merge-b4", 10, "all updates to one, the state; yjs merges groups of 64, to ten times as much"},
	{"apply-1000", 100, "apply 100,000 edits of 1,000 clients"},
	{"load-1000", 7, "load the state they end in"},
	{"load-b4-v2", 0, "load-b4 in format v2"},
	{"encode-b4-v2", 0, "encode-b4 in format v2"},
	{"merge-b4-v2", 0, "merge-b4 in format v2"},
	{"load-1000-v2", 0, "load-1000 in format v2"},
	{"heap-b4", 0, "kB of heap of the loaded Doc; at most 900"},
}

// result is the line that is printed for a task.
type result struct {
	Task  string  `json:"task"`
	Ours  float64 `json:"ours_ms"`
	Yjs   float64 `json:"yjs_ms"`
	Ratio float64 `json:"ratio"`
}

func main() {
	rounds := flag.Int("rounds", 3, "rounds, of which the medians count")
	only := flag.String("tasks", "", "names of tasks, with commas; none means all")
	dir := flag.String("work", "", "work in the inputs of this directory, for -task")
	runs := flag.Int("runs", 5, "runs of a task, after one to warm up")
	name := flag.String("task", "", "run one task and print what it took")
	flag.Parse()
	err := error(nil)
	if *name != "" {
		err = work(*dir, *name, *runs)
	} else {
		err = compare(*rounds, *runs, *only)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// compare runs the rounds and prints what came out.
func compare(rounds, runs int, only string) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := writeInputs(dir); err != nil {
		return err
	}
	ours, yjs := map[string][]float64{}, map[string][]float64{}
	chosen := slices.DeleteFunc(slices.Clone(tasks), func(t task) bool {
		return only != "" && !slices.Contains(strings.Split(only, ","), t.name)
	})
	n := strconv.Itoa(runs)
	for range rounds {
		for _, t := range chosen {
			if err := measure(ours, t.name, os.Args[0], "-work", dir, "-task", t.name, "-runs", n); err != nil {
				return err
			}
			if err := measure(yjs, t.name, "node", "--expose-gc", "oracle/bench.mjs", dir, t.name, n); err != nil {
				return err
			}
		}
	}
	var results []result
	for _, t := range chosen {
		a, b := median(ours[t.name]), median(yjs[t.name])
		results = append(results, result{t.name, a, b, b / a})
	}
	return report(results, rounds, runs)
}

// measure runs a worker and adds what it prints to the task's figures.
func measure(figures map[string][]float64, task, program string, args ...string) error {
	cmd := exec.Command(program, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s %s: %w", program, task, err)
	}
	figure, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil {
		return fmt.Errorf("%s %s: %w", program, task, err)
	}
	figures[task] = append(figures[task], figure)
	return nil
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

func report(results []result, rounds, runs int) error {
	lines := json.NewEncoder(os.Stdout)
	for _, r := range results {
		if err := lines.Encode(r); err != nil {
			return err
		}
	}
	fmt.Printf("\n%s, %d cores, %s, medians of %d rounds of %d runs\n\n",
		time.Now().Format("2 January 2006"), runtime.NumCPU(), runtime.Version(), rounds, runs)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	fmt.Fprintln(w, "| Task\t| What\t| grimoire\t| yjs\t| Faster\t| Target\t|")
	fmt.Fprintln(w, "|---\t|---\t|---\t|---\t|---\t|---\t|")
	for _, r := range results {
		t := tasks[slices.IndexFunc(tasks, func(t task) bool { return t.name == r.Task })]
		met, target := r.Ratio >= t.target, fmt.Sprintf("≥ %.0f ×", t.target)
		switch {
		case t.name == "heap-b4":
			met, target = r.Ours <= 900, "≤ 900 kB"
		case t.target == 0:
			target = "–"
		}
		if !met {
			target += ", **missed**"
		}
		fmt.Fprintf(w, "| %s\t| %s\t| %s\t| %s\t| %.1f ×\t| %s\t|\n", t.name, t.what, figure(r.Ours), figure(r.Yjs), r.Ratio, target)
	}
	return w.Flush()
}

// figure prints a number with about three digits.
func figure(f float64) string {
	switch {
	case f < 10:
		return strconv.FormatFloat(f, 'f', 2, 64)
	case f < 100:
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', 0, 64)
}

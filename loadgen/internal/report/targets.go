package report

import (
	"fmt"
	"io"
	"math"
	"strings"

	"grimoire/loadgen/internal/load"
)

// goal is one promise of Grimoire's rooms, and how to read it off the results.
type goal struct {
	what   string
	format string  // of the value, with its unit
	target float64 // at most this, or at least this where more is better; NaN: nothing is promised
	more   bool    // more is better
	value  func(runs) float64
}

// runs are the results of one server.
type runs []load.Result

// goals are in the order in which a reader asks for them. Scenarios are those of
// suite.json.
var goals = []goal{
	{"300 in one room, 30 of them typing: server cores", "%.3f", 0.20, false, of("classroom-300", cores)},
	{"the same: edit p99", "%.1f ms", 25, false, of("classroom-300", editP99)},
	{"the same: saved p99", "%.1f ms", 25, false, of("classroom-300", saved(func(r load.Result) float64 { return r.Saved.P99 }))},
	{"30 in one room: edit p50", "%.1f ms", 1, false, of("classroom-30", func(r load.Result) float64 { return r.Edit.P50 })},
	{"the same: edit p99", "%.1f ms", 3, false, of("classroom-30", editP99)},
	{"the same: server cores", "%.3f", 0.02, false, of("classroom-30", cores)},
	{"100 rooms of 3, all typing: server cores", "%.3f", 0.10, false, of("rooms-100x3", cores)},
	{"one hot room: edits delivered a CPU second", "%.0f", 1e6, true, of("capacity-30", func(r load.Result) float64 { return r.PerCPU })},
	{"300 join a 1.85 MB document, warm: the last has it", "%.2f s", 1, false, of("storm-warm", storm)},
	{"the same: server CPU", "%.2f s", 0.6, false, of("storm-warm", func(r load.Result) float64 { return r.ServerCPU })},
	{"the same, server just started: the last has it", "%.2f s", 1.5, false, of("storm-cold", storm)},
	{"memory of an idle connection", "%.1f KiB", 20, false, of("idle-1-room", perConnection)},
	{"1,000 idle connections: the whole process", "%.0f MiB", 40, false, of("idle-1-room", func(r load.Result) float64 { return float64(r.RSSWhole) / mib })},
	{"memory of an idle room, without its 2.5 KiB of state", "%.1f KiB", 4, false, idleRoom},
	{"kill -9: acknowledged edits lost", "%.0f", 0, false, of("kill", durable(acceptedLost))},
	{"the same: edits lost that classmates had seen", "%.0f", math.NaN(), false, of("kill", durable(seenLost))},
	{"one client asks for the document and never reads: memory", "%.1f MiB", 8, false, of("stalled", func(r load.Result) float64 { return float64(r.RSSGrowth) / mib })},
	{"edits undelivered or not in the document, all other runs", "%.0f", 0, false, wrong},
}

func succeeded(r load.Result) bool { return r.Error == "" }

func cores(r load.Result) float64   { return r.Cores }
func editP99(r load.Result) float64 { return r.Edit.P99 }
func storm(r load.Result) float64   { return r.StormSeconds }

func seenLost(d *load.Durability) float64 { return float64(d.Lost) }

func perConnection(r load.Result) float64 { return r.RSSPer / kib }

// of returns the median of a scenario's runs.
func of(scenario string, value func(load.Result) float64) func(runs) float64 {
	return func(all runs) float64 {
		return median(keep(all, func(r load.Result) bool { return r.Spec.Name == scenario && succeeded(r) }), value)
	}
}

// idleRoom is what a connection to a room of its own takes beyond one to a room
// that is open anyway.
func idleRoom(all runs) float64 {
	const state = 2.5
	return of("idle-1000-rooms", perConnection)(all) - of("idle-1-room", perConnection)(all) - state
}

// wrong counts edits that did not reach everybody, or not the document, where
// nobody killed the server.
func wrong(all runs) float64 {
	good := keep(all, func(r load.Result) bool { return succeeded(r) && r.Spec.Mode != load.Reload })
	if len(good) == 0 {
		return math.NaN()
	}
	n := 0.0
	for _, r := range good {
		n += float64(r.Expected) - float64(r.Delivered) + float64(r.Missing)
	}
	return n
}

// Targets prints, in Markdown, what Grimoire's rooms promise beside what was
// measured of them, the server named ours, and of its peers.
func Targets(w io.Writer, ours string, results []load.Result) {
	servers := names(results, func(r load.Result) string { return r.Server })
	byServer := make(map[string]runs, len(servers))
	var peers []string
	for _, s := range servers {
		byServer[s] = keep(results, func(r load.Result) bool { return r.Server == s })
		if s != ours {
			peers = append(peers, s)
		}
	}
	fmt.Fprintf(w, "| What | Target | %s | Better than the best peer | %s |\n", ours, strings.Join(peers, " | "))
	fmt.Fprintf(w, "|---|---|---|---|%s\n", strings.Repeat("---|", len(peers)))
	for _, g := range goals {
		got, best := g.value(byServer[ours]), math.NaN()
		var cells []string
		for _, p := range peers {
			v := g.value(byServer[p])
			if g.better(v, best) {
				best = v
			}
			cells = append(cells, g.cell(v))
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n",
			g.what, g.bound(), g.verdict(got), g.beside(got, best), strings.Join(cells, " | "))
	}
}

// better reports whether a beats b; any number beats none.
func (g goal) better(a, b float64) bool {
	switch {
	case math.IsNaN(a) || math.IsNaN(b):
		return !math.IsNaN(a)
	case g.more:
		return a > b
	default:
		return a < b
	}
}

func (g goal) bound() string {
	switch {
	case math.IsNaN(g.target):
		return "–"
	case g.more:
		return "≥ " + fmt.Sprintf(g.format, g.target)
	default:
		return "≤ " + fmt.Sprintf(g.format, g.target)
	}
}

func (g goal) cell(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf(g.format, v)
}

func (g goal) verdict(v float64) string {
	if !math.IsNaN(v) && g.better(g.target, v) {
		return g.cell(v) + ", **missed**"
	}
	return g.cell(v)
}

// beside says how many times better than the best peer it is.
func (g goal) beside(v, best float64) string {
	times := best / v
	if g.more {
		times = v / best
	}
	if math.IsNaN(times) || math.IsInf(times, 0) || times <= 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f ×", times)
}

// Package report prints results as tables of medians.
package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"grimoire/loadgen/internal/load"
)

// column is one number of a table.
type column struct {
	title  string
	format string
	value  func(load.Result) float64
}

const (
	ms      = "%.2f"
	whole   = "%.0f"
	tenths  = "%.1f"
	kib     = 1024.0
	mib     = kib * kib
	missing = "-"
)

var byMode = map[load.Mode][]column{
	load.Classroom: classroom,
	load.Capacity: append([]column{
		{"edits/s each", tenths, func(r load.Result) float64 { return r.Spec.Rate }},
	}, classroom...),
	load.Idle: {
		{"connect p50 ms", ms, func(r load.Result) float64 { return r.Connect.P50 }},
		{"RSS MiB", tenths, func(r load.Result) float64 { return float64(r.RSSWhole) / mib }},
		{"with twice as many", tenths, func(r load.Result) float64 { return float64(r.RSSAfter) / mib }},
		{"KiB/connection", tenths, func(r load.Result) float64 { return r.RSSPer / kib }},
		{"CPU s", ms, func(r load.Result) float64 { return r.ServerCPU }},
	},
	load.JoinStorm: {
		{"doc MiB", ms, func(r load.Result) float64 { return float64(r.DocumentSize) / mib }},
		{"last s", ms, func(r load.Result) float64 { return r.StormSeconds }},
		{"p50 ms", ms, func(r load.Result) float64 { return r.Sync.P50 }},
		{"CPU s", ms, func(r load.Result) float64 { return r.ServerCPU }},
		{"RSS before MiB", tenths, func(r load.Result) float64 { return float64(r.RSSBefore) / mib }},
		{"RSS after MiB", tenths, func(r load.Result) float64 { return float64(r.RSSAfter) / mib }},
		{"MiB sent", tenths, func(r load.Result) float64 { return float64(r.BytesFrom) / mib }},
	},
	load.Stalled: {
		{"doc MiB", ms, func(r load.Result) float64 { return float64(r.DocumentSize) / mib }},
		{"RSS before MiB", tenths, func(r load.Result) float64 { return float64(r.RSSBefore) / mib }},
		{"growth MiB", tenths, func(r load.Result) float64 { return float64(r.RSSGrowth) / mib }},
		{"CPU s", ms, func(r load.Result) float64 { return r.ServerCPU }},
	},
	load.Reload: {
		{"seen", whole, durable(func(d *load.Durability) float64 { return float64(d.Seen) })},
		{"lost", whole, durable(func(d *load.Durability) float64 { return float64(d.Lost) })},
		{"oldest lost s", ms, durable(func(d *load.Durability) float64 { return d.LostSeconds })},
		{"acked", whole, durable(func(d *load.Durability) float64 { return float64(d.Accepted) })},
		{"acked lost", whole, durable(acceptedLost)},
		{"joins to stable", whole, durable(func(d *load.Durability) float64 { return float64(d.Joins) })},
	},
}

var classroom = []column{
	{"p50 ms", ms, func(r load.Result) float64 { return r.Edit.P50 }},
	{"p99 ms", ms, func(r load.Result) float64 { return r.Edit.P99 }},
	{"p99.9", ms, func(r load.Result) float64 { return r.Edit.P999 }},
	{"max", ms, func(r load.Result) float64 { return r.Edit.Max }},
	{"cursor p99", ms, func(r load.Result) float64 { return r.Cursor.P99 }},
	{"saved p50", ms, saved(func(r load.Result) float64 { return r.Saved.P50 })},
	{"saved p99", ms, saved(func(r load.Result) float64 { return r.Saved.P99 })},
	{"unsaved", whole, saved(func(r load.Result) float64 { return float64(r.Unsaved) })},
	{"msgs/s", whole, func(r load.Result) float64 { return r.PerSecond }},
	{"undelivered", whole, func(r load.Result) float64 { return float64(r.Expected) - float64(r.Delivered) }},
	{"not in doc", whole, func(r load.Result) float64 { return float64(r.Missing) }},
	{"cores", "%.3f", func(r load.Result) float64 { return r.Cores }},
	{"µs/msg", ms, func(r load.Result) float64 { return r.MicrosPer }},
	{"msgs/CPU-s", whole, func(r load.Result) float64 { return r.PerCPU }},
	{"RSS MiB", tenths, func(r load.Result) float64 { return float64(r.RSSAfter) / mib }},
	{"B/msg", whole, func(r load.Result) float64 {
		return float64(r.BytesFrom) / max(float64(r.Delivered+r.Cursors), 1)
	}},
}

// saved is for what only servers that call edits durable have.
func saved(value func(load.Result) float64) func(load.Result) float64 {
	return func(r load.Result) float64 {
		if r.Saved.Max == 0 && r.Unsaved == 0 {
			return math.NaN()
		}
		return value(r)
	}
}

func durable(value func(*load.Durability) float64) func(load.Result) float64 {
	return func(r load.Result) float64 {
		if r.Durability == nil {
			return 0
		}
		return value(r.Durability)
	}
}

// acceptedLost is unknown of servers that acknowledge nothing.
func acceptedLost(d *load.Durability) float64 {
	if d.Accepted == 0 {
		return math.NaN()
	}
	return float64(d.AcceptedLost)
}

// Table prints, for each scenario, a row of medians for each server.
func Table(w io.Writer, results []load.Result) {
	for _, name := range names(results, func(r load.Result) string { return r.Spec.Name }) {
		runs := keep(results, func(r load.Result) bool { return r.Spec.Name == name })
		columns := byMode[runs[0].Spec.Mode]
		fmt.Fprintf(w, "\n%s\n", describe(runs[0].Spec))
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintf(tw, "server\truns\t")
		for _, c := range columns {
			fmt.Fprintf(tw, "%s\t", c.title)
		}
		fmt.Fprintln(tw)
		for _, server := range names(runs, func(r load.Result) string { return r.Server }) {
			row(tw, server, columns, keep(runs, func(r load.Result) bool { return r.Server == server }))
		}
		tw.Flush()
		failures(w, runs)
	}
}

func row(w io.Writer, server string, columns []column, runs []load.Result) {
	good := keep(runs, succeeded)
	fmt.Fprintf(w, "%s\t%d/%d\t", server, len(good), len(runs))
	for _, c := range columns {
		if m := median(good, c.value); math.IsNaN(m) {
			fmt.Fprintf(w, "%s\t", missing)
		} else {
			fmt.Fprintf(w, c.format+"\t", m)
		}
	}
	fmt.Fprintln(w)
}

func failures(w io.Writer, runs []load.Result) {
	for _, r := range runs {
		if !succeeded(r) {
			fmt.Fprintf(w, "  %s failed: %s\n", r.Server, r.Error)
		}
	}
}

func describe(s load.Spec) string {
	text := fmt.Sprintf("%s: %d × %d clients", s.Name, max(s.Rooms, 1), s.Clients)
	if s.Rate > 0 {
		text += fmt.Sprintf(", %.0f%% typing %.4g edits/s", s.Typing*100, s.Rate)
	}
	if s.Cursors > 0 {
		text += fmt.Sprintf(", cursors %.4g/s", s.Cursors)
	}
	if s.Document != "" {
		text += ", " + s.Document[strings.LastIndex(s.Document, "/")+1:]
	}
	if s.Cold {
		text += ", cold"
	}
	return text
}

// median returns the median of the runs' values, the upper of two, or NaN where
// there is none.
func median(runs []load.Result, value func(load.Result) float64) float64 {
	if len(runs) == 0 {
		return math.NaN()
	}
	values := make([]float64, len(runs))
	for i, r := range runs {
		values[i] = value(r)
	}
	slices.SortFunc(values, cmp.Compare)
	return values[len(values)/2]
}

// names returns the distinct names in order of appearance.
func names(results []load.Result, name func(load.Result) string) (all []string) {
	for _, r := range results {
		if n := name(r); !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return all
}

func keep(results []load.Result, want func(load.Result) bool) (kept []load.Result) {
	for _, r := range results {
		if want(r) {
			kept = append(kept, r)
		}
	}
	return kept
}

package ws

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"grimoire/internal/crdt/protocol"
)

// A goodbye that is missing in farewells would not be counted before it was said, and a graph that
// begins with a 1 shows no increase.
func TestMetrics_CountEveryGoodbyeFromTheStart(t *testing.T) {
	registry := prometheus.NewRegistry()
	newMetrics(registry)
	declared := 0
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			made, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if of, ok := made.Type.(*ast.Ident); !ok || of.Name != "farewell" {
				return true
			}
			if declared++; name != "farewell.go" {
				t.Errorf("%s makes a farewell that farewell.go does not have", name)
			}
			return true
		})
	}
	expect(t, "farewells in the list, of those declared", len(farewells), declared)
	var labels []string
	for _, bye := range farewells {
		if slices.Contains(labels, bye.label) {
			t.Errorf("two goodbyes are counted as %q", bye.label)
		}
		labels = append(labels, bye.label)
		expect(t, "closed as "+bye.label, closes(t, registry, bye), 0)
	}
}

// An operator reads what there is in docs/architecture.md, and what it means beside the figure.
func TestMetrics_AreNamedAsUsualAndDocumented(t *testing.T) {
	docs, err := os.ReadFile(filepath.Join("..", "..", "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	newClass(t, Options{Metrics: registry}).stop()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		name := f.GetName()
		short, ours := strings.CutPrefix(name, "grimoire_rooms_")
		if !ours || f.GetHelp() == "" || !strings.HasSuffix(f.GetHelp(), ".") {
			t.Errorf("%s says %q", name, f.GetHelp())
		}
		if !strings.Contains(string(docs), "`"+short+"`") {
			t.Errorf("docs/architecture.md does not have %s", short)
		}
		if got := strings.HasSuffix(name, "_total"); got != (f.GetType().String() == "COUNTER") {
			t.Errorf("%s is a %s", name, f.GetType())
		}
		if f.GetType().String() == "HISTOGRAM" && !strings.HasSuffix(name, "_seconds") {
			t.Errorf("%s is a histogram of no unit", name)
		}
	}
}

func TestMetrics_MeasureEdits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		c := newClass(t, Options{Metrics: registry})
		a := c.writer()
		a.write("alone")
		settle(time.Second)
		expect(t, "edits of which nobody else hears", histograms(t, registry, "edit_seconds")[""].GetSampleCount(), 0)

		c.writer()
		c.writer()
		settle(time.Second)
		a.write("first")
		synctest.Wait()
		a.write("second") // waits for the window
		settle(time.Second)
		edits := histograms(t, registry, "edit_seconds")[""]
		expect(t, "edits", edits.GetSampleCount(), 2)
		expect(t, "seconds they took", edits.GetSampleSum(), editPause(3).Seconds())
		expect(t, "deliveries", gathered(t, registry, "delivered_total"), 4)
		c.stop()
	})
}

func TestMetrics_MeasureJoins(t *testing.T) {
	registry := prometheus.NewRegistry()
	c, server := realClass(t, Options{Metrics: registry})
	ctx, cancel := context.WithTimeout(t.Context(), testPatience)
	defer cancel()
	token, _ := c.person(nil)
	for _, start := range []string{"cold", "warm"} {
		conn := c.dial(server, token)
		for range 2 { // the second question is not for the way in
			c.send(conn, protocol.SyncStep1{Vector: []byte{0}})
		}
		c.await(ctx, "a "+start+" join is counted", func() bool {
			return histograms(t, registry, "join_seconds")[start].GetSampleCount() == 1
		})
	}
	expect(t, "joins", gathered(t, registry, "join_seconds"), 2)
}

// histogram is one in a registry.
type histogram interface {
	GetSampleCount() uint64
	GetSampleSum() float64
}

// histograms returns those of a metric, by their label.
func histograms(t *testing.T, registry *prometheus.Registry, name string) map[string]histogram {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]histogram{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			label := ""
			if len(m.GetLabel()) > 0 {
				label = m.GetLabel()[0].GetValue()
			}
			if f.GetName() == "grimoire_rooms_"+name {
				found[label] = m.GetHistogram()
			}
		}
	}
	return found
}

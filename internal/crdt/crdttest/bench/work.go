package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"grimoire/internal/crdt"
)

// work runs one task on the inputs in dir and prints what it took.
// oracle/bench.mjs does the same, as often, with yjs.
func work(dir, task string, runs int) error {
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(dir, name))
		must(err)
		return b
	}
	took := 0.0
	switch task {
	case "apply-b4":
		updates := split(read("b4.updates"))
		took = warm(runs, func() { load(updates...) })
	case "load-b4":
		state := read("b4.state")
		took = warm(runs, func() { load(state) })
	case "load-b4-cold":
		state := read("b4.state")
		took = ms(func() { load(state) })
	case "load-10":
		state := read("b4x10.state")
		took = warm(runs, func() { load(state) })
	case "encode-b4":
		doc := load(read("b4.state"))
		took = warm(runs, func() { doc.Encode(nil) })
	case "diff-b4":
		doc := load(read("b4.state"))
		sv := half(doc)
		took = warm(runs, func() { doc.Encode(sv) })
	case "diff-bytes":
		state := read("b4.state")
		sv := half(load(state)).Encode()
		took = warm(runs, func() {
			_, err := crdt.Diff(state, sv)
			must(err)
		})
	case "merge-b4":
		updates := split(read("b4.updates"))
		took = warm(runs, func() { load(updates...).Encode(nil) })
	case "apply-1000":
		updates := split(read("crowd.updates"))
		took = ms(func() { load(updates...) })
	case "load-1000":
		state := read("crowd.state")
		took = warm(runs, func() { load(state) })
	case "load-b4-v2":
		state := read("b4.state.v2")
		took = warm(runs, func() { loadV2(state) })
	case "encode-b4-v2":
		doc := load(read("b4.state"))
		took = warm(runs, func() { doc.EncodeV2(nil) })
	case "merge-b4-v2":
		updates := split(read("b4.updates.v2"))
		took = warm(runs, func() { loadV2(updates...).EncodeV2(nil) })
	case "load-1000-v2":
		state := read("crowd.state.v2")
		took = warm(runs, func() { loadV2(state) })
	case "heap-b4":
		took = heap(read("b4.state"))
	default:
		return fmt.Errorf("unknown task %q", task)
	}
	fmt.Println(took)
	return nil
}

// load returns a Doc with the given updates.
func load(updates ...[]byte) *crdt.Doc {
	doc := crdt.New(crdt.Options{})
	for _, u := range updates {
		must(doc.Apply(u, nil))
	}
	return doc
}

// loadV2 is load in format v2.
func loadV2(updates ...[]byte) *crdt.Doc {
	doc := crdt.New(crdt.Options{})
	for _, u := range updates {
		must(doc.ApplyV2(u, nil))
	}
	return doc
}

// half returns the state vector of one who knows half of what the one client of
// doc wrote.
func half(doc *crdt.Doc) crdt.StateVector {
	return crdt.StateVector{writer: doc.StateVector()[writer] / 2}
}

// heap returns the kB of heap that a loaded Doc takes.
func heap(state []byte) float64 {
	used := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var docs [10]*crdt.Doc
	before := used()
	for i := range docs {
		docs[i] = load(state)
	}
	after := used()
	runtime.KeepAlive(docs)
	return float64(after-before) / 1000 / float64(len(docs))
}

// ms returns how long f takes.
func ms(f func()) float64 {
	start := time.Now()
	f()
	return float64(time.Since(start).Nanoseconds()) / 1e6
}

// warm runs f once, then n times, and returns the median of those.
func warm(n int, f func()) float64 {
	f()
	runs := make([]float64, n)
	for i := range runs {
		runs[i] = ms(f)
	}
	return median(runs)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

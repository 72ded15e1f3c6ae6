package transcript

import (
	"fmt"
	"strings"

	"golang.org/x/net/html"
)

// gaps remembers turns of the page that hold no words.
type gaps []gap

type gap struct {
	after int // how many turns were read before it
	unit  *html.Node
}

func (g *gaps) add(after int, unit *html.Node) { *g = append(*g, gap{after, unit}) }

// remove forgets a gap that turned out to hold words.
func (g *gaps) remove(unit *html.Node) {
	if n := len(*g); n > 0 && unit != nil && (*g)[n-1].unit == unit {
		*g = (*g)[:n-1]
	}
}

func (g gaps) at(after int) bool { return len(g) > 0 && g[len(g)-1].after == after }

func (g gaps) warn(r *report) {
	if len(g) == 0 {
		return
	}
	var where []string
	for i := 0; i < len(g); {
		first := i
		for i < len(g) && g[i].after == g[first].after {
			i++
		}
		place := "before the first turn"
		if g[first].after > 0 {
			place = fmt.Sprintf("after turn %d", g[first].after)
		}
		where = append(where, plural(i-first, "turn")+" "+place)
	}
	r.warn("gaps", "%s of the page had no text when it was copied: %s. Long pages keep only what is near the screen: scroll through the whole conversation and copy it again, or add what is missing by hand.",
		plural(len(g), "turn"), strings.Join(where, ", "))
}

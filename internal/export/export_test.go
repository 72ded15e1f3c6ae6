package export

import (
	"encoding/json"
	"flag"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func at(minute int) time.Time {
	return time.Date(2026, 11, 21, 14, minute, 0, 0, time.FixedZone("CET", 3600))
}

func talk() Conversation {
	return Conversation{
		Title: "Was print a *revolution*?", Class: "HIST 101", Owner: "Ana", Source: "chatgpt", ExportedAt: at(59),
		Turns: []Turn{
			{ID: "t1", Role: "user", Speaker: "Ana", Kind: "message", Markdown: "Was it?\n\n- slow\n- fast"},
			{ID: "t2", Role: "assistant", Speaker: "ChatGPT", Model: "gpt-5", Kind: "thinking", Markdown: "Two views."},
			{ID: "t3", Role: "assistant", Speaker: "ChatGPT", Model: "gpt-5", Kind: "message", Markdown: "# Both\n\n| a | b |\n|---|---|\n| 印刷 | 🖨️ |\n\n```go\nx := 1\n\ny := 2\n```"},
			{ID: "t4", Role: "tool", Kind: "tool", Markdown: "42"},
		},
		Highlights: []Highlight{
			{ID: "h1", Turn: "t3", Quote: "印刷 | 🖨️\nover lines", By: "Ben_1", At: at(1), Tags: []string{"too broad", "needs <source>"}},
			{ID: "h2", Turn: "t3", Quote: "Both", By: "Ana", At: at(2)},
			{ID: "h3", Quote: "a lost sentence", By: "Ben_1", At: at(3), Tags: []string{"effective"}},
		},
		Comments: []Comment{
			{ID: "c1", Target: "h1", By: "Ana", At: at(4), Body: "Is it?\n\nSecond paragraph.", Reactions: map[string][]string{"👍": {"Ben_1", "Cy"}}},
			{ID: "c2", Target: "h1", Parent: "c1", By: "Ben_1", At: at(5), Body: "Yes."},
			{ID: "c3", Target: "h1", Parent: "c2", By: "Ana", At: at(6), Deleted: true},
			{ID: "c4", Target: "h1", Parent: "c3", By: "Ben_1", At: at(7), Body: "Still here.", ResolvedBy: "Ana"},
			{ID: "c5", Target: "t1", By: "Ben_1", At: at(8), Body: "On the turn."},
			{ID: "c6", Target: "gone", By: "Ana", At: at(9), Body: "On nothing."},
			{ID: "c7", Target: "h2", Parent: "c8", By: "Ana", At: at(10), Body: "In a circle."},
			{ID: "c8", Target: "h2", Parent: "c7", By: "Ana", At: at(11), Body: "The other half."},
			{ID: "c9", Target: "h2", By: "Ana", At: at(12), Deleted: true},
		},
		Responses: []Response{{By: "Ben_1", Markdown: "My *view*."}, {Markdown: "Ours."}, {By: "Cy", Markdown: " \n"}},
		Notes:     "Bring the map.",
	}
}

func TestExport_Golden(t *testing.T) {
	asJSON, err := JSON(talk())
	if err != nil {
		t.Fatal(err)
	}
	for path, got := range map[string]string{
		"testdata/talk.md":    string(Markdown(talk())),
		"testdata/talk.json":  string(asJSON),
		"testdata/empty.md":   string(Markdown(Conversation{Title: "Nothing yet"})),
		"testdata/empty.json": encoded(t, Conversation{Title: "Nothing yet"}),
	} {
		t.Run(path, func(t *testing.T) {
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, string(want)); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		})
	}
}

func encoded(t *testing.T, c Conversation) string {
	t.Helper()
	out, err := JSON(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestJSON_ReadsBackEqual(t *testing.T) {
	var got Conversation
	if err := json.Unmarshal([]byte(encoded(t, talk())), &got); err != nil {
		t.Fatal(err)
	}
	if again := encoded(t, got); again != encoded(t, talk()) {
		t.Errorf("it changed:\n%s", cmp.Diff(again, encoded(t, talk())))
	}
}

func TestJSON_RefusesATimeThatCannotBeWritten(t *testing.T) {
	if _, err := JSON(Conversation{ExportedAt: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}); err == nil {
		t.Error("no error for the year 10000")
	}
}

func TestJSON_LeavesItsArgumentAlone(t *testing.T) {
	c := talk()
	encoded(t, c)
	if diff := cmp.Diff(c, talk()); diff != "" {
		t.Errorf("-after +before:\n%s", diff)
	}
}

func TestMarkdown_WordsOfPeopleCannotBecomeMarkup(t *testing.T) {
	c := Conversation{
		Title:      "<script>evil()</script>\n# x",
		Turns:      []Turn{{ID: "t", Role: "user", Speaker: "**A**\n# B", Markdown: "Hi"}},
		Highlights: []Highlight{{ID: "h", Turn: "t", Quote: "](javascript:evil()) <img>\n\n# no heading", By: "[x](http://y)", Tags: []string{"<b>`", "|"}}},
	}
	got := string(Markdown(c))
	for _, banned := range []string{"<script", "<img", "<b>", "\n# x", "\n# B", "\n# no", "**A**", "[x](", " ](javascript"} {
		if strings.Contains(strings.ReplaceAll(got, `\<`, "‹"), banned) {
			t.Errorf("%q remains in\n%s", banned, got)
		}
	}
}

func TestMarkdown_WritesEveryCommentOnceHoweverThreaded(t *testing.T) {
	const n = 20_000
	c := Conversation{Title: "Long", Turns: []Turn{{ID: "t", Role: "user", Markdown: "Hi"}}}
	for i := range n {
		c.Comments = append(c.Comments, Comment{ID: strconv.Itoa(i), Target: "t", Parent: strconv.Itoa((i + 1) % n), Body: "said"})
	}
	for _, row := range []struct{ name, end, target string }{
		{"a circle", "0", "t"},
		{"one long thread", "", "t"},
		{"an unknown end", "nobody", "t"},
		{"to itself", strconv.Itoa(n - 1), "t"},
		{"an unknown target", "", "x"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c.Comments[n-1].Parent, c.Comments[n-1].Target = row.end, row.target
			if got := strings.Count(string(Markdown(c)), "said"); got != n {
				t.Errorf("%d comments written, want %d", got, n)
			}
		})
	}
}

package transcript

import (
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestParse_GoldenPages(t *testing.T) {
	pages, err := filepath.Glob("testdata/conversations/*.html.gz")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages in testdata: %v", err)
	}
	for _, page := range pages {
		name := strings.TrimSuffix(filepath.Base(page), ".html.gz")
		t.Run(name, func(t *testing.T) {
			got, err := Parse(Source{HTML: unzip(t, page)})
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata/golden", name+".txt"), outline(got))
		})
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
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
}

func unzip(t testing.TB, path string) string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	inflated, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(inflated)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// outline says what was read in a form that a person can check against the page.
func outline(tr Transcript) string {
	var b strings.Builder
	fmt.Fprintf(&b, "title   %s\nsource  %s (%s)\n", tr.Title, tr.Source, tr.SourceLabel)
	for _, w := range tr.Warnings {
		fmt.Fprintf(&b, "warning %s: %s\n", w.Code, w.Message)
	}
	for _, d := range tr.Dropped {
		fmt.Fprintf(&b, "dropped %d %s\n", d.Count, d.What)
	}
	for i, turn := range tr.Turns {
		fmt.Fprintf(&b, "\n%d %s %s, speaker %q, model %q, %d characters\n", i+1, turn.Role, turn.Kind,
			turn.Speaker, turn.Model, utf8.RuneCountInString(turn.Markdown))
		words := []rune(strings.Join(strings.Fields(turn.Markdown), " "))
		if len(words) > 120 {
			fmt.Fprintf(&b, "  %s\n  … %s\n", string(words[:60]), string(words[len(words)-60:]))
		} else {
			fmt.Fprintf(&b, "  %s\n", string(words))
		}
	}
	return b.String()
}

// Every page's readable words must survive, wherever formatting goes.
func TestParse_KeepsTheWordsOfPages(t *testing.T) {
	for page, phrases := range map[string][]string{
		"claude_maths":                  {`$$\frac{dA}{dt} = 2πr\frac{dr}{dt}$$`, "## The Key Insight", "Gases are pushy", "(Water vapor)  \nAnd it's"},
		"chatgpt54-emoji":               {"| Battery used | Minibike result |", "**level 1 battery** 👍🔋"},
		"google_gemini_debug":           {"```bash\n   systemctl stop lightdm\n   systemctl stop gdm\n   ```", "| Failure Point"},
		"openrouter_fizzbuzz":           {"```python\ndef fizzbuzz(n: int) -> str:\n    \"\"\"Return"},
		"scienceos_loc":                 {"unidimensional construct (Rotter, 1966). Over time", "| Aspect "},
		"openai_dh_dr":                  {"> *“The forms taken by scientific writing", "Zotero Todo List"},
		"google_aistudio_ux_discussion": {"RTF file → parse_rtf() → HTML with structure", `&lt;span class="w" data-w="N"&gt;`},
		"chinese_wikipedia":             {"# 维基百科:首页", "- 1649年：英格兰国王查理一世在国宴厅前遭公开斩首。"},
	} {
		t.Run(page, func(t *testing.T) {
			tr, err := Parse(Source{HTML: unzip(t, "testdata/conversations/"+page+".html.gz")})
			if err != nil {
				t.Fatal(err)
			}
			all := allMarkdown(tr)
			for _, phrase := range phrases {
				if !strings.Contains(all, phrase) {
					t.Errorf("lost %q", phrase)
				}
			}
			for _, furniture := range []string{"Good response", "Copy code", "You said", "Thought for", "chevron_right", "Ask anything", "Send", "content_copy"} {
				if strings.Contains(all, furniture) {
					t.Errorf("kept the page's own %q", furniture)
				}
			}
		})
	}
}

func allMarkdown(tr Transcript) string {
	var b strings.Builder
	for _, turn := range tr.Turns {
		b.WriteString(turn.Markdown + "\n\n")
	}
	return b.String()
}

package transcript

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

const hostile = `<!doctype html><html><head><title>Talk</title><script>evil("head")</script><style>p{color:red}</style></head><body onload="evil()">
<div data-message-author-role="user" onclick="evil()">Read <a href="javascript:evil()">this</a>, <a href=" JaVa&#9;ScRiPt:evil()">that</a>,
 <a href="data:text/html,evil">those</a>, <a href="vbscript:evil()">them</a>, <a href="https://example.org/ok?a=1&amp;b=2" onmouseover="evil()">the paper</a> and <a href="mailto:ana@example.org">me</a>.</div>
<div data-message-author-role="assistant"><p>Sure<script>evil("in a paragraph")</script> thing.</p>
<iframe src="https://evil.example" srcdoc="<p>evil</p>">evil fallback</iframe><object data="evil.swf">evil object</object><embed src="evil">
<form action="https://evil.example"><p>Words in a form.</p><input value="evil value"><textarea>evil typed</textarea><select><option>evil option</option></select><button formaction="javascript:evil()">evil button</button></form>
<img src="https://example.org/pic.png" alt="A map" onerror="evil()"><img src="javascript:evil()" alt="Another map"><img src="data:image/png;base64,evil">
<svg onload="evil()"><script>evil("svg")</script><text>evil drawing</text></svg><math><mi>x</mi><annotation encoding="application/x-tex">x</annotation></math>
<noscript><p title="</noscript><img src=x onerror=evil()>">quiet</p></noscript><template><p>evil template</p></template>
<p>&lt;script&gt;shown("as words")&lt;/script&gt; &amp;lt; <xmp><b>raw</b></xmp></p></div></body></html>`

func TestParse_NothingThatActsRemains(t *testing.T) {
	for name, src := range map[string]Source{
		"a page":         {HTML: hostile},
		"a web page":     {HTML: strings.ReplaceAll(hostile, "data-message-author-role", "data-x")},
		"plain":          {HTML: hostile, AsPlain: true},
		"a dropped file": {Text: hostile, Filename: "talk.HTML"},
	} {
		t.Run(name, func(t *testing.T) {
			tr, err := Parse(src)
			if err != nil {
				t.Fatal(err)
			}
			all := allMarkdown(tr) + tr.Title
			for _, banned := range []string{"evil", "javascript:", "vbscript:", "data:", "<script", "<iframe", "onclick", "color:red"} {
				if strings.Contains(strings.ToLower(all), banned) {
					t.Errorf("%q remains in\n%s", banned, all)
				}
			}
			for _, words := range []string{"Read this, that, those, them, [the paper](https://example.org/ok?a=1&b=2) and [me](mailto:ana@example.org).",
				"Sure thing.", "Words in a form.", "[A map](https://example.org/pic.png)", "Another map", "$x$",
				`&lt;script&gt;shown("as words")&lt;/script&gt; \&lt;`} {
				if !strings.Contains(all, words) {
					t.Errorf("lost %q in\n%s", words, all)
				}
			}
			counts := map[string]int{}
			for _, d := range tr.Dropped {
				counts[d.What] = d.Count
			}
			for what, least := range map[string]int{"scripts": 4, "styles": 1, "frames": 1, "embedded objects": 2, "forms": 1, "form fields": 3, "unsafe links": 4, "event handlers": 5, "images": 3} {
				if counts[what] < least {
					t.Errorf("%d %s counted, want %d", counts[what], what, least)
				}
			}
		})
	}
}

func TestSafeLink(t *testing.T) {
	for href, want := range map[string]string{
		"https://a.example/x": "https://a.example/x", " HTTP://a.example": "HTTP://a.example", "mailto:a@b": "mailto:a@b",
		"javascript:x": "", "java\nscript:x": "", "\x01javascript:x": "", "//a.example": "", "/x": "", "#x": "", "x:y": "", "": "", "a/b:c": "",
	} {
		if got, _ := safeLink(href); got != want {
			t.Errorf("safeLink(%q) = %q, want %q", href, got, want)
		}
	}
}

// Depth and repetition that make careless parsers recurse or copy without end.
// The limit is generous for slow machines; quadratic behaviour takes minutes.
func TestParse_TakesHostileShapesInLinearTime(t *testing.T) {
	of := func(s string) string { return strings.Repeat(s, 100_000) }
	for name, src := range map[string]string{
		"deep":               of("<div>") + "words",
		"deep formatting":    of("<b>") + "words" + of("</b>"),
		"misnested":          of("<b><i></b>w</i>"),
		"formatting, blocks": strings.Repeat("<font size=1>", 500) + of("<p>w"),
		"deep quotations":    of("<blockquote>w"),
		"deep lists":         of("<ul><li>w"),
		"deep tables":        of("<table><tr><td>w"),
		"stray end tags":     of("<p>") + of("</div></b>") + "words",
		"deep maths":         "w<math>" + of("<msup>") + "x",
		"brackets":           "<p>" + of("["),
		"escapes":            "<p>w" + of("*_`#\\&amp;lt;"),
		"spans":              "<p>" + of("<span>w</span>"),
		"thoughts":           strings.Repeat("<div class=font-claude-response><button class=group/row>T</button>w", 50_000),
		"deep code":          of("<code-block><pre>") + "words",
		"attributes":         "<p " + of("a=b ") + ">words",
	} {
		t.Run(name, func(t *testing.T) {
			before := cpuTime(t)
			tr, err := Parse(Source{HTML: src})
			if err != nil {
				t.Fatal(err)
			}
			if len(tr.Turns) == 0 {
				t.Error("the words were lost")
			}
			if took := cpuTime(t) - before; took > 20*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// cpuTime is what this process has computed for, which is no longer on a machine that is busy with others.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano())
}

func TestParse_NaughtyStringsPassUnharmed(t *testing.T) {
	file, err := os.ReadFile("testdata/naughty-strings.json")
	if err != nil {
		t.Fatal(err)
	}
	var strs []string
	if err := json.Unmarshal(file, &strs); err != nil || len(strs) < 400 {
		t.Fatalf("%d strings, %v", len(strs), err)
	}
	for _, s := range strs {
		kept := newReport().repair("x" + s + "x")
		kept = kept[1 : len(kept)-1]
		text := "User: before\nAssistant: " + strings.ReplaceAll(kept, "\n", " ") + " after"
		tr, err := Parse(Source{Text: text})
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if got, want := tr.Turns[len(tr.Turns)-1].Markdown, strings.TrimLeft(strings.ReplaceAll(kept, "\n", " ")+" after", " \t\u00a0"); got != want {
			t.Errorf("text: got %q, want %q", got, want)
		}
		list, err := json.Marshal([]map[string]string{{"role": "user", "content": "x" + s + "x"}})
		if err != nil {
			t.Fatal(err)
		}
		if tr, err = Parse(Source{Text: string(list)}); err != nil || tr.Turns[0].Markdown != "x"+kept+"x" {
			t.Errorf("JSON: got %q, %v, want %q", tr.Turns, err, "x"+kept+"x")
		}
		page := `<div data-message-author-role="user"><pre><code>x` + htmlEscaped(kept) + `x</code></pre></div>`
		if tr, err = Parse(Source{HTML: page}); err != nil || !strings.Contains(tr.Turns[0].Markdown, "x"+kept+"x") {
			t.Errorf("HTML: got %q, %v, want %q in it", tr.Turns, err, kept)
		}
	}
}

func htmlEscaped(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

func TestParse_RepairsBrokenText(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"invalid UTF-8", "a\xff\xfeb", "a\uFFFDb"},
		{"a lone surrogate", "a\xed\xa0\x80b", "a\uFFFDb"},
		{"NUL", "a\x00b", "ab"},
		{"the mark of turns", "a\x1eb", "ab"},
		{"a byte order mark", "\uFEFFab", "ab"},
		{"line ends", "a\r\nb\rc", "a\nb\nc"},
		{"the mark, hidden in JSON", `[{"role":"user","content":"a\u001eb\u0000"}]`, "ab"},
		{"a lone surrogate in JSON", `[{"role":"user","content":"a\ud800b"}]`, "a\uFFFDb"},
	} {
		t.Run(row.name, func(t *testing.T) {
			tr, err := Parse(Source{Text: row.text})
			if err != nil {
				t.Fatal(err)
			}
			if got := tr.Turns[0].Markdown; got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
	tr, err := Parse(Source{HTML: "<div data-turn=user>a&#30;0&#x1e;b &#0;&#xd800; &#7;\uf002!</div>"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := tr.Turns[0].Markdown, "a0b \uFFFD\uFFFD \a\uf002!"; got != want {
		t.Errorf("HTML: got %q, want %q", got, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(hostile, "User: a\nAI: b", "")
	f.Add("<user-query>a</user-query><model-response><pre>b", "", "x.html")
	f.Add("", `{"mapping":{"a":{"message":{"author":{"role":"user"},"content":{"parts":["x"]}},"parent":"a"}},"current_node":"a"}`, "c.json")
	f.Add("<table><tr><td>a<table><tr><td>|<p>b\x1e0\x1e", "**Ana:** x\n[10:00] Ben: y", "")
	f.Fuzz(func(t *testing.T, html, text, name string) {
		tr, err := Parse(Source{HTML: html, Text: text, Filename: name})
		if errors.Is(err, ErrEmpty) || errors.Is(err, ErrTooLarge) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if n := utf8.RuneCountInString(tr.Title); n == 0 || n > MaxTitle || strings.Contains(tr.Title, "\n") {
			t.Errorf("title %q", tr.Title)
		}
		for _, turn := range tr.Turns {
			if strings.TrimSpace(turn.Markdown) == "" || !utf8.ValidString(turn.Markdown) || strings.ContainsAny(turn.Markdown, "\x00\x1e\r") {
				t.Errorf("turn %q", turn.Markdown)
			}
			if known(turn.Role) != turn.Role || knownKind(turn.Kind) != turn.Kind {
				t.Errorf("role %q, kind %q", turn.Role, turn.Kind)
			}
		}
		again, err := Parse(Source{HTML: html, Text: text, Filename: name})
		if diff := cmp.Diff(again, tr); err != nil || diff != "" {
			t.Errorf("a second time it differs: %v %s", err, diff)
		}
	})
}

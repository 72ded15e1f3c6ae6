package transcript

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Pages change their markup. Each of these is such a page with something
// renamed or missing: the turns must still be found.
func TestParse_PagesWithOtherMarkup(t *testing.T) {
	talk := []string{"user: Why?", "assistant/%: Because. It is so."}
	for _, row := range []struct {
		name, html, source, speaker string
	}{
		{"chatgpt, messages only", `<div data-message-author-role="user"><div>Why?</div></div>
			<div data-message-author-role="assistant"><p>Because.</p></div><div data-message-author-role="assistant"><p>It is so.</p></div>`, "chatgpt", "ChatGPT"},
		{"chatgpt, turns only", `<section data-turn="user"><h5 class="sr-only">You said:</h5><div>Why?</div></section>
			<section data-turn="assistant"><h6 class="sr-only">ChatGPT said:</h6><p>Because.</p><p>It is so.</p><button>Copy</button></section>`, "chatgpt", "ChatGPT"},
		{"chatgpt, a turn without a marked message", `<article data-turn="user" data-testid="conversation-turn-1"><div data-message-author-role="user">Why?</div></article>
			<article data-turn="assistant" class="agent-turn" data-testid="conversation-turn-2"><div><p>Because.</p> It is so.</div></article>`, "chatgpt", "ChatGPT"},
		{"chatgpt, bubbles only", `<main data-testid="conversation-turn-9"><div class="user-message-bubble-color">Why?</div><div class="markdown prose"><p>Because.</p><p>It is so.</p></div></main>`, "chatgpt", "ChatGPT"},
		{"chatgpt, headings only", `<article><h5>You said:</h5><div>Why?</div></article><article><h6>ChatGPT said:</h6><p>Because.</p><p>It is so.</p></article>`, "markdown", "ChatGPT"},
		{"claude, older class", `<div class="font-user-message">Why?</div><div class="font-claude-message"><p>Because.</p><p>It is so.</p></div>`, "claude", "Claude"},
		{"claude, classes gone", `<div data-testid="user-message"><p>Why?</p></div><div data-is-streaming="false"><div><p>Because.</p><p>It is so.</p></div><button>Retry</button></div>`, "claude", "Claude"},
		{"claude, only body classes", `<div data-testid="user-message">Why?</div><div><p class="font-claude-response-body">Because.</p><p class="font-claude-response-body">It is so.</p></div>`, "claude", "Claude"},
		{"gemini, elements gone", `<div class="conversation-container"><div class="query-text"><p>Why?</p></div><div class="markdown-main-panel"><p>Because.</p><p>It is so.</p></div></div>`, "gemini", "Gemini"},
		{"gemini, bare elements", `<user-query>Why?</user-query><model-response><p>Because.</p><p>It is so.</p><message-actions><button>Good response</button></message-actions></model-response>`, "gemini", "Gemini"},
		{"aistudio, roles by class", `<ms-chat-turn><div class="chat-turn-container user"><ms-text-chunk>Why?</ms-text-chunk></div></ms-chat-turn>
			<ms-chat-turn><div class="chat-turn-container model"><p>Because.</p><p>It is so.</p><div class="turn-footer">12s</div></div></ms-chat-turn>`, "aistudio", "Gemini"},
		{"openrouter, no prose", `<div data-testid="playground-chat"><div data-testid="user-message">Why?</div>
			<div data-testid="assistant-message"><p>Because.</p><p>It is so.</p></div></div>`, "openrouter", ""},
		{"scienceos, hashed classes", `<p class="x _prompt_zz9_1">Why?</p><div class="_markdown_q1_7 prose"><p>Because.</p><p>It is so.</p></div>`, "scienceos", "ScienceOS"},
		{"scienceos, prompt by attribute", `<div data-prompt="Why?"><span>Why?</span></div><div data-answer="true"><p>Because.</p><p>It is so.</p></div>`, "scienceos", "ScienceOS"},
		{"chatcraft, avatars only", `<a href="https://chatcraft.org/">x</a><div class="chakra-card"><span title="You"></span><div>Why?</div></div>
			<div class="chakra-card"><span title="gpt-4o"></span><p>Because.</p><p>It is so.</p></div>`, "chatcraft", "gpt-4o"},
		{"unknown, roles by attribute", `<div data-role="user">Why?</div><div data-role="assistant"><p>Because.</p><p>It is so.</p></div>`, "web", ""},
		{"unknown, roles by class", `<li class="chat__message user-message">Why?</li><li class="chat__message bot-message"><p>Because.</p><p>It is so.</p></li>`, "web", ""},
		{"a document with speaker lines", `<p><b>User:</b> Why?</p><p><b>Assistant:</b> Because.</p><p>It is so.</p>`, "markdown", ""},
		{"a word processor", `<meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-1"><p dir="ltr"><span>User: Why?</span></p><br><p><span>Assistant: Because.</span></p><p><span>It is so.</span></p></b>`, "text", ""},
		{"an editor's colours", `<meta charset="utf-8"><div style="white-space: pre;"><div><span>User: Why?</span></div></div>`, "text", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			tr, err := Parse(Source{HTML: row.html, Text: "User: Why?\nAssistant: Because. It is so."})
			if err != nil {
				t.Fatal(err)
			}
			want := []string{talk[0], strings.Replace(talk[1], "/%", prefixed("/", row.speaker), 1)}
			if diff := cmp.Diff(spoken(tr), want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
			if tr.Source != row.source {
				t.Errorf("source %q, want %q", tr.Source, row.source)
			}
		})
	}
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

func TestParse_ThoughtsStandWhereThePageHasThem(t *testing.T) {
	for _, row := range []struct {
		name, html string
		want       []string
		warned     bool
	}{
		{"claude, unfolded", `<div class="font-user-message">Q</div><div class="font-claude-response"><div><button class="group/row">Thought process</button><div><div class="font-claude-response"><p>Hm.</p></div></div></div><div><p>A</p></div></div>`,
			[]string{"user: Q", "assistant(thinking)/Claude: Hm.", "assistant/Claude: A"}, false},
		{"claude, between two answers", `<div class="font-user-message">Q</div><div class="font-claude-response"><p>First.</p><div><button class="group/row">Thinking</button><p>Hm.</p></div><p>Second.</p></div>`,
			[]string{"user: Q", "assistant/Claude: First.", "assistant(thinking)/Claude: Hm.", "assistant/Claude: Second."}, false},
		{"claude, folded with a summary", `<div class="font-user-message">Q</div><div class="font-claude-response"><div><button class="group/row">Weighed it up</button><div></div></div><p>A</p></div>`,
			[]string{"user: Q", "assistant(thinking)/Claude: Weighed it up", "assistant/Claude: A"}, true},
		{"gemini, unfolded", `<user-query>Q</user-query><model-response><model-thoughts><button>Show thinking</button><div><p>Hm.</p></div></model-thoughts><message-content><p>A</p></message-content></model-response>`,
			[]string{"user: Q", "assistant(thinking)/Gemini: Hm.", "assistant/Gemini: A"}, false},
		{"aistudio, unfolded", `<ms-chat-turn><div data-turn-role="User">Q</div></ms-chat-turn><ms-chat-turn><div data-turn-role="Model"><ms-thought-chunk><div role="button">Thoughts</div><p>Hm.</p></ms-thought-chunk></div></ms-chat-turn><ms-chat-turn><div data-turn-role="Model"><p>A</p></div></ms-chat-turn>`,
			[]string{"user: Q", "assistant(thinking)/Gemini: Hm.", "assistant/Gemini: A"}, false},
		{"chatgpt, folded", `<div data-message-author-role="user">Q</div><button>Thought for 9s</button><div data-message-author-role="assistant">A</div>`,
			[]string{"user: Q", "assistant/ChatGPT: A"}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			tr, err := Parse(Source{HTML: row.html})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(spoken(tr), row.want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
			if warned := len(tr.Warnings) == 1 && tr.Warnings[0].Code == "thinking_hidden"; warned != row.warned {
				t.Errorf("warnings %v, want hidden thoughts: %v", tr.Warnings, row.warned)
			}
		})
	}
}

func TestParse_GapsOfVirtualScrollingAreSaid(t *testing.T) {
	turn := func(role, words string) string {
		return `<ms-chat-turn><div data-turn-role="` + role + `"><div class="turn-content">` + words + `</div></div></ms-chat-turn>`
	}
	tr, err := Parse(Source{HTML: turn("Model", "") + turn("User", "One") + turn("Model", "") + turn("User", "") + turn("Model", "Two") + turn("Model", "") + turn("Model", "Three")})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(spoken(tr), []string{"user: One", "assistant/Gemini: Two", "assistant/Gemini: Three"}); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
	const want = "4 turns of the page had no text when it was copied: 1 turn before the first turn, 2 turns after turn 1, 1 turn after turn 2."
	if len(tr.Warnings) != 1 || !strings.HasPrefix(tr.Warnings[0].Message, want) {
		t.Errorf("got %v\nwant %s", tr.Warnings, want)
	}
}

func TestParse_AFoldedThoughtIsNoGap(t *testing.T) {
	tr, err := Parse(Source{HTML: `<ms-chat-turn><div data-turn-role="User">Q</div></ms-chat-turn>
		<ms-chat-turn><div data-turn-role="Model"><div></div><ms-thought-chunk><div role="button">Thoughts</div></ms-thought-chunk><div></div></div></ms-chat-turn>
		<ms-chat-turn><div data-turn-role="Model">A</div></ms-chat-turn>`})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(codes(tr), []string{"thinking_hidden"}); diff != "" {
		t.Errorf("warnings, -got +want:\n%s", diff)
	}
}

func TestParse_TwoModelsAnsweringAreTwoTurns(t *testing.T) {
	answer := func(model, words string) string {
		return `<div data-testid="assistant-message"><div><span>3 seconds ago</span><span>` + model + `</span></div><div class="prose"><p>` + words + `</p></div></div>`
	}
	tr, err := Parse(Source{HTML: `<div data-testid="playground-container"><div data-testid="user-message">Q</div>` +
		answer("Claude Sonnet 4", "A") + answer("meta-llama/llama-3.1-8b", "B") + `</div>`})
	if err != nil {
		t.Fatal(err)
	}
	want := []Turn{
		{User, "", "", Message, "Q"},
		{Assistant, "Claude Sonnet 4", "Claude Sonnet 4", Message, "A"},
		{Assistant, "meta-llama/llama-3.1-8b", "meta-llama/llama-3.1-8b", Message, "B"},
	}
	if diff := cmp.Diff(tr.Turns, want); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
}

func TestParse_TitleIsShort(t *testing.T) {
	for _, row := range []struct{ name, html, text, want string }{
		{name: "the page's", html: `<title>Causes of the war - ChatGPT</title><div data-message-author-role="user">Hi</div>`, want: "Causes of the war"},
		{name: "not the site's", html: `<title>ChatGPT</title><div data-message-author-role="user">Why did it begin in 1914?</div>`, want: "Why did it begin in 1914?"},
		{name: "of the first question", text: "User: **Why** did [it](http://x) begin?\nAssistant: Who knows", want: "Why did it begin?"},
		{name: "cut between words", text: strings.Repeat("word ", 60), want: strings.TrimSpace(strings.Repeat("word ", 23)) + "…"},
		{name: "of a heading", text: "# Our talk\n\nUser: Hi\nAssistant: Hello", want: "Our talk"},
		{name: "of nothing but marks", text: "***", want: "Untitled conversation"},
		{name: "with escaped marks", html: `<div data-message-author-role="user">What does *p and a &lt; b mean in C?</div>`, want: "What does *p and a < b mean in C?"},
	} {
		t.Run(row.name, func(t *testing.T) {
			tr, err := Parse(Source{HTML: row.html, Text: row.text})
			if err != nil {
				t.Fatal(err)
			}
			if tr.Title != row.want {
				t.Errorf("got %q, want %q", tr.Title, row.want)
			}
		})
	}
}

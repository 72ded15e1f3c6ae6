package transcript

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// spoken writes turns as "role/speaker: words", one per line, for comparison.
func spoken(tr Transcript) []string {
	var list []string
	for _, t := range tr.Turns {
		who := string(t.Role)
		if t.Kind != Message {
			who += "(" + string(t.Kind) + ")"
		}
		if t.Speaker != "" {
			who += "/" + t.Speaker
		}
		list = append(list, who+": "+strings.Join(strings.Fields(t.Markdown), " "))
	}
	return list
}

func TestParse_TextWithSpeakers(t *testing.T) {
	for _, row := range []struct {
		name, text, source string
		want               []string
	}{
		{"user and assistant", "User: Hi\nAssistant: Hello", "text", []string{"user: Hi", "assistant: Hello"}},
		{"human and ai over lines", "Human:\nHi\nthere\n\nAI:\nHello", "text", []string{"user: Hi there", "assistant: Hello"}},
		{"no space after the colon", "User:Hi\nAssistant:Hello", "text", []string{"user: Hi", "assistant: Hello"}},
		{"upper case", "USER: Hi\nASSISTANT: Hello", "text", []string{"user: Hi", "assistant: Hello"}},
		{"a page copied as text", "You said:\nHi\nChatGPT said:\nHello", "text", []string{"user: Hi", "assistant/ChatGPT: Hello"}},
		{"the same without colons", "You said\nHi\nGemini said\nHello", "text", []string{"user: Hi", "assistant/Gemini: Hello"}},
		{"in German", "Du hast gesagt:\nHallo\nChatGPT hat gesagt:\nGuten Tag", "text", []string{"user: Hallo", "assistant/ChatGPT: Guten Tag"}},
		{"in French", "Vous avez dit :\nBonjour\nChatGPT a dit :\nSalut", "text", []string{"user: Bonjour", "assistant/ChatGPT: Salut"}},
		{"in Chinese", "用户：你好\n助手：你好，有什么可以帮你？", "text", []string{"user: 你好", "assistant: 你好，有什么可以帮你？"}},
		{"bold", "**User:** Hi\n\n**Assistant:** Hello", "markdown", []string{"user: Hi", "assistant: Hello"}},
		{"bold, colon outside", "**You**: Hi\n\n**Claude**: Hello", "markdown", []string{"user: Hi", "assistant/Claude: Hello"}},
		{"bold, alone in the line", "**User**\n\nHi\n\n**GPT-4o**\n\nHello", "markdown", []string{"user: Hi", "assistant/GPT-4o: Hello"}},
		{"headings", "# Our talk\n\n## User\n\nHi\n\n## Assistant\n\nHello\n\n### Details\n\nMore", "markdown", []string{"user: Hi", "assistant: Hello ### Details More"}},
		{"headings with times", "### You (10:32)\n\nHi\n\n### Claude Sonnet 4 (10:33)\n\nHello", "markdown", []string{"user: Hi", "assistant/Claude Sonnet 4: Hello"}},
		{"times before names", "[10:32 AM] Ana: Hi\n[10:33 AM] ChatGPT: Hello", "text", []string{"user/Ana: Hi", "assistant/ChatGPT: Hello"}},
		{"brackets", "[User] Hi\n[Assistant] Hello", "text", []string{"user: Hi", "assistant: Hello"}},
		{"rules", "--- User ---\nHi\n--- Assistant ---\nHello", "text", []string{"user: Hi", "assistant: Hello"}},
		{"question and answer", "Q: Why?\nA: Because.", "text", []string{"user: Why?", "assistant: Because."}},
		{"prompt and response", "Prompt: Why?\n\nResponse: Because.", "text", []string{"user: Why?", "assistant: Because."}},
		{"a name and a model", "Ana Ruiz: Hi\n\nClaude: Hello", "text", []string{"user/Ana Ruiz: Hi", "assistant/Claude: Hello"}},
		{"people only", "Ana: Hi\nBen: Hello\nAna: Bye", "text", []string{"user/Ana: Hi", "user/Ben: Hello", "user/Ana: Bye"}},
		{"system first", "System: Be kind.\nUser: Hi\nAssistant: Hello", "text", []string{"system: Be kind.", "user: Hi", "assistant: Hello"}},
		{"thinking", "## User\nHi\n## Thinking\nHm.\n## Assistant\nHello", "markdown", []string{"user: Hi", "assistant(thinking): Hm.", "assistant: Hello"}},
		{"an example inside an answer", "## User\nHow?\n## Assistant\nLike this:\n\nUser: hello\nAI: hi", "markdown", []string{"user: How?", "assistant: Like this: User: hello AI: hi"}},
		{"an example inside a fence", "User: How?\nAssistant: So:\n```\nUser: a\nAssistant: b\n```\nDone.", "text", []string{"user: How?", "assistant: So: ``` User: a Assistant: b ``` Done."}},
		{"weak words beside sure ones", "User: Go\nAssistant: Here.\nQuestion: one?\nAnswer: two.", "text", []string{"user: Go", "assistant: Here. Question: one? Answer: two."}},
		{"windows line ends", "User: Hi\r\nAssistant: Hello\r\n", "text", []string{"user: Hi", "assistant: Hello"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			tr, err := Parse(Source{Text: row.text})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(spoken(tr), row.want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
			if tr.Source != row.source {
				t.Errorf("source %q, want %q", tr.Source, row.source)
			}
		})
	}
}

func TestParse_ProseIsOnePlainTurn(t *testing.T) {
	for name, text := range map[string]string{
		"a colon":           "There are three things: time, money and luck.\nNote: none is enough.",
		"a recipe":          "Soup\n\nIngredients: water\nMethod: boil\nNote: stir",
		"an e-mail":         "From: Ana\nTo: Ben\nSubject: AI\n\nDear Ben,\nsee you.",
		"repeated notes":    "Note: one\nWarning: two\nNote: three\nWarning: four",
		"one user":          "User: the person who uses a system. The word is old.",
		"times":             "10:30 start\n11:00 break\n12:30 end",
		"addresses":         "See https://example.org/a\nand http://example.org/b",
		"code":              "std::vector<int> v;\nfoo: bar\nbaz: qux\nfoo: bar",
		"a glossary":        "Terms\n\nModel: a program that was trained.\n\nOutput of it: text.",
		"headings":          "# Introduction\n\nText\n\n# Methods\n\nText\n\n# Results\n\nText",
		"bold openings":     "**Log Evidence:** x\n\n**Implication:** y\n\n**Log Evidence:** z",
		"words, no colon":   "You\nmay say\nwhat you want",
		"a name, in prose":  "It was late.\nAna: the first to come.\nBen: the last.\nAna: again.",
		"verses":            "Genesis 1:1 In the beginning\nGenesis 1:2 And the earth",
		"chinese with ：":    "今天天气：晴\n温度：二十度",
		"a list of days":    "Monday: rest\nTuesday: work\nMonday: rest\nTuesday: work",
		"open fence at end": "Some text\n```\nUser: a",
	} {
		t.Run(name, func(t *testing.T) {
			tr, err := Parse(Source{Text: text})
			if err != nil {
				t.Fatal(err)
			}
			want := []Turn{{Role: User, Kind: Message, Markdown: text}}
			if diff := cmp.Diff(tr.Turns, want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
			if len(tr.Warnings) != 1 || tr.Warnings[0].Code != "no_speakers" {
				t.Errorf("warnings %v, want no_speakers", tr.Warnings)
			}
		})
	}
}

func TestParse_WordsBeforeTheFirstSpeakerAreKept(t *testing.T) {
	tr, err := Parse(Source{Text: "Shared on Monday.\n\nUser: Hi\nAssistant:\n\nUser: Still there?"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(spoken(tr), []string{"system: Shared on Monday.", "user: Hi", "user: Still there?"}); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
	if diff := cmp.Diff(codes(tr), []string{"before_first_speaker", "empty_turns"}); diff != "" {
		t.Errorf("warnings, -got +want:\n%s", diff)
	}
}

func TestParse_AsPlainLooksForNoSpeakers(t *testing.T) {
	for name, src := range map[string]Source{
		"text": {Text: "User: Hi\nAssistant: Hello", AsPlain: true},
		"html": {HTML: "<p>User: Hi<br>Assistant: Hello</p>", AsPlain: true},
	} {
		t.Run(name, func(t *testing.T) {
			tr, err := Parse(src)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(spoken(tr), []string{"user: User: Hi Assistant: Hello"}); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
			if tr.Source != "plain" || len(tr.Warnings) != 0 {
				t.Errorf("source %q, warnings %v", tr.Source, tr.Warnings)
			}
		})
	}
}

func TestParse_IndentationAtTheStartOfAPlainTextIsKept(t *testing.T) {
	const poem = "    a code block\n\ntext"
	tr, err := Parse(Source{Text: "\n\n" + poem + "\n\n"})
	if err != nil {
		t.Fatal(err)
	}
	if tr.Turns[0].Markdown != poem {
		t.Errorf("got %q, want %q", tr.Turns[0].Markdown, poem)
	}
}

func codes(tr Transcript) []string {
	var list []string
	for _, w := range tr.Warnings {
		list = append(list, w.Code)
	}
	return list
}

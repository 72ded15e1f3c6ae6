package transcript

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const chatGPTFile = `[{"title":"Causes","current_node":"d","mapping":{
 "root":{"id":"root","message":null,"parent":null,"children":["s"]},
 "s":{"parent":"root","children":["a"],"message":{"author":{"role":"system"},"content":{"content_type":"text","parts":[""]},"metadata":{"is_visually_hidden_from_conversation":true}}},
 "a":{"parent":"s","children":["b","b2"],"message":{"author":{"role":"user"},"content":{"content_type":"multimodal_text","parts":["Why?",{"content_type":"image_asset_pointer"}]},"metadata":{"attachments":[{"name":"map.png"}]}}},
 "b2":{"parent":"a","children":[],"message":{"author":{"role":"assistant"},"content":{"content_type":"text","parts":["Another answer"]}}},
 "b":{"parent":"a","children":["c"],"message":{"author":{"role":"assistant"},"content":{"content_type":"thoughts","thoughts":[{"summary":"Weigh","content":"Hm."}]},"metadata":null}},
 "c":{"parent":"b","children":["t"],"message":{"author":{"role":"assistant"},"recipient":"python","content":{"content_type":"code","language":"unknown","text":"print(1)"}}},
 "t":{"parent":"c","children":["d"],"message":{"author":{"role":"tool","name":"python"},"content":{"content_type":"execution_output","text":"1"}}},
 "d":{"parent":"t","children":[],"message":{"author":{"role":"assistant"},"content":{"content_type":"text","parts":["Because \ue200cite\ue202turn0search1\ue201of it."]},"metadata":{"model_slug":"gpt-5"}}}
}},{"title":"Other","mapping":{}}]`

func TestParse_Exports(t *testing.T) {
	for _, row := range []struct {
		name, file, source, title string
		turns                     []Turn
		warnings                  []string
		dropped                   []Dropped
	}{
		{
			name: "chatgpt", file: chatGPTFile, source: "chatgpt", title: "Causes",
			turns: []Turn{
				{User, "", "", Message, "*Attached: map.png*\n\nWhy?"},
				{Assistant, "ChatGPT", "", Thinking, "**Weigh**\n\nHm."},
				{Assistant, "ChatGPT", "", ToolUse, "```\nprint(1)\n```"},
				{Tool, "python", "", ToolUse, "```\n1\n```"},
				{Assistant, "ChatGPT", "gpt-5", Message, "Because of it."},
			},
			warnings: []string{"more_conversations", "branches"},
			dropped:  []Dropped{{"hidden messages", 1}, {"attachments", 1}, {"citations", 1}},
		},
		{
			name: "chatgpt, one object, no current node", source: "chatgpt", title: "!",
			file: `{"mapping":{"a":{"message":{"author":{"role":"user"},"create_time":1,"content":{"parts":["!"]}},"children":["b"]},
				"b":{"parent":"a","message":{"author":{"role":"assistant"},"create_time":2,"content":{"parts":["?"]}}}}}`,
			turns: []Turn{{User, "", "", Message, "!"}, {Assistant, "ChatGPT", "", Message, "?"}},
		},
		{
			name: "chatgpt, in a circle", source: "chatgpt", title: "x",
			file:  `{"title":"x","current_node":"a","mapping":{"a":{"parent":"a","message":{"author":{"role":"user"},"content":{"parts":["once"]}}}}}`,
			turns: []Turn{{User, "", "", Message, "once"}},
		},
		{
			name: "claude", source: "claude", title: "Talk",
			file: `{"name":"Talk","model":"claude-x","chat_messages":[{"sender":"human","text":"Why?","attachments":[{"file_name":"a.txt"}]},
				{"sender":"assistant","content":[{"type":"thinking","thinking":"Hm."},{"type":"text","text":"So."},{"type":"tool_use","name":"x"},{"type":"text","text":"Then."}]}]}`,
			turns: []Turn{
				{User, "", "", Message, "*Attached: a.txt*\n\nWhy?"},
				{Assistant, "Claude", "claude-x", Thinking, "Hm."},
				{Assistant, "Claude", "claude-x", Message, "So.\n\nThen."},
			},
			dropped: []Dropped{{"tool calls", 1}},
		},
		{
			name: "ai studio", source: "aistudio", title: "Why is it so, and since when?",
			file: `{"runSettings":{"model":"models/gemini-x"},"systemInstruction":{"parts":[{"text":"Be kind."}]},
				"chunkedPrompt":{"chunks":[{"role":"user","text":"Why is it so, and since when?"},{"role":"model","text":"Hm.","isThought":true},{"role":"model","text":"So."}]}}`,
			turns: []Turn{
				{System, "", "", Message, "Be kind."},
				{User, "", "", Message, "Why is it so, and since when?"},
				{Assistant, "Gemini", "gemini-x", Thinking, "Hm."},
				{Assistant, "Gemini", "gemini-x", Message, "So."},
			},
		},
		{
			name: "json lines", source: "messages", title: "Hi",
			file:  `{"role":"system","content":"Be kind."}` + "\n" + `{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"image_url"}]}` + "\r\n" + `{"role":"assistant","content":"Hello","reasoning_content":"Hm."}`,
			turns: []Turn{{System, "", "", Message, "Be kind."}, {User, "", "", Message, "Hi"}, {Assistant, "", "", Thinking, "Hm."}, {Assistant, "", "", Message, "Hello"}},

			dropped: []Dropped{{"attachments", 1}},
		},
		{
			name: "a single json line", source: "messages", title: "Hi",
			file:  `{"role":"user","content":"Hi"}`,
			turns: []Turn{{User, "", "", Message, "Hi"}},
		},
		{
			name: "api request", source: "messages", title: "Hi",
			file:  `{"model":"m-1","system":"Be kind.","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}`,
			turns: []Turn{{System, "", "", Message, "Be kind."}, {User, "", "", Message, "Hi"}, {Assistant, "", "m-1", Message, "Hello"}},
		},
		{
			name: "a data set", source: "messages", title: "Hi",
			file:     `{"conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Hello"}]}` + "\n" + `{"conversations":[]}`,
			turns:    []Turn{{User, "", "", Message, "Hi"}, {Assistant, "", "", Message, "Hello"}},
			warnings: []string{"more_conversations"},
		},
		{
			name: "our own, with a role that is none", source: "grimoire", title: "Ours",
			file:  `{"format":"grimoire.conversation","version":1,"title":"Ours","turns":[{"id":"a","role":"admin","kind":"x","speaker":"Ana","markdown":"Hi\u0000\u001e"},{"role":"tool","kind":"tool","markdown":"1"},{"markdown":" "}]}`,
			turns: []Turn{{User, "Ana", "", Message, "Hi"}, {Tool, "", "", ToolUse, "1"}},

			dropped: []Dropped{{"control characters", 2}},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			tr, err := Parse(Source{Text: row.file, Filename: "file.json"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tr.Turns, row.turns); diff != "" {
				t.Errorf("turns, -got +want:\n%s", diff)
			}
			if diff := cmp.Diff(codes(tr), row.warnings); diff != "" {
				t.Errorf("warnings, -got +want:\n%s", diff)
			}
			if len(tr.Dropped)+len(row.dropped) > 0 {
				if diff := cmp.Diff(tr.Dropped, row.dropped); diff != "" {
					t.Errorf("dropped, -got +want:\n%s", diff)
				}
			}
			if tr.Source != row.source || tr.Title != row.title {
				t.Errorf("source %q, title %q; want %q, %q", tr.Source, tr.Title, row.source, row.title)
			}
		})
	}
}

func TestParse_OtherJSONIsPlainText(t *testing.T) {
	for name, file := range map[string]string{
		"numbers":    "[1, 2, 3]",
		"an object":  `{"a": {"b": null}}`,
		"broken":     `{"role": "user", "content": "Hi"`,
		"no content": `[{"role": "user"}]`,
		"no role":    `[{"role": "wizard", "content": "Hi"}]`,
		"mixed":      `{"role":"user","content":"Hi"}` + "\nand words",
		"no mapping": `{"mapping": {}, "title": "x"}`,
		"no format":  `{"format": "grimoire.conversation"}`,
	} {
		t.Run(name, func(t *testing.T) {
			tr, err := Parse(Source{Text: file, Filename: "x.json"})
			if err != nil {
				t.Fatal(err)
			}
			if tr.Source != "plain" || len(tr.Turns) != 1 || tr.Turns[0].Markdown != file {
				t.Errorf("got %+v", tr)
			}
		})
	}
}

// What Grimoire writes (the golden files of the export package) comes back.
func TestParse_OurOwnExportsComeBack(t *testing.T) {
	want := []Turn{
		{User, "Ana", "", Message, "Was it?\n\n- slow\n- fast"},
		{Assistant, "ChatGPT", "gpt-5", Thinking, "Two views."},
		{Assistant, "ChatGPT", "gpt-5", Message, "# Both\n\n| a | b |\n|---|---|\n| 印刷 | 🖨️ |\n\n```go\nx := 1\n\ny := 2\n```"},
		{Tool, "", "", ToolUse, "42"},
	}
	for _, path := range []string{"../export/testdata/talk.json", "../export/testdata/talk.md"} {
		t.Run(path, func(t *testing.T) {
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			tr, err := Parse(Source{Text: string(file), Filename: path})
			if err != nil {
				t.Fatal(err)
			}
			// In Markdown, facts about the conversation stand before its turns, and
			// what was said about them follows the last one.
			if strings.HasPrefix(tr.Turns[0].Markdown, "HIST 101") {
				tr.Turns = tr.Turns[1:]
			}
			last := &tr.Turns[len(tr.Turns)-1]
			last.Markdown, _, _ = strings.Cut(last.Markdown, "\n\n---\n")
			if diff := cmp.Diff(tr.Turns, want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
			if !strings.HasPrefix(tr.Title, "Was print a ") {
				t.Errorf("title %q", tr.Title)
			}
		})
	}
}

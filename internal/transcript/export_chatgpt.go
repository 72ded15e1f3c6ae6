package transcript

import (
	"encoding/json"
	"slices"
	"strings"
)

// chatGPTConversation is one conversation of ChatGPT's conversations.json. Its
// mapping is a tree by parent links; the thread people saw leads from
// current_node to the root. Any field may be missing.
type chatGPTConversation struct {
	Title   string                 `json:"title"`
	Current string                 `json:"current_node"`
	Mapping map[string]chatGPTNode `json:"mapping"`
}

type chatGPTNode struct {
	Parent   string          `json:"parent"`
	Children []string        `json:"children"`
	Message  *chatGPTMessage `json:"message"`
}

type chatGPTMessage struct {
	Author struct {
		Role string `json:"role"`
		Name string `json:"name"`
	} `json:"author"`
	Created   float64 `json:"create_time"`
	Recipient string  `json:"recipient"`
	Content   struct {
		Type     string            `json:"content_type"`
		Parts    []json.RawMessage `json:"parts"`
		Text     string            `json:"text"`
		Language string            `json:"language"`
		Thoughts []struct {
			Summary string `json:"summary"`
			Content string `json:"content"`
		} `json:"thoughts"`
	} `json:"content"`
	Metadata struct {
		Model       string `json:"model_slug"`
		Hidden      bool   `json:"is_visually_hidden_from_conversation"`
		Attachments []struct {
			Name string `json:"name"`
		} `json:"attachments"`
	} `json:"metadata"`
}

func chatGPTExport(raw json.RawMessage, r *report) (found, bool) {
	doc, ok := one[chatGPTConversation](raw, r)
	if !ok || len(doc.Mapping) == 0 {
		return found{}, false
	}
	out := found{source: "chatgpt", label: "ChatGPT export", title: r.repair(doc.Title)}
	branches := 0
	for _, node := range doc.thread() {
		if len(node.Children) > 1 {
			branches++
		}
		if node.Message != nil {
			node.Message.add(&out, r)
		}
	}
	if branches > 0 {
		r.warn("branches", "The conversation forks at %s. The thread that was last shown was read.", plural(branches, "place"))
	}
	return out, len(out.turns) > 0
}

// thread gives the nodes from the root to the current one, or to the newest
// leaf where none is marked.
func (c chatGPTConversation) thread() []chatGPTNode {
	at := c.Current
	if _, ok := c.Mapping[at]; !ok {
		newest := -1.0
		for id, node := range c.Mapping {
			if node.Message == nil || len(node.Children) > 0 {
				continue
			}
			if t := node.Message.Created; t > newest || t == newest && id > at {
				at, newest = id, t
			}
		}
	}
	var path []chatGPTNode
	seen := map[string]bool{} // a damaged file may lead in a circle
	for node, ok := c.Mapping[at]; ok && !seen[at]; node, ok = c.Mapping[at] {
		path = append(path, node)
		seen[at] = true
		at = node.Parent
	}
	slices.Reverse(path)
	return path
}

func (m *chatGPTMessage) add(out *found, r *report) {
	if m.Metadata.Hidden || m.Content.Type == "user_editable_context" || m.Content.Type == "model_editable_context" {
		r.drop("hidden messages", 1)
		return
	}
	who := speaker{role: known(Role(m.Author.Role))}
	switch {
	case who.role == Assistant:
		who.name, who.model = "ChatGPT", m.Metadata.Model
		if m.Recipient != "" && m.Recipient != "all" {
			who.kind = ToolUse
		}
	case who.role == Tool:
		who.name, who.kind = m.Author.Name, ToolUse
	}
	for _, file := range m.Metadata.Attachments {
		if file.Name != "" {
			out.join(who, "*Attached: "+oneLine(file.Name)+"*", r)
		}
	}
	switch c := m.Content; c.Type {
	case "thoughts":
		who.kind = Thinking
		for _, t := range c.Thoughts {
			out.join(who, strings.TrimSpace("**"+t.Summary+"**\n\n"+t.Content), r)
		}
	case "reasoning_recap":
	case "code", "execution_output":
		who.kind = ToolUse
		language := c.Language
		if language == "unknown" || c.Type != "code" {
			language = ""
		}
		if c.Text != "" {
			out.join(who, fence(c.Text, language), r)
		}
	default:
		for _, part := range append(c.Parts, quoteJSON(c.Text)) {
			var words string
			if json.Unmarshal(part, &words) != nil {
				r.drop("attachments", 1) // an image or a recording
				continue
			}
			words, cites := privateMarks(words)
			r.drop("citations", cites)
			out.join(who, words, r)
		}
	}
	if who.role == User {
		out.turnEnds = true
	}
}

func quoteJSON(s string) json.RawMessage {
	raw, err := json.Marshal(s)
	if err != nil { // a string always encodes
		panic(err)
	}
	return raw
}

// privateMarks removes the citation marks that ChatGPT writes between private-use characters.
func privateMarks(s string) (string, int) {
	count := len(citation().FindAllStringIndex(s, -1))
	if count == 0 {
		return s, 0
	}
	return citation().ReplaceAllString(s, ""), count
}

var citation = lazily(`\x{e200}[^\x{e200}\x{e201}]*\x{e201}`)

// fence writes text as a code block whose fence is longer than any inside it.
func fence(text, language string) string {
	ticks := "```"
	for strings.Contains(text, ticks) {
		ticks += "`"
	}
	return ticks + language + "\n" + strings.TrimRight(text, "\n") + "\n" + ticks
}

package transcript

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"
)

// OwnFormat is the "format" of Grimoire's own JSON export.
const OwnFormat = "grimoire.conversation"

// byExport reads the files that chat programs and APIs give out: one JSON
// value, or one per line. It reports false for anything else.
func byExport(text string, r *report) (found, bool) {
	text = strings.TrimSpace(text)
	if text == "" || text[0] != '{' && text[0] != '[' {
		return found{}, false
	}
	if !json.Valid([]byte(text)) {
		return jsonLines(text, r)
	}
	for _, export := range exports {
		trial := newReport()
		if !strings.Contains(text, export.key) {
			continue
		}
		if out, ok := export.read(json.RawMessage(text), trial); ok {
			r.add(trial)
			return out, true
		}
	}
	return found{}, false
}

// exports are the shapes of JSON that are known, each with a key it cannot be without.
var exports = []struct {
	key  string
	read func(json.RawMessage, *report) (found, bool)
}{
	{OwnFormat, ownExport},
	{`"mapping"`, chatGPTExport},
	{`"chat_messages"`, claudeExport},
	{`"chunkedPrompt"`, aiStudioExport},
	{`"role"`, messageList},
	{`"from"`, messageList},
	{`"role"`, oneMessage},
}

// exportTurn makes a turn of text from an export, where the escapes of JSON
// may hold what the file's own bytes do not.
func exportTurn(who speaker, markdown string, r *report) (Turn, bool) {
	markdown = trimLines(r.repair(markdown))
	if who.kind == "" {
		who.kind = Message
	}
	return Turn{who.role, oneLine(r.repair(who.name)), oneLine(r.repair(who.model)), who.kind, markdown}, markdown != ""
}

// one is the first of a list of conversations, or the one conversation itself.
func one[T any](raw json.RawMessage, r *report) (T, bool) {
	var list []T
	var single T
	if raw[0] != '[' {
		return single, json.Unmarshal(raw, &single) == nil
	}
	if json.Unmarshal(raw, &list) != nil || len(list) == 0 {
		return single, false
	}
	if len(list) > 1 {
		r.warn("more_conversations", "The file holds %s. Only the first was read.", plural(len(list), "conversation"))
	}
	return list[0], true
}

func ownExport(raw json.RawMessage, r *report) (found, bool) {
	var doc struct {
		Format string `json:"format"`
		Title  string `json:"title"`
		Turns  []Turn `json:"turns"`
	}
	if json.Unmarshal(raw, &doc) != nil || doc.Format != OwnFormat {
		return found{}, false
	}
	out := found{source: "grimoire", label: "Grimoire", title: r.repair(doc.Title)}
	for _, t := range doc.Turns {
		if turn, ok := exportTurn(speaker{known(t.Role), t.Speaker, t.Model, knownKind(t.Kind)}, t.Markdown, r); ok {
			out.turns = append(out.turns, turn)
		}
	}
	return out, len(out.turns) > 0
}

func known(role Role) Role {
	switch role {
	case User, Assistant, System, Tool:
		return role
	}
	return User
}

func knownKind(kind Kind) Kind {
	switch kind {
	case Thinking, ToolUse:
		return kind
	}
	return Message
}

func claudeExport(raw json.RawMessage, r *report) (found, bool) {
	type block struct {
		Type     string `json:"type"`
		Text     string `json:"text"`
		Thinking string `json:"thinking"`
		Name     string `json:"name"`
	}
	type conversation struct {
		Name     string `json:"name"`
		Model    string `json:"model"`
		Messages []struct {
			Sender  string  `json:"sender"`
			Text    string  `json:"text"`
			Content []block `json:"content"`
			Files   []struct {
				Name string `json:"file_name"`
			} `json:"attachments"`
		} `json:"chat_messages"`
	}
	doc, ok := one[conversation](raw, r)
	if !ok || len(doc.Messages) == 0 {
		return found{}, false
	}
	out := found{source: "claude", label: "Claude export", title: r.repair(doc.Name)}
	for _, m := range doc.Messages {
		who := speaker{role: User}
		if m.Sender == "assistant" {
			who = speaker{role: Assistant, name: "Claude", model: doc.Model}
		}
		for _, file := range m.Files {
			if file.Name != "" {
				out.join(who, "*Attached: "+oneLine(file.Name)+"*", r)
			}
		}
		if len(m.Content) == 0 {
			m.Content = []block{{Type: "text", Text: m.Text}}
		}
		for _, b := range m.Content {
			part := who
			switch b.Type {
			case "thinking":
				part.kind, b.Text = Thinking, b.Thinking
			case "tool_use", "tool_result":
				r.drop("tool calls", 1)
				continue
			}
			out.join(part, b.Text, r)
		}
		out.turnEnds = true
	}
	return out, len(out.turns) > 0
}

func aiStudioExport(raw json.RawMessage, r *report) (found, bool) {
	var doc struct {
		Settings struct {
			Model string `json:"model"`
		} `json:"runSettings"`
		System struct {
			Text  string `json:"text"`
			Parts []struct {
				Text string `json:"text"`
			} `json:"parts"`
		} `json:"systemInstruction"`
		Prompt struct {
			Chunks []struct {
				Text    string `json:"text"`
				Role    string `json:"role"`
				Thought bool   `json:"isThought"`
			} `json:"chunks"`
		} `json:"chunkedPrompt"`
	}
	if json.Unmarshal(raw, &doc) != nil || len(doc.Prompt.Chunks) == 0 {
		return found{}, false
	}
	out := found{source: "aistudio", label: "Google AI Studio export"}
	out.join(speaker{role: System}, doc.System.Text, r)
	for _, p := range doc.System.Parts {
		out.join(speaker{role: System}, p.Text, r)
	}
	for _, c := range doc.Prompt.Chunks {
		who := speaker{role: User}
		if c.Role == "model" {
			who = speaker{role: Assistant, name: "Gemini", model: strings.TrimPrefix(doc.Settings.Model, "models/")}
			if c.Thought {
				who.kind = Thinking
			}
		}
		if c.Text == "" {
			r.drop("attachments", 1)
		}
		out.join(who, c.Text, r)
	}
	return out, len(out.turns) > 0
}

// message is the shape that most APIs share.
type message struct {
	Role      string          `json:"role"`
	From      string          `json:"from"` // some data sets
	Name      string          `json:"name"`
	Model     string          `json:"model"`
	Content   json.RawMessage `json:"content"`
	Value     string          `json:"value"` // goes with from
	Reasoning string          `json:"reasoning_content"`
}

// messageList reads [{role, content}], alone or as "messages" of an object.
func messageList(raw json.RawMessage, r *report) (found, bool) {
	var doc struct {
		Title    string    `json:"title"`
		Model    string    `json:"model"`
		System   string    `json:"system"`
		Messages []message `json:"messages"`
		Turns    []message `json:"conversations"`
	}
	if raw[0] == '[' {
		if json.Unmarshal(raw, &doc.Messages) != nil {
			return found{}, false
		}
	} else if json.Unmarshal(raw, &doc) != nil {
		return found{}, false
	}
	out := found{source: "messages", label: "List of messages", title: r.repair(doc.Title)}
	if doc.System != "" {
		out.join(speaker{role: System}, doc.System, r)
	}
	for _, m := range append(doc.Messages, doc.Turns...) {
		if !out.message(m, doc.Model, r) {
			return found{}, false
		}
	}
	return out, len(doc.Messages)+len(doc.Turns) > 0 && len(out.turns) > 0
}

// oneMessage reads a file of JSON lines that has only one.
func oneMessage(raw json.RawMessage, r *report) (found, bool) { return jsonLines(string(raw), r) }

// jsonLines reads one message, or one object with messages, per line.
func jsonLines(text string, r *report) (found, bool) {
	out := found{source: "messages", label: "List of messages"}
	trial := newReport()
	decoder := json.NewDecoder(strings.NewReader(text))
	for count := 0; decoder.More(); count++ {
		var m message
		var raw json.RawMessage
		if decoder.Decode(&raw) != nil || json.Unmarshal(raw, &m) != nil {
			return found{}, false
		}
		if out.message(m, "", trial) {
			continue
		}
		if count > 0 {
			return found{}, false
		}
		list, ok := messageList(raw, trial)
		if ok && decoder.More() {
			trial.warn("more_conversations", "The file holds several conversations. Only the first was read.")
		}
		if ok {
			r.add(trial)
		}
		return list, ok
	}
	r.add(trial)
	return out, len(out.turns) > 0
}

// message adds m and reports whether it is one.
func (f *found) message(m message, model string, r *report) bool {
	word, ok := roleWords[strings.ToLower(cmp.Or(m.Role, m.From))]
	if m.From == "gpt" {
		word.role, ok = Assistant, true
	}
	if !ok {
		return false
	}
	who := speaker{role: word.role, name: m.Name, kind: word.kind}
	if who.role == Assistant {
		who.model = cmp.Or(m.Model, model)
	}
	if m.Reasoning != "" {
		thought := who
		thought.kind = Thinking
		f.join(thought, m.Reasoning, r)
	}
	body, ok := contentText(m.Content, r)
	f.join(who, cmp.Or(body, m.Value), r)
	f.turnEnds = true
	return ok || m.Value != ""
}

// contentText reads content: a string, null, or a list of parts.
func contentText(raw json.RawMessage, r *report) (string, bool) {
	var s string
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return "", len(raw) > 0
	}
	if json.Unmarshal(raw, &s) == nil {
		return s, true
	}
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if json.Unmarshal(raw, &parts) != nil {
		return "", false
	}
	var texts []string
	for _, p := range parts {
		if p.Text != "" {
			texts = append(texts, p.Text)
		} else {
			r.drop("attachments", 1)
		}
	}
	return strings.Join(texts, "\n\n"), true
}

// join adds what was said, to the last turn if it goes on there.
func (f *found) join(who speaker, markdown string, r *report) {
	turn, ok := exportTurn(who, markdown, r)
	if !ok {
		return
	}
	if n := len(f.turns); n > 0 && !f.turnEnds {
		last := &f.turns[n-1]
		if last.Role == turn.Role && last.Speaker == turn.Speaker && last.Kind == turn.Kind {
			last.Markdown += "\n\n" + turn.Markdown
			last.Model = cmp.Or(last.Model, turn.Model)
			return
		}
	}
	f.turns = append(f.turns, turn)
	f.turnEnds = false
}

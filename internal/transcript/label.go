package transcript

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// speaker is who a label names.
type speaker struct {
	role  Role
	name  string // as written; empty when the label is only the word for a role
	model string
	kind  Kind
}

// trust says how sure a label is to name a speaker rather than to open a sentence.
type trust int

const (
	noLabel   trust = iota
	nameLabel       // looks like a person's name
	weakLabel       // "Question", "Response": speakers only when nothing better is there
	sureLabel       // "User", "ChatGPT said"
)

// roleWords are labels that name no one in particular. Weak ones also open ordinary sentences.
var roleWords = map[string]struct {
	role Role
	kind Kind
	weak bool
}{
	"user": {role: User}, "human": {role: User}, "you": {role: User}, "me": {role: User}, "usuario": {role: User},
	"utilisateur": {role: User}, "benutzer": {role: User}, "nutzer": {role: User}, "usuário": {role: User}, "utente": {role: User},
	"用户": {role: User}, "用戶": {role: User}, "你": {role: User}, "ユーザー": {role: User}, "あなた": {role: User}, "사용자": {role: User},
	"du": {role: User}, "vous": {role: User}, "tú": {role: User}, "você": {role: User}, "пользователь": {role: User}, "вы": {role: User},

	"assistant": {role: Assistant}, "ai": {role: Assistant}, "ai assistant": {role: Assistant}, "bot": {role: Assistant},
	"chatbot": {role: Assistant}, "model": {role: Assistant}, "llm": {role: Assistant}, "ki": {role: Assistant}, "ia": {role: Assistant},
	"assistent": {role: Assistant}, "asistente": {role: Assistant}, "assistente": {role: Assistant},
	"助手": {role: Assistant}, "アシスタント": {role: Assistant}, "어시스턴트": {role: Assistant}, "ассистент": {role: Assistant},

	"system": {role: System}, "system prompt": {role: System}, "system message": {role: System}, "developer": {role: System},
	"tool": {role: Tool, kind: ToolUse}, "function": {role: Tool, kind: ToolUse, weak: true},
	"tool call": {role: Assistant, kind: ToolUse}, "tool result": {role: Tool, kind: ToolUse}, "tool output": {role: Tool, kind: ToolUse},
	"thinking": {role: Assistant, kind: Thinking}, "thought process": {role: Assistant, kind: Thinking},
	"thoughts": {role: Assistant, kind: Thinking, weak: true}, "reasoning": {role: Assistant, kind: Thinking, weak: true},

	"q": {role: User, weak: true}, "question": {role: User, weak: true}, "prompt": {role: User, weak: true}, "input": {role: User, weak: true},
	"i": {role: User, weak: true}, "student": {role: User, weak: true}, "my prompt": {role: User, weak: true}, "user prompt": {role: User},
	"user message": {role: User}, "a": {role: Assistant, weak: true}, "answer": {role: Assistant, weak: true},
	"response": {role: Assistant, weak: true}, "ai response": {role: Assistant}, "model response": {role: Assistant},
	"assistant response": {role: Assistant}, "output": {role: Assistant, weak: true}, "reply": {role: Assistant, weak: true},
	"completion": {role: Assistant, weak: true},
}

// modelName finds the names that vendors give their models and assistants.
var modelName = lazily(`(?i)^(?:[\w.-]+/)?(?:chatgpt|gpt|o[134]|claude|anthropic|gemini|gemma|bard|palm|copilot|bing|llama|meta ai|` +
	`mistral|mixtral|ministral|codestral|magistral|qwen|qwq|deepseek|grok|phi|command|kimi|sonar|perplexity|nova|ernie|doubao|yi|glm|` +
	`le chat|notebooklm|chatcraft|openrouter|openai|hermes|nemotron|granite|olmo)(?:$|[\s\d.:@+(-].*$)`)

// ordinary are capitalised words that open sentences, lists and e-mails, not turns.
var ordinary = words(`note notes nota warning tip hint example examples summary definition theorem proof lemma corollary date subject
	from to cc bcc re fwd sent title author authors source sources step steps result results conclusion introduction background method methods
	discussion abstract keywords references bibliography chapter section part figure table page pages goal goals aim task tasks todo done
	problem solution error errors bug fix issue cause effect pros cons advantages disadvantages monday tuesday wednesday thursday friday
	saturday sunday january february march april may june july august september october november december ingredients directions
	instructions details description overview context objective objectives requirements output input usage options name names address
	phone email website url link location time duration price cost total first second third fourth finally next then also however
	therefore thus important remember caution update edit ps http https ftp mailto quote translation original text key value
	type status version license copyright observation evidence claim argument counterargument rationale hypothesis setting characters
	theme plot act scene day week month year implication verification certainty analysis feedback comment comments explanation`)

// said matches what pages write after a speaker's name: "You said", "Gemini said", "ChatGPT hat gesagt".
var said = lazily(`(?i)\s*(?:\b(?:said|says|asked|wrote|responded|replied|answered|hast gesagt|hat gesagt|avez dit|a dit|dit|dijo|dijiste|` +
	`has dicho|disse|hai detto|ha detto)|说|說|さんの発言|의 말|сказал[аи]?)\s*$`)

// clock matches a time or date that chat programs put beside a name.
var clock = lazily(`(?i)\s*[\[(]?\b(?:\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4},?\s*)?\d{1,2}:\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?[\])]?\s*`)

// readLabel takes a label apart. It is given what stands before the colon, or the whole heading.
func readLabel(label string) (speaker, trust) {
	if strings.Contains(label, ":") {
		label = clock().ReplaceAllString(label, " ")
	}
	label = strings.Trim(turnNumber().ReplaceAllString(label, ""), " \t*_#[]<>—–-\u00a0")
	bare := said().ReplaceAllString(label, "")
	sure := bare != label && bare != ""
	if bare != "" {
		label = strings.TrimSpace(bare)
	}
	if label == "" || utf8.RuneCountInString(label) > 48 {
		return speaker{}, noLabel
	}
	base := label
	if open := strings.IndexByte(label, '('); open > 0 && strings.HasSuffix(label, ")") {
		base = strings.TrimSpace(label[:open]) // "Assistant (gpt-4o)", "User (Ana)"
	}
	lower := strings.ToLower(base)
	if word, ok := roleWords[lower]; ok {
		s := speaker{role: word.role, kind: word.kind}
		if base != label {
			s.name = strings.Trim(label[len(base):], " ()")
			if word.role == Assistant {
				s.name, s.model = nameAndModel(s.name)
			}
		}
		if word.weak && !sure {
			return s, weakLabel
		}
		return s, sureLabel
	}
	if modelName().MatchString(base) {
		s := speaker{role: Assistant, name: base}
		if strings.ContainsAny(base, "0123456789/") {
			s.model = base
		}
		return s, sureLabel
	}
	if sure {
		return speaker{role: User, name: label}, sureLabel
	}
	if personal(base) {
		s := speaker{role: User, name: label}
		for word := range strings.FieldsFuncSeq(lower+" "+strings.ToLower(label), notLetter) {
			if word == "ai" || word == "bot" || word == "gpt" || word == "assistant" {
				s.role = Assistant
			}
		}
		return s, nameLabel
	}
	return speaker{}, noLabel
}

// nameAndModel reads what stands in brackets after an assistant's role:
// "ChatGPT, gpt-5", or either alone.
func nameAndModel(s string) (name, model string) {
	if name, model, both := strings.Cut(s, ", "); both {
		return name, model
	}
	if strings.ContainsAny(s, "0123456789/") {
		return "", s
	}
	return s, ""
}

// turnNumber stands before the role in Grimoire's own Markdown.
var turnNumber = lazily(`^\d{1,4}\. `)

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// personal says whether s could be a name: one to four words, each beginning
// with a letter that is not lower case, none of them an ordinary opening.
func personal(s string) bool {
	words := strings.Fields(s)
	if len(words) == 0 || len(words) > 4 || utf8.RuneCountInString(s) > 32 {
		return false
	}
	for i, word := range words {
		first, _ := utf8.DecodeRuneInString(word)
		particle := i > 0 && len(word) <= 3 // "van", "de"
		if !unicode.IsLetter(first) || unicode.IsLower(first) && !particle || ordinary[strings.ToLower(word)] {
			return false
		}
		if strings.ContainsFunc(word, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune("'’.-", r)
		}) {
			return false
		}
	}
	return true
}

// Package transcript reads conversations that were held somewhere else.
//
// It takes what a person pasted or dropped (the HTML and text flavours of a
// clipboard, or a file) and gives the turns in order, as Markdown:
//
//	Source ── too large? ──> ErrTooLarge
//	   │ repair: UTF-8, line ends, NUL, U+001E
//	   ├─ JSON, JSONL ─ exports (export_*.go) ────────────────────────┐
//	   ├─ HTML ─ parse ─ strip ─ one of the known pages (pages.go)? ──┤
//	   │            │        no ─ any page whose marks name roles? ───┼──> Transcript
//	   │            └─────── no ─ to Markdown ──┐                     │
//	   └─ text ─────────────────────────────────┴─ speaker lines? ────┤
//	                                              no ─ one plain turn ┘
//
// Foreign HTML passes an allow-list on its tree before it becomes Markdown, and
// never leaves the package as HTML. Nothing is fetched. Time and memory are
// linear in the input, which is bounded; nesting is bounded too. What is left
// out is counted, what is doubtful is said as a warning.
//
// All functions are safe for concurrent use.
package transcript

import "errors"

// MaxBytes bounds all flavours of one Source together.
const MaxBytes = 8 << 20

var (
	// ErrTooLarge says that a Source is over MaxBytes. Nothing was read.
	ErrTooLarge = errors.New("the conversation is larger than 8 MiB")
	// ErrEmpty says that a Source holds no readable text.
	ErrEmpty = errors.New("there is no text to import")
)

// Source is what somebody pasted or dropped. Any field may be empty.
type Source struct {
	HTML     string // the clipboard's HTML flavour
	Text     string // its text flavour, or the content of a file
	Filename string // says what Text is by its ending: .html, .json, .jsonl, .md, .txt
	AsPlain  bool   // look for no speakers: everything is one turn
}

// Transcript is a conversation as it was read. Its slices are never nil.
type Transcript struct {
	Title       string    `json:"title"`        // at most MaxTitle characters
	Source      string    `json:"source"`       // machine word, such as "chatgpt" or "plain"
	SourceLabel string    `json:"source_label"` // the same for people
	Turns       []Turn    `json:"turns"`
	Warnings    []Warning `json:"warnings"`
	Dropped     []Dropped `json:"dropped"`
}

// Turn is one contribution. Markdown never holds U+001E and is never blank.
type Turn struct {
	Role     Role   `json:"role"`
	Speaker  string `json:"speaker"` // the name the source gives; empty where it gives only the role
	Model    string `json:"model"`
	Kind     Kind   `json:"kind"`
	Markdown string `json:"markdown"`
}

// Role says on which side of the conversation a turn stands.
type Role string

// The roles.
const (
	User      Role = "user"
	Assistant Role = "assistant"
	System    Role = "system"
	Tool      Role = "tool"
)

// Kind says what a turn is.
type Kind string

// The kinds: something said, what a model thought before it, what a tool was asked or gave back.
const (
	Message  Kind = "message"
	Thinking Kind = "thinking"
	ToolUse  Kind = "tool"
)

// Warning is something a person should check before adding the conversation.
type Warning struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Dropped counts one sort of thing that was left out.
type Dropped struct {
	What  string `json:"what"` // plural, such as "scripts"
	Count int    `json:"count"`
}

// Parse reads a conversation. It fails with ErrTooLarge or ErrEmpty only:
// whatever is not recognised becomes one plain turn with a warning.
func Parse(src Source) (Transcript, error) {
	if len(src.HTML)+len(src.Text) > MaxBytes {
		return Transcript{}, ErrTooLarge
	}
	r := newReport()
	src.HTML, src.Text = r.repair(src.HTML), r.repair(src.Text)
	src = sortFlavours(src)
	found := read(src, r)
	if len(found.turns) == 0 {
		return Transcript{}, ErrEmpty
	}
	return Transcript{
		Title:       title(found),
		Source:      found.source,
		SourceLabel: found.label,
		Turns:       found.turns,
		Warnings:    r.warnings,
		Dropped:     r.dropped(),
	}, nil
}

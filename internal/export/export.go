// Package export writes a conversation and what people did with it as documents
// that leave Grimoire.
//
//	                     ┌─ Markdown: for reading
//	Conversation (names) ┤
//	                     └─ JSON: for programs, and to come back (version 1, below)
//
// Whoever fills a Conversation decides what the asker may see and puts the names
// in that they may see it under: nothing here looks anything up, and no account
// id or address belongs in it. Lists are written in the order they are given.
//
// # JSON, version 1
//
// One object; keys are only ever added.
//
//	format      "grimoire.conversation"
//	version     1
//	title, class, owner, source, exported_at
//	turns       [{id, role, speaker, model, kind, markdown}]
//	highlights  [{id, turn, quote, by, at, tags: [name]}]
//	comments    [{id, target, parent, by, at, body, deleted, resolved_by, reactions: {emoji: [name]}}]
//	responses   [{by, markdown}]
//	notes       Markdown
//
// A highlight's turn is the id of the turn its quote stands in, empty when the
// text is gone. A comment's target is the id of a highlight or turn; a reply
// names the comment it answers as its parent. Times are RFC 3339 in UTC.
// Importing the file again gives the turns.
package export

import "time"

// Format and Version open every JSON export.
const (
	Format  = "grimoire.conversation"
	Version = 1
)

// Conversation is all that can be exported of one conversation.
type Conversation struct {
	Title  string `json:"title"`
	Class  string `json:"class"`
	Owner  string `json:"owner"`
	Source string `json:"source"` // where it was imported from, such as "chatgpt"

	ExportedAt time.Time `json:"exported_at"`

	Turns      []Turn      `json:"turns"`
	Highlights []Highlight `json:"highlights"`
	Comments   []Comment   `json:"comments"`
	Responses  []Response  `json:"responses"`
	Notes      string      `json:"notes"`
}

// Turn is what one speaker said.
type Turn struct {
	ID       string `json:"id"`
	Role     string `json:"role"` // user, assistant, system or tool
	Speaker  string `json:"speaker"`
	Model    string `json:"model"`
	Kind     string `json:"kind"` // message, thinking or tool
	Markdown string `json:"markdown"`
}

// Highlight is a marked passage.
type Highlight struct {
	ID    string    `json:"id"`
	Turn  string    `json:"turn"` // id; empty when the text is gone
	Quote string    `json:"quote"`
	By    string    `json:"by"` // name
	At    time.Time `json:"at"`
	Tags  []string  `json:"tags"` // names
}

// Comment is said about a highlight, a turn or another comment.
type Comment struct {
	ID         string              `json:"id"`
	Target     string              `json:"target"` // id of a highlight or turn
	Parent     string              `json:"parent"` // id of the comment this answers; empty for none
	By         string              `json:"by"`     // name
	At         time.Time           `json:"at"`
	Body       string              `json:"body"`
	Deleted    bool                `json:"deleted"`
	ResolvedBy string              `json:"resolved_by"` // name; empty while open
	Reactions  map[string][]string `json:"reactions"`   // emoji → names
}

// Response is somebody's own text about the conversation.
type Response struct {
	By       string `json:"by"` // name; empty for the joint one
	Markdown string `json:"markdown"`
}

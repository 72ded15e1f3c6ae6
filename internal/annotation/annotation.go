// Package annotation knows the shape of a conversation's Doc: which roots it
// has, what their items hold, and what each person may change in them.
//
//	meta        Map   v, title
//	text        Text  ␞turn id⏎Markdown… for every turn, one flat text
//	turns       Map   turn id → Map {role, speaker, model, kind}
//	highlights  Map   id → Map {start, end, quote, by, at, tags: Map tag → place, removed}
//	comments    Map   id → Map {target, parent, by, at, body: Text, deleted, resolved}
//	reactions   Map   comment|user|emoji → 1
//	tags        Map   id → Map {name, colour, pattern, group, pos, locked, origin, archived}
//	responses   Map   user id → Text, "shared" → Text
//	notes       Text
//
// The text is one Text because nothing in it ever moves: turns are split and
// merged by writing and deleting markers, so anchors and authorship survive.
// Lengths and places count UTF-16 code units, as Yjs does. The Doc holds user
// ids and never names.
//
// Seed writes a Doc once, on the server. Read takes one apart for export. A
// Guard refuses updates that change what their sender may not.
package annotation

// Version is the value of meta's key "v" for the shape described here.
const Version = 1

// Roots of the Doc. They are part of the stored format.
const (
	RootMeta       = "meta"
	RootText       = "text"
	RootTurns      = "turns"
	RootHighlights = "highlights"
	RootComments   = "comments"
	RootReactions  = "reactions"
	RootTags       = "tags"
	RootResponses  = "responses"
	RootNotes      = "notes"
)

// Keys within the roots' Maps. They are part of the stored format.
const (
	keyVersion = "v"
	keyTitle   = "title"

	keyRole    = "role"
	keySpeaker = "speaker"
	keyModel   = "model"
	keyKind    = "kind"

	keyStart  = "start"
	keyEnd    = "end"
	keyQuote  = "quote"
	keyExact  = "exact"
	keyPrefix = "prefix"
	keySuffix = "suffix"
	keyBy     = "by"
	keyAt     = "at"
	keyTags   = "tags"
	// keyRemoved is {by, at} of whoever took a highlight away. It stays in the Doc, hidden, so that
	// taking it back needs nobody to sign for another.
	keyRemoved = "removed"

	keyTarget   = "target"
	keyParent   = "parent"
	keyBody     = "body"
	keyDeleted  = "deleted"
	keyResolved = "resolved"

	keyName     = "name"
	keyColour   = "colour"
	keyPattern  = "pattern"
	keyGroup    = "group"
	keyPos      = "pos"
	keyLocked   = "locked"
	keyOrigin   = "origin"
	keyArchived = "archived"
)

// SharedResponse is the key of the response that everybody writes together.
const SharedResponse = "shared"

// Origins of a tag.
const (
	OriginClass = "class" // came with the conversation
	OriginOwn   = "own"   // made by somebody while reading
)

// A Turn is what one speaker said: the facts in turns and the Markdown between
// its marker and the next.
type Turn struct {
	ID       string // ten characters of a–z and 0–9; "" for text before any marker
	Role     string // user, assistant, system or tool
	Speaker  string
	Model    string
	Kind     string // message, thinking or tool
	Markdown string
}

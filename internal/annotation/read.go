package annotation

import (
	"maps"
	"slices"
	"strings"
	"time"

	"grimoire/internal/crdt"
)

// A Conversation is what a Doc says, taken apart.
type Conversation struct {
	Title      string
	Turns      []Turn      // in the order of the text
	Tags       []Tag       // by place
	Highlights []Highlight // by turn, then by time
	Comments   []Comment   // by time; a reply follows what it answers
	Responses  map[string]string
	Notes      string
}

// A Tag is a word people mark passages with.
type Tag struct {
	ID                           string
	Name, Colour, Pattern, Group string
	Pos                          string
	Locked, Archived             bool
	Origin                       string
}

// A Highlight is a marked passage.
type Highlight struct {
	ID                    string
	Exact, Prefix, Suffix string // the quote, and what stood around it
	By                    string // user id
	At                    time.Time
	Tags                  []string // tag ids
	Turn                  string   // id of the turn it begins in; "" when its text was deleted
}

// A Comment is said about a highlight, a turn or, as a reply, a comment.
type Comment struct {
	ID             string
	Target, Parent string
	By             string
	At             time.Time
	Body           string
	Deleted        bool
	ResolvedBy     string
	Reactions      map[string][]string // emoji → user ids
}

// Read takes doc apart. What has not the agreed shape is left out: any member
// can write anything into a Doc, and an export must not break on it.
func Read(doc *crdt.Doc) Conversation {
	title, _ := doc.Map(RootMeta).Get(keyTitle)
	c := Conversation{
		Title:     asString(title),
		Turns:     readTurns(doc),
		Tags:      readTags(doc),
		Comments:  readComments(doc),
		Responses: map[string]string{},
		Notes:     doc.Text(RootNotes).String(),
	}
	c.Highlights = readHighlights(doc, c.Turns)
	responses := doc.Map(RootResponses)
	for _, who := range responses.Keys() {
		if text, ok := get[*crdt.Text](responses, who); ok {
			c.Responses[who] = text.String()
		}
	}
	return c
}

func readTurns(doc *crdt.Doc) []Turn {
	facts := doc.Map(RootTurns)
	var turns []Turn
	for _, p := range cut(doc.Text(RootText).String()) {
		turn := Turn{ID: p.id, Markdown: p.markdown}
		if m := getMap(facts, p.id); m != nil {
			turn.Role, turn.Speaker = getString(m, keyRole), getString(m, keySpeaker)
			turn.Model, turn.Kind = getString(m, keyModel), getString(m, keyKind)
		}
		turns = append(turns, turn)
	}
	return turns
}

func readTags(doc *crdt.Doc) []Tag {
	var tags []Tag
	eachMap(doc.Map(RootTags), func(id string, m *crdt.Map) {
		tags = append(tags, Tag{
			ID: id, Name: getString(m, keyName), Colour: getString(m, keyColour),
			Pattern: getString(m, keyPattern), Group: getString(m, keyGroup), Pos: getString(m, keyPos),
			Locked: getBool(m, keyLocked), Archived: getBool(m, keyArchived), Origin: getString(m, keyOrigin),
		})
	})
	slices.SortStableFunc(tags, func(a, b Tag) int { return strings.Compare(a.Pos, b.Pos) })
	return tags
}

func readHighlights(doc *crdt.Doc, turns []Turn) []Highlight {
	order := map[string]int{"": len(turns)}
	for i, turn := range turns {
		order[turn.ID] = i
	}
	var highlights []Highlight
	var places []ends
	eachMap(doc.Map(RootHighlights), func(id string, m *crdt.Map) {
		if removed, _ := m.Get(keyRemoved); removed != nil && removed != false {
			return
		}
		h := Highlight{ID: id, By: getString(m, keyBy), At: getTime(m, keyAt)}
		h.Exact, h.Prefix, h.Suffix = readQuote(m)
		if tags := getMap(m, keyTags); tags != nil {
			h.Tags = tags.Keys()
			slices.Sort(h.Tags)
		}
		highlights, places = append(highlights, h), append(places, readEnds(m))
	})
	if len(highlights) > 0 {
		text := layoutOf(doc.Text(RootText))
		text.setTurns(highlights, places)
	}
	slices.SortStableFunc(highlights, func(a, b Highlight) int {
		if d := order[a.Turn] - order[b.Turn]; d != 0 {
			return d
		}
		return a.At.Compare(b.At)
	})
	return highlights
}

// readQuote returns what a highlight quotes, and what stood around it.
func readQuote(m *crdt.Map) (exact, prefix, suffix string) {
	quote, _ := m.Get(keyQuote)
	switch q := quote.(type) {
	case map[string]any:
		return asString(q[keyExact]), asString(q[keyPrefix]), asString(q[keySuffix])
	case *crdt.Map:
		return getString(q, keyExact), getString(q, keyPrefix), getString(q, keySuffix)
	}
	return "", "", ""
}

func readComments(doc *crdt.Doc) []Comment {
	reactions := readReactions(doc)
	var comments []Comment
	eachMap(doc.Map(RootComments), func(id string, m *crdt.Map) {
		c := Comment{
			ID: id, Target: getString(m, keyTarget), Parent: getString(m, keyParent),
			By: getString(m, keyBy), At: getTime(m, keyAt), Reactions: reactions[id],
		}
		deleted, _ := m.Get(keyDeleted)
		c.Deleted = deleted != nil && deleted != false
		if body, ok := get[*crdt.Text](m, keyBody); ok && !c.Deleted {
			c.Body = body.String()
		}
		resolved, _ := m.Get(keyResolved)
		if by, ok := resolved.(map[string]any); ok {
			c.ResolvedBy = asString(by[keyBy])
		}
		comments = append(comments, c)
	})
	slices.SortStableFunc(comments, func(a, b Comment) int { return a.At.Compare(b.At) })
	return comments
}

// readReactions returns comment id → emoji → user ids.
func readReactions(doc *crdt.Doc) map[string]map[string][]string {
	out := map[string]map[string][]string{}
	root := doc.Map(RootReactions)
	for _, key := range slices.Sorted(slices.Values(root.Keys())) {
		comment, user, emoji, ok := splitReaction(key)
		if !ok {
			continue
		}
		if out[comment] == nil {
			out[comment] = map[string][]string{}
		}
		out[comment][emoji] = append(out[comment][emoji], user)
	}
	return out
}

// splitReaction takes a key of reactions apart: comment|user|emoji.
func splitReaction(key string) (comment, user, emoji string, ok bool) {
	parts := strings.SplitN(key, "|", 3)
	if len(parts) != 3 {
		return "", "", "", false
	}
	return parts[0], parts[1], parts[2], true
}

// eachMap calls do for every Map in root, by key.
func eachMap(root *crdt.Map, do func(id string, m *crdt.Map)) {
	for _, id := range slices.Sorted(slices.Values(root.Keys())) {
		if m := getMap(root, id); m != nil {
			do(id, m)
		}
	}
}

// get returns the value at key if it has the type T.
func get[T any](m *crdt.Map, key string) (T, bool) {
	v, _ := m.Get(key)
	t, ok := v.(T)
	return t, ok
}

func getMap(m *crdt.Map, key string) *crdt.Map {
	child, _ := get[*crdt.Map](m, key)
	return child
}

func getString(m *crdt.Map, key string) string {
	v, _ := m.Get(key)
	return asString(v)
}

func getBool(m *crdt.Map, key string) bool {
	b, _ := get[bool](m, key)
	return b
}

// latest is the last moment of year 9999: what lies behind cannot be written
// in an export.
const latest = 253_402_300_799_999

// getTime reads milliseconds since 1970, which a browser may have sent as an
// integer or as a float. What is no such number is the zero time.
func getTime(m *crdt.Map, key string) time.Time {
	v, _ := m.Get(key)
	var ms float64
	switch v := v.(type) {
	case int64:
		ms = float64(v)
	case int:
		ms = float64(v)
	case float64:
		ms = v
	}
	if !(ms > 0 && ms <= latest) {
		return time.Time{}
	}
	return time.UnixMilli(int64(ms)).UTC()
}

func asString(v any) string {
	s, _ := v.(string)
	return s
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// JSON writes c as described in the package documentation.
func JSON(c Conversation) ([]byte, error) {
	c.ExportedAt = c.ExportedAt.UTC()
	c.Turns = list(c.Turns)
	c.Responses = list(c.Responses)
	c.Highlights = list(c.Highlights)
	for i := range c.Highlights {
		h := &c.Highlights[i]
		h.At, h.Tags = h.At.UTC(), list(h.Tags)
	}
	c.Comments = list(c.Comments)
	for i := range c.Comments {
		at := &c.Comments[i]
		at.At = at.At.UTC()
		if at.Reactions == nil {
			at.Reactions = map[string][]string{}
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
		Conversation
	}{Format, Version, c})
	if err != nil { // a time after the year 9999
		return nil, fmt.Errorf("encode conversation: %w", err)
	}
	return out.Bytes(), nil
}

// list is a copy that is an empty array in JSON where s is nil.
func list[T any](s []T) []T { return append(make([]T, 0, len(s)), s...) }

// day writes a time for people. Exports go to readers in unknown places, so it
// says the zone.
func day(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

package classroom

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"grimoire/internal/annotation"
	"grimoire/internal/auth"
	"grimoire/internal/crdt"
	"grimoire/internal/export"
	"grimoire/internal/models"
)

// A File is a document to hand out.
type File struct {
	Name string
	Type string // media type
	Body []byte
}

// Export returns a conversation with all that was written about it, as
// "markdown" or "json".
func (c *Classroom) Export(ctx context.Context, actor auth.Actor, id uuid.UUID, format string) (File, error) {
	row, resource, err := c.findConversation(ctx, c.db.Read, actor, auth.Export, id)
	if err != nil {
		return File{}, err
	}
	if err := c.noteReveal(ctx, actor, row, resource); err != nil {
		return File{}, err
	}
	var said annotation.Conversation
	err = c.rooms.View(ctx, id, func(doc *crdt.Doc) error {
		said = annotation.Read(doc)
		return nil
	})
	if err != nil {
		return File{}, damaged(err)
	}
	names, err := c.names(ctx, row.ClassID)
	if err != nil {
		return File{}, err
	}
	document := compose(row, said, names)
	document.ExportedAt = c.now()
	name := fileName(row.Title)
	switch format {
	case "markdown":
		return File{name + ".md", "text/markdown; charset=utf-8", export.Markdown(document)}, nil
	case "json":
		body, err := export.JSON(document)
		return File{name + ".json", "application/json", body}, err
	}
	return File{}, invalid("format", "A conversation is exported as markdown or json.")
}

// names returns the names under which a class knows its members, by user id.
func (c *Classroom) names(ctx context.Context, class uuid.UUID) (map[string]string, error) {
	members, err := models.ListEnrolments(ctx, c.db.Read, class)
	names := make(map[string]string, len(members))
	for _, m := range members {
		names[m.UserID.String()] = m.User.DisplayName
	}
	return names, err
}

// formerMember stands for whoever wrote something and has left the class.
const formerMember = "Former member"

// compose puts names where a Doc has ids.
func compose(row *models.Conversation, said annotation.Conversation, names map[string]string) export.Conversation {
	person := func(id string) string {
		if name := names[id]; name != "" || id == "" {
			return name
		}
		return formerMember
	}
	tags := map[string]string{}
	for _, tag := range said.Tags {
		tags[tag.ID] = tag.Name
	}
	out := export.Conversation{Title: row.Title, Class: row.Class.Name, Owner: row.Owner.DisplayName, Source: row.Source, Notes: said.Notes}
	for _, t := range said.Turns {
		out.Turns = append(out.Turns, export.Turn(t))
	}
	for _, h := range said.Highlights {
		highlight := export.Highlight{ID: h.ID, Turn: h.Turn, Quote: h.Exact, By: person(h.By), At: h.At}
		for _, tag := range h.Tags {
			if name := tags[tag]; name != "" {
				highlight.Tags = append(highlight.Tags, name)
			}
		}
		out.Highlights = append(out.Highlights, highlight)
	}
	for _, m := range said.Comments {
		comment := export.Comment{ID: m.ID, Target: m.Target, Parent: m.Parent, By: person(m.By), At: m.At, Body: m.Body,
			Deleted: m.Deleted, ResolvedBy: person(m.ResolvedBy), Reactions: map[string][]string{}}
		for emoji, users := range m.Reactions {
			for _, user := range users {
				comment.Reactions[emoji] = append(comment.Reactions[emoji], person(user))
			}
		}
		out.Comments = append(out.Comments, comment)
	}
	for _, who := range slices.Sorted(maps.Keys(said.Responses)) {
		response := export.Response{Markdown: said.Responses[who]}
		if who != annotation.SharedResponse {
			response.By = person(who)
		}
		out.Responses = append(out.Responses, response)
	}
	return out
}

// fileName returns a title as a name that every file system takes.
func fileName(title string) string {
	name := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_' {
			return r
		}
		return ' '
	}, title)
	name = truncate(strings.Join(strings.Fields(name), "-"), 80)
	if name == "" {
		return "conversation"
	}
	return name
}

package classroom

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"grimoire/internal/annotation"
	"grimoire/internal/auth"
	"grimoire/internal/models"
	"grimoire/internal/transcript"
)

// A Turn is one contribution to a conversation, as it is read and as it is added.
type Turn struct {
	Role     transcript.Role `json:"role" enum:"user,assistant,system,tool"`
	Speaker  string          `json:"speaker" maxLength:"200" doc:"A name; empty where only the role is known"`
	Model    string          `json:"model" maxLength:"200"`
	Kind     transcript.Kind `json:"kind" enum:"message,thinking,tool"`
	Markdown string          `json:"markdown"`
}

// A PreviewRequest is what somebody pasted or dropped.
type PreviewRequest struct {
	HTML     string `json:"html,omitempty" doc:"The clipboard's HTML flavour"`
	Text     string `json:"text,omitempty" doc:"Its text flavour, or the content of a file"`
	Filename string `json:"filename,omitempty" maxLength:"255"`
	As       string `json:"as,omitempty" enum:"plain" doc:"plain: look for no speakers"`
}

// A Preview is how a conversation was read. Nothing is kept of it.
type Preview struct {
	Title       string                 `json:"title"`
	Source      string                 `json:"source" doc:"Machine word, such as chatgpt or plain"`
	SourceLabel string                 `json:"source_label" doc:"The same for people"`
	Turns       []Turn                 `json:"turns"`
	Warnings    []models.ImportWarning `json:"warnings"`
	Dropped     []models.ImportDropped `json:"dropped"`
}

// A ConversationCreate adds a conversation to a class: what was pasted, and
// the turns that were made of it.
type ConversationCreate struct {
	models.ConversationCreate
	Turns []Turn `json:"turns" minItems:"1" maxItems:"20000"`
}

// maxTurns bounds the turns of a conversation, as ConversationCreate does.
const maxTurns = 20_000

// Preview reads what somebody pasted. The worst 8 MB keep one core busy for seconds:
// half of the cores read, the rooms have the others, and who comes meanwhile waits
// until ctx is done.
func (c *Classroom) Preview(ctx context.Context, _ auth.Actor, r PreviewRequest) (Preview, error) {
	select {
	case c.reading <- struct{}{}:
		defer func() { <-c.reading }()
	case <-ctx.Done():
		return Preview{}, ctx.Err()
	}
	read, err := transcript.Parse(transcript.Source{HTML: r.HTML, Text: r.Text, Filename: r.Filename, AsPlain: r.As == "plain"})
	switch {
	case errors.Is(err, transcript.ErrTooLarge):
		return Preview{}, fail(TooLarge, "This is larger than 8 MB. Cut it into parts and add each of them.", err)
	case errors.Is(err, transcript.ErrEmpty):
		return Preview{}, fail(Invalid, "There is no text in this. Copy the conversation and paste it again.", err)
	case err != nil:
		return Preview{}, err
	case len(read.Turns) > maxTurns:
		return Preview{}, fail(TooLarge, "This has more than 20,000 turns. Cut it into parts and add each of them.", nil)
	}
	preview := Preview{
		Title: read.Title, Source: read.Source, SourceLabel: read.SourceLabel,
		Turns: []Turn{}, Warnings: []models.ImportWarning{}, Dropped: []models.ImportDropped{},
	}
	for _, turn := range read.Turns {
		preview.Turns = append(preview.Turns, Turn(turn))
	}
	for _, warning := range read.Warnings {
		preview.Warnings = append(preview.Warnings, models.ImportWarning(warning))
	}
	for _, dropped := range read.Dropped {
		preview.Dropped = append(preview.Dropped, models.ImportDropped(dropped))
	}
	return preview, nil
}

// Import adds a conversation to a class. Its Doc is seeded here, once, in the
// transaction that makes the row. Only the operator adds conversations of others.
func (c *Classroom) Import(ctx context.Context, actor auth.Actor, classID, owner uuid.UUID, r ConversationCreate) (models.ConversationRead, error) {
	title, err := cleanName("title", r.Title, maxTitle)
	if err != nil {
		return models.ConversationRead{}, err
	}
	turns, err := seedTurns(r)
	if err != nil {
		return models.ConversationRead{}, err
	}
	state, err := annotation.Seed(c.random, title, turns)
	if err != nil {
		return models.ConversationRead{}, err
	}
	row := &models.Conversation{
		ConversationFields: r.ConversationFields,
		ClassID:            classID,
		OwnerID:            owner,
		ImportReport:       report(r.Report, len(turns)),
		Generation:         1,
		RawText:            storable(r.RawText),
		CRDTState:          state,
	}
	row.ID, row.CreatedAt = models.NewID(), c.now()
	row.Title = title
	var read models.ConversationRead
	err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		class, err := c.findClass(ctx, tx, actor, auth.Import, classID)
		if err != nil {
			return err
		}
		if owner != actor.UserID {
			if err := c.checkOwner(ctx, tx, actor, classID, owner); err != nil {
				return err
			}
		}
		if row.Visibility == "" {
			row.Visibility = class.Settings.DefaultVisibility
		}
		if err := models.InsertConversations(ctx, tx, row); err != nil {
			return err
		}
		if err := c.audit(ctx, tx, actor, "import", classID, row.ID); err != nil {
			return err
		}
		read, err = c.readConversation(ctx, tx, actor, row.ID)
		return err
	})
	return read, err
}

// checkOwner refuses to give a conversation to somebody who is not in the class.
func (c *Classroom) checkOwner(ctx context.Context, tx bun.Tx, actor auth.Actor, class, owner uuid.UUID) error {
	if !actor.Operator {
		return fail(Forbidden, "You can add conversations of your own only.", nil)
	}
	_, err := models.GetEnrolment(ctx, tx, class, owner)
	return missing(err, "The owner is not in this class.")
}

// seedTurns checks what is to become of a conversation's text.
func seedTurns(r ConversationCreate) ([]annotation.Turn, error) {
	size := 0
	var turns []annotation.Turn
	for _, turn := range r.Turns {
		if strings.IndexFunc(turn.Markdown, visible) < 0 {
			continue
		}
		size += len(turn.Markdown)
		turns = append(turns, annotation.Turn{
			Role: string(turn.Role), Speaker: turn.Speaker, Model: turn.Model, Kind: string(turn.Kind), Markdown: turn.Markdown,
		})
	}
	switch {
	case len(turns) == 0:
		return nil, invalid("turns", "There is no text in this conversation.")
	case size > transcript.MaxBytes || len(r.RawText) > transcript.MaxBytes:
		return nil, fail(TooLarge, "This conversation is larger than 8 MB. Cut it into parts and add each of them.", nil)
	}
	return turns, nil
}

// report completes what an import made of what it was given.
func report(r models.ImportReport, turns int) models.ImportReport {
	r.Turns = turns
	if r.Warnings == nil {
		r.Warnings = []models.ImportWarning{}
	}
	if r.Dropped == nil {
		r.Dropped = []models.ImportDropped{}
	}
	return r
}

// storable returns s without the little that a database cannot keep.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "")
}

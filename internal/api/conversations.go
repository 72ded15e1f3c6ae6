package api

import (
	"context"
	"mime"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"grimoire/internal/auth"
	"grimoire/internal/classroom"
	"grimoire/internal/models"
)

type (
	ConversationInput struct {
		ID uuid.UUID `path:"id" format:"uuid" doc:"Of the conversation"`
	}
	conversationOutput struct {
		Body models.ConversationRead
	}
	exportInput struct {
		ConversationInput
		Format string `query:"format" enum:"markdown,json" default:"markdown"`
	}
	fileOutput struct {
		ContentType        string `header:"Content-Type" hidden:"true"`
		ContentDisposition string `header:"Content-Disposition"`
		Body               []byte
	}
	conversationList struct {
		Conversations []models.ConversationItem `json:"conversations"`
	}
)

const (
	conversations = "conversations"

	// uploadTime is how long a large body may take on bad Wi-Fi.
	uploadTime = time.Minute
)

func (s *server) conversationRoutes(api huma.API) {
	signedIn(s, api, operation("GET", "/classes/{id}/conversations", "listConversations", "The conversations of a class that one may see", conversations, 200), s.listConversations)
	signedIn(s, api, large(operation("POST", "/classes/{id}/conversations", "importConversation", "Add a conversation to a class", conversations, 201), maxConversation), s.importConversation)
	signedIn(s, api, large(operation("POST", "/import/preview", "previewImport", "Read what was pasted, without keeping anything", conversations, 200), maxPreview), s.previewImport)
	signedIn(s, api, operation("GET", "/conversations/{id}", "getConversation", "One conversation and what one may do in it", conversations, 200), s.getConversation)
	signedIn(s, api, operation("PATCH", "/conversations/{id}", "updateConversation", "Rename, show, hide, freeze or thaw a conversation", conversations, 200), s.updateConversation)
	signedIn(s, api, operation("DELETE", "/conversations/{id}", "deleteConversation", "Delete a conversation", conversations, 204), s.deleteConversation)

	export := operation("GET", "/conversations/{id}/export", "exportConversation", "A conversation with its annotations, as a file", conversations, 200)
	export.Responses = map[string]*huma.Response{
		"200": {Description: "The file", Content: map[string]*huma.MediaType{
			"text/markdown":    {Schema: &huma.Schema{Type: huma.TypeString}},
			"application/json": {Schema: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}},
		}},
	}
	signedIn(s, api, export, s.exportConversation)
}

// large lets an operation read a body of up to limit bytes.
func large(op huma.Operation, limit int64) huma.Operation {
	op.MaxBodyBytes, op.BodyReadTimeout = limit, uploadTime
	return op
}

func (s *server) listConversations(ctx context.Context, actor auth.Actor, in *ClassInput) (*struct{ Body conversationList }, error) {
	list, err := s.classroom.Conversations(ctx, actor, in.ID)
	return &struct{ Body conversationList }{conversationList{list}}, err
}

func (s *server) importConversation(ctx context.Context, actor auth.Actor, in *struct {
	ClassInput
	Body classroom.ConversationCreate
}) (*conversationOutput, error) {
	conversation, err := s.classroom.Import(ctx, actor, in.ID, actor.UserID, in.Body)
	return &conversationOutput{conversation}, err
}

func (s *server) previewImport(ctx context.Context, actor auth.Actor, in *struct{ Body classroom.PreviewRequest }) (*struct{ Body classroom.Preview }, error) {
	preview, err := s.classroom.Preview(ctx, actor, in.Body)
	return &struct{ Body classroom.Preview }{preview}, err
}

func (s *server) getConversation(ctx context.Context, actor auth.Actor, in *ConversationInput) (*conversationOutput, error) {
	conversation, err := s.classroom.Conversation(ctx, actor, in.ID)
	return &conversationOutput{conversation}, err
}

func (s *server) updateConversation(ctx context.Context, actor auth.Actor, in *struct {
	ConversationInput
	Body models.ConversationUpdate
}) (*conversationOutput, error) {
	conversation, err := s.classroom.UpdateConversation(ctx, actor, in.ID, in.Body)
	return &conversationOutput{conversation}, err
}

func (s *server) deleteConversation(ctx context.Context, actor auth.Actor, in *ConversationInput) (*none, error) {
	return nil, s.classroom.DeleteConversation(ctx, actor, in.ID)
}

func (s *server) exportConversation(ctx context.Context, actor auth.Actor, in *exportInput) (*fileOutput, error) {
	file, err := s.classroom.Export(ctx, actor, in.ID, in.Format)
	if err != nil {
		return nil, err
	}
	return &fileOutput{
		ContentType:        file.Type,
		ContentDisposition: mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}),
		Body:               file.Body,
	}, nil
}

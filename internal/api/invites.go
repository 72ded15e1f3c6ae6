package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"grimoire/internal/auth"
	"grimoire/internal/classroom"
	"grimoire/internal/models"
)

type (
	inviteInput struct {
		ID uuid.UUID `path:"id" format:"uuid" doc:"Of the invite"`
	}
	// ClassCode is the short code of a class, to be read aloud.
	ClassCode struct {
		Code          *string    `json:"code" doc:"Seven characters, such as K7QM2XR; null when none is open"`
		CodeURL       *string    `json:"code_url"`
		CodeExpiresAt *time.Time `json:"code_expires_at"`
	}
	inviteList struct {
		Invites []models.InviteRead `json:"invites"`
		ClassCode
	}
	newInvite struct {
		Invite models.InviteRead `json:"invite"`
		URL    string            `json:"url" doc:"The link to hand out. It is shown this once"`
		QRSVG  string            `json:"qr_svg" doc:"The link as a drawing"`
		ClassCode
	}
	welcome struct {
		ClassID        uuid.UUID       `json:"class_id" format:"uuid"`
		ConversationID *uuid.UUID      `json:"conversation_id" format:"uuid" nullable:"true" doc:"What the invite opens; null for the class"`
		ReturnCode     *string         `json:"return_code" doc:"What brings a guest back on another device. It is shown this once"`
		Me             models.UserRead `json:"me"`
	}
	joinOutput struct {
		SetCookie []http.Cookie `header:"Set-Cookie" hidden:"true"`
		Body      welcome
	}
	returned struct {
		ClassID uuid.UUID       `json:"class_id" format:"uuid"`
		Me      models.UserRead `json:"me"`
	}
	returnOutput struct {
		SetCookie http.Cookie `header:"Set-Cookie" hidden:"true"`
		Body      returned
	}
)

const invites = "invites"

func (s *server) inviteRoutes(api huma.API) {
	signedIn(s, api, operation("GET", "/classes/{id}/invites", "listInvites", "The invites of a class and its short code", invites, 200), s.listInvites)
	signedIn(s, api, operation("POST", "/classes/{id}/invites", "createInvite", "Make an invite link", invites, 201), s.createInvite)
	signedIn(s, api, operation("DELETE", "/invites/{id}", "revokeInvite", "Make an invite link useless", invites, 204), s.revokeInvite)
	signedIn(s, api, operation("POST", "/classes/{id}/code", "rotateCode", "Replace the short code of a class", invites, 200), s.rotateCode)
	open(s, api, operation("POST", "/join/look", "lookAtInvite", "What an invite leads to", invites, 200), s.lookAtInvite)
	open(s, api, operation("POST", "/join", "join", "Join a class, as oneself or as a guest", invites, 200), s.join)
	open(s, api, operation("POST", "/return", "returnAsGuest", "Come back as a guest with a return code", invites, 200), s.returnAsGuest)
}

func (s *server) listInvites(ctx context.Context, actor auth.Actor, in *ClassInput) (*struct{ Body inviteList }, error) {
	list, code, err := s.classroom.Invites(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body inviteList }{inviteList{list, s.shapeCode(ctx, code)}}, nil
}

func (s *server) createInvite(ctx context.Context, actor auth.Actor, in *struct {
	ClassInput
	Body models.InviteCreate
}) (*struct{ Body newInvite }, error) {
	made, err := s.classroom.CreateInvite(ctx, actor, in.ID, in.Body)
	if err != nil {
		return nil, err
	}
	url := s.originOf(ctx) + "/j/#" + made.Token.Reveal()
	drawing, err := drawQR(url)
	if err != nil {
		return nil, err
	}
	return &struct{ Body newInvite }{newInvite{made.Invite, url, drawing, s.shapeCode(ctx, made.Code)}}, nil
}

func (s *server) revokeInvite(ctx context.Context, actor auth.Actor, in *inviteInput) (*none, error) {
	return nil, s.classroom.RevokeInvite(ctx, actor, in.ID)
}

func (s *server) rotateCode(ctx context.Context, actor auth.Actor, in *ClassInput) (*struct{ Body ClassCode }, error) {
	code, err := s.classroom.RotateCode(ctx, actor, in.ID)
	return &struct{ Body ClassCode }{s.shapeCode(ctx, code)}, err
}

func (s *server) lookAtInvite(ctx context.Context, who caller, in *struct{ Body classroom.Ticket }) (*struct{ Body classroom.Look }, error) {
	look, err := s.classroom.LookAtInvite(ctx, in.Body, who.device())
	return &struct{ Body classroom.Look }{look}, err
}

// join takes whoever is signed in along; a session that has ended counts as
// none, since the person stands at the door with a valid invite.
func (s *server) join(ctx context.Context, who caller, in *struct{ Body classroom.JoinRequest }) (*joinOutput, error) {
	actor, err := s.classroom.Authenticate(ctx, who.token)
	if err != nil && !isSignedOut(err) {
		return nil, err
	}
	joined, err := s.classroom.Join(ctx, actor, in.Body, who.device())
	if err != nil {
		return nil, err
	}
	out := &joinOutput{Body: welcome{ClassID: joined.ClassID, ConversationID: joined.ConversationID, Me: joined.Me}}
	if joined.Session.Token != "" {
		out.SetCookie = []http.Cookie{s.cookieOf(joined.Session)}
		code := joined.ReturnCode.Reveal()
		out.Body.ReturnCode = &code
	}
	return out, nil
}

func (s *server) returnAsGuest(ctx context.Context, who caller, in *struct{ Body classroom.ReturnRequest }) (*returnOutput, error) {
	back, err := s.classroom.Return(ctx, in.Body, who.device())
	if err != nil {
		return nil, err
	}
	return &returnOutput{s.cookieOf(back.Session), returned{back.ClassID, back.Session.Me}}, nil
}

func (s *server) shapeCode(ctx context.Context, code classroom.ShortCode) ClassCode {
	if code.Code == "" {
		return ClassCode{}
	}
	url := s.originOf(ctx) + "/j/" + code.Spoken()
	return ClassCode{&code.Code, &url, &code.ExpiresAt}
}

// originOf returns the origin of links handed out in answer to the request.
func (s *server) originOf(ctx context.Context) string {
	who, _ := ctx.Value(callerKey{}).(caller)
	return who.origin
}

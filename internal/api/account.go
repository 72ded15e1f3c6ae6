package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"grimoire/internal/auth"
	"grimoire/internal/classroom"
	"grimoire/internal/models"
)

type (
	none struct{}

	setupState struct {
		Needed bool `json:"needed" doc:"No administrator exists yet"`
	}
	sessionState struct {
		Me *models.UserRead `json:"me,omitempty" doc:"Who is signed in; nobody without"`
	}
	meOutput struct {
		Body models.UserRead
	}
	// signedInOutput is Me with the cookie of a new session.
	signedInOutput struct {
		SetCookie http.Cookie `header:"Set-Cookie" hidden:"true"`
		Body      models.UserRead
	}
	signedOutOutput struct {
		SetCookie     http.Cookie `header:"Set-Cookie" hidden:"true"`
		ClearSiteData string      `header:"Clear-Site-Data" hidden:"true"`
	}
	sessionInput struct {
		ID uuid.UUID `path:"id" format:"uuid" doc:"Of the session"`
	}
)

const account = "account"

func (s *server) accountRoutes(api huma.API) {
	open(s, api, operation("GET", "/setup", "getSetup", "Ask whether the first administrator is still missing", account, 200), s.getSetup)
	open(s, api, operation("POST", "/setup", "setUp", "Make the first administrator with the link the server printed", account, 200), s.setUp)
	open(s, api, operation("GET", "/session", "getSession", "Ask who is signed in, if anybody is", account, 200), s.getSession)
	open(s, api, operation("POST", "/session", "signIn", "Sign in with an e-mail address or name and a passphrase", account, 200), s.signIn)
	signedIn(s, api, operation("DELETE", "/session", "signOut", "End this session", account, 204), s.signOut)
	signedIn(s, api, operation("DELETE", "/sessions/{id}", "endSession", "Sign out on one of one's own devices; getMe lists them", account, 204), s.endSession)
	signedIn(s, api, operation("GET", "/me", "getMe", "Who is signed in", account, 200), s.getMe)
	signedIn(s, api, operation("PATCH", "/me", "updateMe", "Change one's own name, e-mail address or passphrase", account, 200), s.updateMe)
}

func (s *server) getSetup(ctx context.Context, _ caller, _ *none) (*struct{ Body setupState }, error) {
	needed, err := s.classroom.SetupNeeded(ctx)
	return &struct{ Body setupState }{setupState{needed}}, err
}

func (s *server) setUp(ctx context.Context, who caller, in *struct{ Body classroom.SetupRequest }) (*signedInOutput, error) {
	session, err := s.classroom.Setup(ctx, in.Body, who.device())
	if err != nil {
		return nil, err
	}
	return s.welcome(session), nil
}

// getSession is what a page asks at its start: nobody is an answer like any
// other there, and no fault.
func (s *server) getSession(ctx context.Context, who caller, _ *none) (*struct{ Body sessionState }, error) {
	actor, err := s.classroom.Authenticate(ctx, who.token)
	if isSignedOut(err) {
		return &struct{ Body sessionState }{}, nil
	}
	if err != nil {
		return nil, err
	}
	me, err := s.classroom.Me(ctx, actor)
	return &struct{ Body sessionState }{sessionState{&me}}, err
}

func (s *server) signIn(ctx context.Context, who caller, in *struct{ Body classroom.SignInRequest }) (*signedInOutput, error) {
	session, err := s.classroom.SignIn(ctx, in.Body, who.device())
	if err != nil {
		return nil, err
	}
	return s.welcome(session), nil
}

func (s *server) signOut(ctx context.Context, actor auth.Actor, _ *none) (*signedOutOutput, error) {
	if err := s.classroom.SignOut(ctx, actor); err != nil {
		return nil, err
	}
	return &signedOutOutput{SetCookie: *s.cookies.Clear(), ClearSiteData: `"cache", "storage"`}, nil
}

func (s *server) endSession(ctx context.Context, actor auth.Actor, in *sessionInput) (*none, error) {
	return nil, s.classroom.EndSession(ctx, actor, in.ID)
}

func (s *server) getMe(ctx context.Context, actor auth.Actor, _ *none) (*meOutput, error) {
	me, err := s.classroom.Me(ctx, actor)
	return &meOutput{me}, err
}

func (s *server) updateMe(ctx context.Context, actor auth.Actor, in *struct{ Body classroom.MeUpdate }) (*meOutput, error) {
	me, err := s.classroom.UpdateMe(ctx, actor, in.Body)
	return &meOutput{me}, err
}

func (s *server) welcome(session classroom.Session) *signedInOutput {
	return &signedInOutput{SetCookie: s.cookieOf(session), Body: session.Me}
}

func (s *server) cookieOf(session classroom.Session) http.Cookie {
	return *s.cookies.Set(session.Token, session.SharedComputer)
}

func (c caller) device() classroom.Device {
	return classroom.Device{Address: c.address, UserAgent: c.userAgent}
}

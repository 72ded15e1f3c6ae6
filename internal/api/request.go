package api

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"runtime/debug"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"grimoire/internal/auth"
	"grimoire/internal/classroom"
)

// Bounds of request bodies, in bytes. JSON can double what it carries, and a
// conversation to add carries what was pasted twice: as it was, and as turns.
const (
	maxBody         = 1 << 20
	maxPreview      = 2 * transcript
	maxConversation = 4 * transcript

	transcript = 8 << 20 // the largest conversation that is imported
)

// largeAtOnce is how many requests with large bodies are read at the same
// time, so that many of them take memory one after the other.
const largeAtOnce = 4

// bounded refuses a body before it is read: one that is too large or no JSON,
// and a large one of whoever is not signed in.
func (s *server) bounded() func(huma.Context, func(huma.Context)) {
	large := make(chan struct{}, largeAtOnce)
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		limit := ctx.Operation().MaxBodyBytes
		if ctx.Operation().RequestBody == nil || r.ContentLength == 0 {
			next(ctx)
			return
		}
		if r.ContentLength > limit {
			writeProblem(w, newProblem(http.StatusRequestEntityTooLarge, "too_large", tooLarge))
			return
		}
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
			writeProblem(w, newProblem(http.StatusUnsupportedMediaType, "wrong_content_type", wantJSON))
			return
		}
		if limit > maxBody {
			if _, err := s.classroom.Authenticate(r.Context(), s.cookies.Token(r)); err != nil {
				writeProblem(w, s.problem(r.Context(), err))
				return
			}
			select {
			case large <- struct{}{}:
				defer func() { <-large }()
			case <-r.Context().Done():
				return
			}
		}
		next(ctx)
	}
}

// sameOrigin refuses requests that change something and come from a page of
// another origin.
func (s *server) sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, newProblem(http.StatusForbidden, "cross_origin", "This request came from another site and was refused."))
	}))
	return protection.Handler(next)
}

// A caller is what the HTTP request says about who sends it.
type caller struct {
	token     auth.Token
	address   string // see addressOf
	userAgent string
	origin    string
}

type callerKey struct{}

// identify keeps the caller beside the request until the handler asks for it,
// and the answer out of caches, which other people may share.
func (s *server) identify(ctx huma.Context, next func(huma.Context)) {
	r, _ := humago.Unwrap(ctx)
	ctx.SetHeader("Cache-Control", "no-store")
	next(huma.WithValue(ctx, callerKey{}, caller{
		token:     s.cookies.Token(r),
		address:   s.addressOf(r),
		userAgent: r.UserAgent(),
		origin:    s.origin(r),
	}))
}

// open registers an operation for whoever asks, signed in or not. A panic is a
// fault of ours like any other: one request breaks, with a reference.
func open[I, O any](s *server, api huma.API, op huma.Operation, handle func(context.Context, caller, *I) (*O, error)) {
	huma.Register(api, op, func(ctx context.Context, in *I) (out *O, err error) {
		defer func() {
			if broken := recover(); broken != nil {
				err = fmt.Errorf("panic: %v\n%s", broken, debug.Stack())
			}
			if err != nil {
				out, err = nil, s.problem(ctx, err)
			}
		}()
		who, _ := ctx.Value(callerKey{}).(caller)
		return handle(ctx, who, in)
	})
}

// isSignedOut reports whether err says that nobody is signed in.
func isSignedOut(err error) bool {
	return errors.Is(err, &classroom.Error{Code: classroom.Unauthenticated})
}

// signedIn registers an operation for people with a session; others get 401.
func signedIn[I, O any](s *server, api huma.API, op huma.Operation, handle func(context.Context, auth.Actor, *I) (*O, error)) {
	open(s, api, op, func(ctx context.Context, who caller, in *I) (*O, error) {
		actor, err := s.classroom.Authenticate(ctx, who.token)
		if err != nil {
			return nil, err
		}
		return handle(ctx, actor, in)
	})
}

// operation returns the declaration of a route. A method that is not safe has
// the status given for its success.
func operation(method, path, id, summary, tag string, status int) huma.Operation {
	return huma.Operation{
		OperationID:   id,
		Method:        method,
		Path:          "/api" + path,
		Summary:       summary,
		Tags:          []string{tag},
		DefaultStatus: status,
		MaxBodyBytes:  maxBody,
	}
}

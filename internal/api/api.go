// Package api knows HTTP: the routes under /api, their shapes on the wire, and
// what surrounds every answer.
//
//	request ─ security headers ─ origin check ─┬─ /api/…  size and type ─ shape ─ who asks ─ classroom
//	                                           ├─ /ws/conversations/{id} ─ rooms
//	                                           ├─ /healthz
//	                                           └─ anything else ─ the browser client
//
// A handler here turns a request into one call of classroom and its result into
// a shape; it decides nothing. Refusals are problems (problem.go) with a
// sentence for people. The OpenAPI document is made of the same declarations
// that serve, and the browser's types are made of the document.
package api

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/netip"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"grimoire/internal/auth"
	"grimoire/internal/classroom"
)

// Options of New. Handlers that are nil are not mounted.
type Options struct {
	Classroom *classroom.Classroom
	Logger    *slog.Logger
	Secure    bool                         // browsers reach the server over TLS
	Origin    func(r *http.Request) string // of links that are handed out, such as https://grimoire.example
	Healthy   func(r *http.Request) error  // nil: healthy while it answers
	Web       http.Handler                 // the browser client
	WS        http.Handler                 // GET /ws/conversations/{id}

	// TrustedProxies are the reverse proxies whose X-Forwarded-For says who asks, so
	// that limits tell the people behind them apart. None: nobody's is believed.
	TrustedProxies []netip.Prefix
}

type server struct {
	classroom *classroom.Classroom
	logger    *slog.Logger
	cookies   auth.Cookies
	origin    func(r *http.Request) string
	healthy   func(r *http.Request) error
	trusted   []netip.Prefix
}

// New returns the handler of the whole server.
func New(o Options) http.Handler {
	s := &server{
		classroom: o.Classroom,
		logger:    o.Logger,
		cookies:   auth.Cookies{Secure: o.Secure},
		origin:    o.Origin,
		healthy:   o.Healthy,
		trusted:   o.TrustedProxies,
	}
	mux := http.NewServeMux()
	s.register(mux)
	mux.HandleFunc("/api/", s.unknown)
	mux.HandleFunc("GET /healthz", s.health)
	if o.WS != nil {
		mux.Handle("GET /ws/conversations/{id}", o.WS)
	}
	if o.Web != nil {
		mux.Handle("/", o.Web)
	}
	return s.secured(s.sameOrigin(mux))
}

// OpenAPI returns the OpenAPI 3.1 document of the API as JSON.
func OpenAPI() ([]byte, error) {
	document := new(server).register(http.NewServeMux()).OpenAPI()
	return json.MarshalIndent(document, "", "  ")
}

// register adds every route under /api to mux.
func (s *server) register(mux *http.ServeMux) huma.API {
	config := huma.DefaultConfig("Grimoire", "1")
	config.Info.Description = "What the browser client of Grimoire uses. " +
		"The session is a cookie; unsafe methods are accepted from the server's own pages only. " +
		"What people do together inside a conversation goes over the websocket at /ws/conversations/{id}."
	config.OpenAPIPath = "/api/openapi"
	config.DocsPath, config.SchemasPath = "", ""
	config.CreateHooks = nil // no $schema links in answers
	api := humago.New(mux, config)
	api.UseMiddleware(s.bounded(), s.identify)
	s.accountRoutes(api)
	s.classRoutes(api)
	s.inviteRoutes(api)
	s.conversationRoutes(api)
	completeAnswers(api.OpenAPI().Components.Schemas)
	return api
}

// completeAnswers says of fields that a request may leave out, and that share a
// struct with the answer, that answers always have them.
func completeAnswers(schemas huma.Registry) {
	for name, fields := range map[string][]string{
		"ConversationItem": {"visibility"},
		"ConversationRead": {"visibility"},
		"InviteRead":       {"role", "conversation_id", "max_uses"},
		"UserRead":         {"email"},
	} {
		schema := schemas.Map()[name]
		schema.Required = append(schema.Required, fields...)
	}
}

// unknown answers for addresses under /api that no route has, so that they do
// not fall through to the browser client.
func (s *server) unknown(w http.ResponseWriter, r *http.Request) {
	writeProblem(w, newProblem(http.StatusNotFound, string(classroom.NotFound), noSuchPath))
}

func (s *server) health(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if s.healthy != nil {
		if err := s.healthy(r); err != nil {
			s.logger.WarnContext(r.Context(), "unhealthy", "error", err)
			w.WriteHeader(http.StatusServiceUnavailable)
			w.Write([]byte("unhealthy\n"))
			return
		}
	}
	w.Write([]byte("ok\n"))
}

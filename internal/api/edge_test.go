package api

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"grimoire/internal/models/modelstest"
)

func TestEdge_WhatIsNoRequestOfOurs(t *testing.T) {
	s := newStage(t, modelstest.SQLite(t))
	s.account(t, "ana", true)
	const create = "POST /api/classes"
	s.run(t, []step{
		{name: "an address that is none", do: "GET /api/nothing", status: 404, has: []string{`"code":"not_found"`}},
		{name: "of any method", as: "ana", do: "POST /api/nothing/at/all", body: `{}`, status: 404},
		{name: "a method that is none", as: "ana", do: "PUT /api/classes", body: `{}`, status: 404},
		{name: "a form of another site", as: "ana", do: create, body: `{"name":"x"}`, header: map[string]string{"Sec-Fetch-Site": "cross-site"}, status: 403, has: []string{`"code":"cross_origin"`}},
		{name: "another origin", as: "ana", do: create, body: `{"name":"x"}`, header: map[string]string{"Origin": "https://evil.example"}, status: 403},
		{name: "our own page", as: "ana", do: create, body: `{"name":"x"}`, header: map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": origin}, status: 201},
		{name: "reading from another site without its page seeing", as: "ana", do: "GET /api/me", header: map[string]string{"Sec-Fetch-Site": "cross-site"}, status: 200},
		{name: "a form's content type", as: "ana", do: create, body: `name=x`, header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, status: 415, has: []string{`"code":"wrong_content_type"`}},
		{name: "JSON as text", as: "ana", do: create, body: `{"name":"x"}`, header: map[string]string{"Content-Type": "text/plain"}, status: 415},
		{name: "no content type", as: "ana", do: create, body: `{"name":"x"}`, header: map[string]string{"Content-Type": ""}, status: 415},
		{name: "broken JSON", as: "ana", do: create, body: `{"name":"secret`, status: 400, hasNot: []string{"secret"}},
		{name: "no body", as: "ana", do: create, status: 400},
		{name: "a field too many", as: "ana", do: create, body: `{"name":"x","owner_id":"secret"}`, status: 422, hasNot: []string{"secret"}},
		{name: "a field of another type", as: "ana", do: create, body: `{"name":["secret"]}`, status: 422, has: []string{`"location":"body.name"`}, hasNot: []string{"secret"}},
		{name: "null for what has to be", as: "ana", do: create, body: `{"name":null}`, status: 422},
		{name: "a name too long", as: "ana", do: create, body: `{"name":"` + strings.Repeat("x", 121) + `"}`, status: 422},
		{name: "a name that turns the line around", as: "ana", do: create, body: `{"name":"abc\u202etxt"}`, status: 201, has: []string{`"name":"abctxt"`}},
	})
}

func TestEdge_WhatSurroundsTheAPI(t *testing.T) {
	s := newStage(t, modelstest.SQLite(t))
	for _, tt := range []struct{ path, kind, want string }{
		{"/healthz", "text/plain; charset=utf-8", "ok\n"},
		{"/", "", "the client, nonce "},
		{"/classes/42", "", "the client, nonce "},
		{"/ws/conversations/42", "", "room 42"},
		{"/api/openapi.json", "application/openapi+json", `"openapi":"3.1.0"`},
	} {
		answer := s.serve(newRequest(http.MethodGet, tt.path, nil))
		if answer.Code != 200 || !strings.Contains(answer.Body.String(), tt.want) {
			t.Errorf("%s: %d %s", tt.path, answer.Code, cutShort(answer.Body))
		}
		if tt.kind != "" && answer.Header().Get("Content-Type") != tt.kind {
			t.Errorf("%s: %s", tt.path, answer.Header().Get("Content-Type"))
		}
		policy := answer.Header().Get("Content-Security-Policy")
		for _, want := range []string{"script-src 'self';", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "base-uri 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: policy %q lacks %s", tt.path, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", tt.path, policy)
		}
	}
}

func TestEdge_NonceOfThePageIsThatOfItsPolicyAndNew(t *testing.T) {
	s := newStage(t, modelstest.SQLite(t))
	inPolicy := regexp.MustCompile(`style-src 'self' 'nonce-([^']+)'`)
	seen := map[string]bool{}
	for range 3 {
		answer := s.serve(newRequest(http.MethodGet, "/", nil))
		m := inPolicy.FindStringSubmatch(answer.Header().Get("Content-Security-Policy"))
		if m == nil || len(m[1]) < 20 || !strings.HasSuffix(answer.Body.String(), "nonce "+m[1]) || seen[m[1]] {
			t.Errorf("policy %v, page %s", m, answer.Body)
		}
		seen[m[1]] = true
	}
}

func TestEdge_FaultIsAReferenceAndNoMore(t *testing.T) {
	var log strings.Builder
	s := newStage(t, modelstest.SQLite(t))
	s.account(t, "ana", true)
	if _, err := s.DB.Write.ExecContext(t.Context(), "DROP TABLE sessions"); err != nil {
		t.Fatal(err)
	}
	s.handler = New(Options{Classroom: s.Classroom, Logger: textLogger(&log), Origin: func(*http.Request) string { return origin }})
	answer := s.send(step{as: "ana", do: "GET /api/me"})
	s.checkAnswer(t, answer)
	reference := field(t, answer.Body.String(), "reference")
	if answer.Code != 500 || strings.Contains(answer.Body.String(), "sessions") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	if !strings.Contains(log.String(), reference) || !strings.Contains(log.String(), "no such table") {
		t.Errorf("the log does not explain %s: %s", reference, log.String())
	}
	if strings.Contains(log.String(), strings.TrimPrefix(s.cookies["ana"], "grimoire=")) {
		t.Error("the log has the session token")
	}
}

func TestEdge_PanicBreaksOneRequestAndIsLogged(t *testing.T) {
	var log strings.Builder
	handler := New(Options{Logger: textLogger(&log), Origin: func(*http.Request) string { return origin }}) // no classroom: any use of it panics
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, newRequest(http.MethodGet, "/api/setup", nil))
	reference := field(t, answer.Body.String(), "reference")
	if answer.Code != 500 || strings.Contains(answer.Body.String(), "goroutine") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	if !strings.Contains(log.String(), reference) || !strings.Contains(log.String(), "goroutine") {
		t.Errorf("the log does not explain %s: %s", reference, log.String())
	}
}

func TestEdge_UnhealthyServerSaysSo(t *testing.T) {
	handler := New(Options{Logger: textLogger(io.Discard), Healthy: func(*http.Request) error { return errors.New("the database is gone") }})
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, newRequest(http.MethodGet, "/healthz", nil))
	if answer.Code != 503 || strings.Contains(answer.Body.String(), "database") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

// counted says how much of it was read.
type counted struct {
	reader *strings.Reader
	read   int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.reader.Read(p)
	c.read += n
	return n, err
}

func newRequest(method, path string, body io.Reader) *http.Request {
	r := httptest.NewRequest(method, origin+path, body)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func (s *stage) serve(r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	s.handler.ServeHTTP(answer, r)
	return answer
}

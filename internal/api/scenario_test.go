package api

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"grimoire/internal/classroom/classroomtest"
	"grimoire/internal/models"
)

const origin = "http://grimoire.example"

// A stage is a server over a real store, with people who each have a browser.
type stage struct {
	*classroomtest.World
	handler http.Handler
	cookies map[string]string // person → Cookie header
	values  map[string]string // what steps have saved
}

func newStage(t *testing.T, db *models.DB) *stage {
	t.Helper()
	world := classroomtest.New(t, db)
	return &stage{
		World: world,
		handler: New(Options{
			Classroom: world.Classroom,
			Logger:    textLogger(t.Output()),
			Origin:    func(*http.Request) string { return origin },
			Web:       http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "the client, nonce "+Nonce(r)) }),
			WS:        http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "room "+r.PathValue("id")) }),
		}),
		cookies: map[string]string{},
		values:  map[string]string{},
	}
}

// A step is one request and what its answer must be. {words} in path and body
// stand for saved values.
type step struct {
	name   string
	as     string // whose browser; "" has no cookie
	do     string // method and path
	body   string
	header map[string]string
	status int
	has    []string
	hasNot []string
	save   map[string]string // word → field of the answer, as in "invite.id"
}

func (s *stage) run(t *testing.T, steps []step) {
	t.Helper()
	for _, step := range steps {
		if !t.Run(step.name, func(t *testing.T) { s.play(t, step) }) {
			t.FailNow() // the rest stands on it
		}
	}
}

func (s *stage) play(t *testing.T, step step) {
	t.Helper()
	answer := s.send(step)
	body := answer.Body.String()
	if answer.Code != step.status {
		t.Fatalf("%s: status %d, want %d: %s", step.do, answer.Code, step.status, body)
	}
	for _, want := range step.has {
		if !strings.Contains(body, s.fill(want)) {
			t.Errorf("the answer lacks %s: %s", s.fill(want), body)
		}
	}
	for _, not := range step.hasNot {
		if strings.Contains(body, s.fill(not)) {
			t.Errorf("the answer has %s: %s", s.fill(not), body)
		}
	}
	s.checkAnswer(t, answer)
	for word, path := range step.save {
		s.values[word] = field(t, body, path)
	}
}

// checkAnswer checks what holds for every answer.
func (s *stage) checkAnswer(t *testing.T, answer *httptest.ResponseRecorder) {
	t.Helper()
	h := answer.Header()
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Content-Security-Policy": "default-src 'none'",
	} {
		if !strings.HasPrefix(h.Get(name), want) {
			t.Errorf("%s is %q", name, h.Get(name))
		}
	}
	if answer.Code < 400 {
		return
	}
	var p Problem
	if err := json.Unmarshal(answer.Body.Bytes(), &p); err != nil || h.Get("Content-Type") != problemType {
		t.Fatalf("a refusal is no problem: %s %s", h.Get("Content-Type"), answer.Body)
	}
	if p.Status != answer.Code || p.Code == "" || p.Detail == "" || p.Title == "" {
		t.Errorf("incomplete problem %s", answer.Body)
	}
}

func (s *stage) send(step step) *httptest.ResponseRecorder {
	method, path, _ := strings.Cut(step.do, " ")
	var body io.Reader
	if step.body != "" {
		body = strings.NewReader(s.fill(step.body))
	}
	r := httptest.NewRequest(method, origin+s.fill(path), body)
	if step.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range step.header {
		r.Header.Set(name, value)
	}
	if cookie := s.cookies[step.as]; cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	answer := httptest.NewRecorder()
	s.handler.ServeHTTP(answer, r)
	for _, cookie := range answer.Result().Cookies() {
		s.cookies[step.as] = cookie.Name + "=" + cookie.Value
	}
	return answer
}

func (s *stage) fill(text string) string {
	for word, value := range s.values {
		text = strings.ReplaceAll(text, "{"+word+"}", value)
	}
	return text
}

// field returns one field of a JSON object as text.
func field(t *testing.T, body, path string) string {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(body), &value); err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(path, ".") {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	if value == nil {
		t.Fatalf("no field %s in %s", path, body)
	}
	return fmt.Sprint(value)
}

func textLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// account makes a person who is signed in.
func (s *stage) account(t *testing.T, name string, admin bool) {
	t.Helper()
	s.MakeAccount(t, name, admin)
	s.play(t, step{as: name, do: "POST /api/session", status: 200,
		body: fmt.Sprintf(`{"name":%q,"passphrase":%q}`, name, classroomtest.Passphrase), save: map[string]string{name: "id"}})
}

// guest lets a person in by the link in {url}'s token.
func (s *stage) guest(t *testing.T, name, token string) {
	t.Helper()
	s.play(t, step{as: name, do: "POST /api/join", status: 200,
		body: fmt.Sprintf(`{"token":%q,"display_name":%q}`, token, name), save: map[string]string{name: "me.id"}})
}

// classroom makes Ana's class with an invite, a student Ben and a classmate Cleo.
func (s *stage) classroom(t *testing.T) {
	t.Helper()
	s.account(t, "ana", true)
	s.play(t, step{as: "ana", do: "POST /api/classes", body: `{"name":"HIST 101"}`, status: 201, save: map[string]string{"class": "id"}})
	s.play(t, step{as: "ana", do: "POST /api/classes/{class}/invites", body: `{}`, status: 201,
		save: map[string]string{"url": "url", "code": "code", "invite": "invite.id"}})
	s.values["token"] = strings.TrimPrefix(s.values["url"], origin+"/j/#")
	s.guest(t, "ben", s.values["token"])
	s.guest(t, "cleo", s.values["token"])
}

const oneTurn = `{"title":"Rome","source":"plain","raw":"Why did Rome fall?",` +
	`"turns":[{"role":"user","speaker":"","model":"","kind":"message","markdown":"Why did Rome fall?"}]`

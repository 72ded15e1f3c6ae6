package api

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

// askers are the columns of routes: nobody, somebody of no class, and the roles.
var askers = []string{"nobody", "stranger", "viewer", "student", "tutor", "instructor", "admin"}

// routes has every operation of the API: a request, and the status that each
// asker gets. A {word} is made anew for each of them: {class} is the class of
// all, {conversation} somebody else's that the class sees, {staff} one that only
// staff sees, {private} one that nobody else does, {invite} one for students,
// {member} a student, {session} another of the student's. An operation without a row fails the test.
var routes = []struct {
	id, path, body string
	status         string
}{
	{"getSetup", "/api/setup", "", "200 200 200 200 200 200 200"},
	{"setUp", "/api/setup", `{"token":"guess","display_name":"Eve","passphrase":"correct horse battery"}`, "410 410 410 410 410 410 410"},
	{"getSession", "/api/session", "", "200 200 200 200 200 200 200"},
	{"signIn", "/api/session", `{"name":"Eve","passphrase":"correct horse battery"}`, "401 401 401 401 401 401 401"},
	{"getMe", "/api/me", "", "401 200 200 200 200 200 200"},
	{"endSession", "/api/sessions/{session}", "", "401 404 404 204 404 404 404"}, // the student's
	{"updateMe", "/api/me", `{}`, "401 200 200 200 200 200 200"},
	{"lookAtInvite", "/api/join/look", `{"token":"guess"}`, "404 404 404 404 404 404 404"},
	{"join", "/api/join", `{"token":"guess","display_name":"Eve"}`, "404 404 404 404 404 404 404"},
	{"returnAsGuest", "/api/return", `{"code":"guess"}`, "404 404 404 404 404 404 404"},

	{"listClasses", "/api/classes", "", "401 200 200 200 200 200 200"},
	{"createClass", "/api/classes", `{"name":"Mine"}`, "401 403 403 403 403 201 201"},
	{"getClass", "/api/classes/{class}", "", "401 404 200 200 200 200 200"},
	{"updateClass", "/api/classes/{class}", `{"name":"HIST 101"}`, "401 404 403 403 403 200 200"},
	{"listMembers", "/api/classes/{class}/members", "", "401 404 200 200 200 200 200"},
	{"updateMember", "/api/classes/{class}/members/{member}", `{"section":"B"}`, "401 404 403 403 403 200 200"},
	{"removeMember", "/api/classes/{class}/members/{member}", "", "401 404 403 403 403 204 204"},

	{"listInvites", "/api/classes/{class}/invites", "", "401 404 403 403 200 200 200"},
	{"createInvite", "/api/classes/{class}/invites", `{"role":"tutor"}`, "401 404 403 403 403 201 201"},
	{"revokeInvite", "/api/invites/{invite}", "", "401 404 403 403 204 204 204"},
	{"rotateCode", "/api/classes/{class}/code", "", "401 404 403 403 403 200 200"},

	{"previewImport", "/api/import/preview", `{"text":"User: Why?"}`, "401 200 200 200 200 200 200"},
	{"listConversations", "/api/classes/{class}/conversations", "", "401 404 200 200 200 200 200"},
	{"importConversation", "/api/classes/{class}/conversations", oneTurn + `}`, "401 404 403 201 201 201 201"},
	{"getConversation", "/api/conversations/{conversation}", "", "401 404 200 200 200 200 200"},
	{"updateConversation", "/api/conversations/{conversation}", `{"title":"Mine"}`, "401 404 403 403 403 200 200"},
	{"deleteConversation", "/api/conversations/{conversation}", "", "401 404 403 403 403 204 204"},
	{"exportConversation", "/api/conversations/{conversation}/export", "", "401 404 403 200 200 200 200"},

	{"getConversation", "/api/conversations/{staff}", "", "401 404 404 404 200 200 200"},
	{"updateConversation", "/api/conversations/{staff}", `{"title":"Mine"}`, "401 404 404 404 403 200 200"},
	{"deleteConversation", "/api/conversations/{staff}", "", "401 404 404 404 403 204 204"},
	{"exportConversation", "/api/conversations/{staff}/export", "", "401 404 404 404 200 200 200"},
	{"getConversation", "/api/conversations/{private}", "", "401 404 404 404 404 404 200"},
	{"updateConversation", "/api/conversations/{private}", `{"title":"Mine"}`, "401 404 404 404 404 404 200"},
	{"deleteConversation", "/api/conversations/{private}", "", "401 404 404 404 404 404 204"},
	{"exportConversation", "/api/conversations/{private}/export", "", "401 404 404 404 404 404 200"},

	{"signOut", "/api/session", "", "401 204 204 204 204 204 204"}, // last: it ends what the others need
}

func TestRoutes_WhoMayAskEachOfThem(t *testing.T) {
	s := newStage(t, modelstest.SQLite(t))
	s.account(t, "ana", true)
	s.account(t, "admin", true)
	s.account(t, "stranger", false)
	s.play(t, step{as: "ana", do: "POST /api/classes", body: `{"name":"HIST 101"}`, status: 201, save: map[string]string{"class": "id"}})
	for _, role := range []models.Role{models.RoleViewer, models.RoleStudent, models.RoleTutor, models.RoleInstructor} {
		s.guest(t, string(role), s.invite(t, role))
	}
	methods, asked := operations(t), map[string]bool{}
	for n, row := range routes {
		method, known := methods[row.id]
		if !known {
			t.Fatalf("there is no operation %s", row.id)
		}
		asked[row.id] = true
		for i, status := range strings.Fields(row.status) {
			who := askers[i]
			t.Run(row.path+" "+row.id+" by "+who, func(t *testing.T) {
				s.supply(t, row.path, fmt.Sprintf("member %d.%d", n, i))
				cookie := s.cookies[who]
				answer := s.send(step{as: who, do: method + " " + row.path, body: row.body})
				s.cookies[who] = cookie
				if fmt.Sprint(answer.Code) != status {
					t.Errorf("status %d, want %s: %s", answer.Code, status, answer.Body)
				}
				s.checkAnswer(t, answer)
			})
		}
	}
	for id := range methods {
		if !asked[id] {
			t.Errorf("%s has no row: say who may ask it", id)
		}
	}
}

// What is mounted beside the operations answers for itself: only the websocket asks who is there.
func TestRoutes_NothingElseIsMounted(t *testing.T) {
	known := []string{"/api/", "GET /healthz", "GET /ws/conversations/{id}", "/"}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var mounted []string
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, call := range regexp.MustCompile(`\.Handle(?:Func)?\("([^"]*)"`).FindAllSubmatch(source, -1) {
			mounted = append(mounted, string(call[1]))
		}
	}
	if diff := cmp.Diff(known, mounted); diff != "" {
		t.Errorf("mounted otherwise than through an operation: %s", diff)
	}
}

// supply makes what the words in a path stand for.
func (s *stage) supply(t *testing.T, path, name string) {
	t.Helper()
	switch {
	case strings.Contains(path, "{conversation}"):
		s.converse(t, "conversation", "class")
	case strings.Contains(path, "{staff}"):
		s.converse(t, "staff", "staff")
	case strings.Contains(path, "{private}"):
		s.converse(t, "private", "private")
	case strings.Contains(path, "{invite}"):
		s.invite(t, models.RoleStudent)
	case strings.Contains(path, "{session}"):
		s.anotherSession(t, "student")
	case strings.Contains(path, "{member}"):
		s.guest(t, name, s.invite(t, models.RoleStudent))
		s.values["member"] = s.values[name]
	}
}

// converse makes a conversation of somebody else's.
func (s *stage) converse(t *testing.T, word, visibility string) {
	t.Helper()
	s.play(t, step{as: "ana", do: "POST /api/classes/{class}/conversations", body: oneTurn + fmt.Sprintf(`,"visibility":%q}`, visibility), status: 201,
		save: map[string]string{word: "id"}})
}

// anotherSession signs a person in on one more device.
func (s *stage) anotherSession(t *testing.T, who string) {
	t.Helper()
	session := &models.Session{UserID: uuid.MustParse(s.values[who]), TokenHash: uuid.NewString()}
	session.ID, session.CreatedAt, session.ExpiresAt = models.NewID(), s.Clock.Now(), s.Clock.Now().Add(time.Hour)
	if err := models.InsertSessions(t.Context(), s.DB.Write, session); err != nil {
		t.Fatal(err)
	}
	s.values["session"] = session.ID.String()
}

// invite makes a link into the class and returns its token.
func (s *stage) invite(t *testing.T, role models.Role) string {
	t.Helper()
	s.play(t, step{as: "ana", do: "POST /api/classes/{class}/invites", body: fmt.Sprintf(`{"role":%q}`, role), status: 201,
		save: map[string]string{"invite": "invite.id", "link": "url"}})
	return strings.TrimPrefix(s.values["link"], origin+"/j/#")
}

// operations returns the method of every operation that the API has.
func operations(t *testing.T) map[string]string {
	t.Helper()
	document, err := OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		t.Fatal(err)
	}
	methods := map[string]string{}
	for _, ops := range doc.Paths {
		for method, op := range ops {
			methods[op.OperationID] = strings.ToUpper(method)
		}
	}
	return methods
}

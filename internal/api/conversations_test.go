package api

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"grimoire/internal/auth"
	"grimoire/internal/classroom"
	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

func TestConversations_PasteToLibrary(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		s := newStage(t, db)
		s.classroom(t)
		s.run(t, []step{
			{name: "preview", as: "ben", do: "POST /api/import/preview", body: `{"text":"User: Why did Rome fall?\n\nAssistant: Nobody **knows**.\n\nUser: Try."}`, status: 200,
				has: []string{`"source":"`, `"role":"user"`, `"role":"assistant"`, `"markdown":"Why did Rome fall?"`, `"warnings":[`, `"dropped":[`}},
			{name: "as plain text", as: "ben", do: "POST /api/import/preview", body: `{"text":"User: Why did Rome fall?","as":"plain"}`, status: 200, has: []string{`User: Why`}},
			{name: "hostile HTML", as: "ben", do: "POST /api/import/preview",
				body: `{"html":"<p>Read <script>alert(1)</script><img src=x onerror=alert(2)><a href=\"javascript:alert(3)\">this</a></p>"}`, status: 200,
				has: []string{"Read", "this"}, hasNot: []string{"alert", "javascript:", "onerror"}},
			{name: "nothing in it", as: "ben", do: "POST /api/import/preview", body: `{"html":"<script>alert(1)</script>"}`, status: 422, has: []string{`"code":"invalid"`}},
			{name: "not for strangers", do: "POST /api/import/preview", body: `{"text":"User: hi"}`, status: 401},
			{name: "add", as: "ben", do: "POST /api/classes/{class}/conversations", body: oneTurn + `,"report":{"turns":99,"warnings":[{"code":"w","message":"Look."}],"dropped":[]}}`, status: 201,
				has:  []string{`"title":"Rome"`, `"visibility":"class"`, `"class_name":"HIST 101"`, `"owner_id":"{ben}"`, `"turns":1,`, `"code":"w"`, `"role":"student"`, `"generation":1`},
				save: map[string]string{"rome": "id"}},
			{name: "a blank title", as: "ben", do: "POST /api/classes/{class}/conversations", body: strings.Replace(oneTurn, "Rome", " ", 1) + `}`, status: 422, has: []string{`"location":"body.title"`}},
			{name: "no turns", as: "ben", do: "POST /api/classes/{class}/conversations", body: `{"title":"x","source":"plain","raw":"","turns":[]}`, status: 422, has: []string{`"location":"body.turns"`}},
			{name: "turns without text", as: "ben", do: "POST /api/classes/{class}/conversations", body: strings.Replace(oneTurn, `"markdown":"Why did Rome fall?"`, `"markdown":" \n"`, 1) + `}`, status: 422, has: []string{`"location":"body.turns"`}},
			{name: "a role there is not", as: "ben", do: "POST /api/classes/{class}/conversations", body: strings.Replace(oneTurn, `"role":"user"`, `"role":"emperor"`, 1) + `}`, status: 422, has: []string{`"location":"body.turns[0].role"`}, hasNot: []string{"emperor"}},
			{name: "the library", as: "cleo", do: "GET /api/classes/{class}/conversations", status: 200, has: []string{`"id":"{rome}"`, `"owner_name":"ben"`, `"turns":1`}, hasNot: []string{"raw", "Why did"}},
			{name: "cleo's rights", as: "cleo", do: "GET /api/conversations/{rome}", status: 200, has: []string{`"rights":{"edit":true,"annotate":true,"manage":false,"moderate":false,"export":true,"remove":false}`}},
			{name: "she cannot rename it", as: "cleo", do: "PATCH /api/conversations/{rome}", body: `{"title":"Mine"}`, status: 403},
			{name: "nor freeze it", as: "cleo", do: "PATCH /api/conversations/{rome}", body: `{"frozen":true}`, status: 403},
			{name: "nor delete it", as: "cleo", do: "DELETE /api/conversations/{rome}", status: 403},
			{name: "ben renames it", as: "ben", do: "PATCH /api/conversations/{rome}", body: `{"title":"The fall of Rome"}`, status: 200, has: []string{`"title":"The fall of Rome"`}},
			{name: "ben cannot freeze", as: "ben", do: "PATCH /api/conversations/{rome}", body: `{"frozen":true}`, status: 403},
			{name: "ana freezes", as: "ana", do: "PATCH /api/conversations/{rome}", body: `{"frozen":true}`, status: 200, hasNot: []string{`"frozen_at":null`}},
			{name: "nobody else writes", as: "ben", do: "GET /api/conversations/{rome}", status: 200, has: []string{`"edit":false,"annotate":false,"manage":false`}},
			{name: "and hears why", as: "ben", do: "PATCH /api/conversations/{rome}", body: `{"title":"Again"}`, status: 403, has: []string{`"code":"frozen"`}},
			{name: "ana thaws", as: "ana", do: "PATCH /api/conversations/{rome}", body: `{"frozen":false}`, status: 200, has: []string{`"frozen_at":null`}},
			{name: "export as Markdown", as: "cleo", do: "GET /api/conversations/{rome}/export", status: 200, has: []string{"# The fall of Rome", "Why did Rome fall?", "HIST 101"}, hasNot: []string{"{ben}", "\x1e"}},
			{name: "export as JSON", as: "cleo", do: "GET /api/conversations/{rome}/export?format=json", status: 200, has: []string{`"format": "grimoire.conversation"`, `"owner": "ben"`}, hasNot: []string{"{ben}"}},
			{name: "export as something else", as: "cleo", do: "GET /api/conversations/{rome}/export?format=exe", status: 422},
			{name: "ben deletes", as: "ben", do: "DELETE /api/conversations/{rome}", status: 204},
			{name: "it is gone", as: "ben", do: "GET /api/conversations/{rome}", status: 404},
			{name: "for ana too", as: "ana", do: "GET /api/classes/{class}/conversations", status: 200, has: []string{`"conversations":[]`}},
		})
	})
}

func TestConversations_WhoSeesWhat(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		s := newStage(t, db)
		s.classroom(t)
		s.account(t, "tom", false) // in another class
		s.account(t, "head", true) // administers, is in no class
		s.account(t, "ina", false) // instructor of the class, no administrator
		s.play(t, step{as: "ana", do: "POST /api/classes/{class}/invites", body: `{"role":"instructor"}`, status: 201, save: map[string]string{"link": "url"}})
		s.play(t, step{as: "ina", do: "POST /api/join", body: fmt.Sprintf(`{"token":%q}`, strings.TrimPrefix(s.values["link"], origin+"/j/#")), status: 200})
		visibilities := []string{"private", "staff", "class"}
		for _, v := range visibilities {
			s.play(t, step{as: "ben", do: "POST /api/classes/{class}/conversations", body: oneTurn + fmt.Sprintf(`,"visibility":%q}`, v), status: 201, save: map[string]string{v + " one": "id"}})
		}
		s.values["random"] = uuid.NewString()
		for who, sees := range map[string][]string{
			"ben": visibilities, "ina": {"staff", "class"}, "cleo": {"class"}, "head": visibilities, "tom": {},
		} {
			for _, v := range visibilities {
				want := step{as: who, do: "GET /api/conversations/{" + v + " one}", status: http.StatusNotFound}
				for _, seen := range sees {
					if seen == v {
						want.status = http.StatusOK
					}
				}
				t.Run(who+" and "+v, func(t *testing.T) { s.play(t, want) })
			}
		}
		hidden := s.send(step{as: "cleo", do: "GET /api/conversations/{private one}"}).Body.String()
		random := s.send(step{as: "cleo", do: "GET /api/conversations/{random}"}).Body.String()
		if hidden != random {
			t.Errorf("a hidden conversation answers %s, a random id %s", hidden, random)
		}
		s.run(t, []step{
			{name: "cleo's library", as: "cleo", do: "GET /api/classes/{class}/conversations", status: 200, has: []string{`"visibility":"class"`}, hasNot: []string{`"visibility":"staff"`, `"visibility":"private"`}},
			{name: "ina's library", as: "ina", do: "GET /api/classes/{class}/conversations", status: 200, has: []string{`"visibility":"staff"`}, hasNot: []string{`"visibility":"private"`}},
			{name: "tom's", as: "tom", do: "GET /api/classes/{class}/conversations", status: 404},
			{name: "tom adds nothing", as: "tom", do: "POST /api/classes/{class}/conversations", body: oneTurn + `}`, status: 404},
			{name: "no invite to what the class cannot see", as: "ana", do: "POST /api/classes/{class}/invites", body: `{"conversation_id":"{private one}"}`, status: 422, has: []string{`body.conversation_id`}},
			{name: "an id that is none", as: "ben", do: "GET /api/conversations/42", status: 404},
		})
		events, err := models.ListAuditEvents(t.Context(), db.Read, models.AuditFilter{}, 1000)
		if err != nil {
			t.Fatal(err)
		}
		reveals := 0
		for _, e := range events {
			if e.Action == "see as administrator" && e.ActorID.String() == s.values["head"] {
				reveals++
			}
		}
		if reveals != 3 {
			t.Errorf("%d lines say that the administrator looked, want one for each of 3 conversations", reveals)
		}
	})
}

func TestConversations_DamagedStatesAreRefusedWithAReference(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		s := newStage(t, db)
		s.classroom(t)
		for _, name := range []string{"damaged", "sound"} {
			s.play(t, step{as: "ben", do: "POST /api/classes/{class}/conversations", body: oneTurn + `}`, status: 201, save: map[string]string{name: "id"}})
		}
		if _, err := db.Write.NewUpdate().Model((*models.Conversation)(nil)).
			Set("crdt_state = ?", []byte{1, 2, 3}).Where("id = ?", s.values["damaged"]).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Write.ExecContext(t.Context(), "UPDATE previous_states SET state = ? WHERE conversation_id = ?", []byte{1, 2, 3}, s.values["damaged"]); err != nil {
			t.Fatal(err)
		}
		s.run(t, []step{
			{name: "the damaged one", as: "ben", do: "GET /api/conversations/{damaged}/export", status: 500,
				has: []string{`"code":"damaged"`, `"reference":"`, "Nothing was changed."}, hasNot: []string{"sha256"}},
			{name: "another", as: "ben", do: "GET /api/conversations/{sound}/export", status: 200},
			{name: "the library", as: "ben", do: "GET /api/classes/{class}/conversations", status: 200, has: []string{"{damaged}", "{sound}"}},
		})
		var left []byte
		if err := db.Read.NewSelect().Model((*models.Conversation)(nil)).Column("crdt_state").
			Where("id = ?", s.values["damaged"]).Scan(t.Context(), &left); err != nil || !bytes.Equal(left, []byte{1, 2, 3}) {
			t.Errorf("the damaged row is now %v, %v", left, err)
		}
	})
}

func TestConversations_RemovedMemberIsOutAtOnce(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		s := newStage(t, db)
		s.classroom(t)
		s.play(t, step{as: "ben", do: "POST /api/classes/{class}/conversations", body: oneTurn + `}`, status: 201, save: map[string]string{"rome": "id"}})
		s.Rooms.Told()
		s.run(t, []step{
			{name: "students change no roles", as: "cleo", do: "PATCH /api/classes/{class}/members/{ben}", body: `{"role":"viewer"}`, status: 403},
			{name: "a viewer", as: "ana", do: "PATCH /api/classes/{class}/members/{ben}", body: `{"role":"viewer","section":"B"}`, status: 200, has: []string{`"role":"viewer"`, `"section":"B"`}},
			{name: "reads his own", as: "ben", do: "GET /api/conversations/{rome}", status: 200, has: []string{`"role":"viewer"`, `"edit":false,"annotate":false,"manage":false`}},
			{name: "a role there is not", as: "ana", do: "PATCH /api/classes/{class}/members/{ben}", body: `{"role":"emperor"}`, status: 422, hasNot: []string{"emperor"}},
			{name: "the owner stays instructor", as: "ana", do: "PATCH /api/classes/{class}/members/{ana}", body: `{"role":"student"}`, status: 409},
			{name: "and in the class", as: "ana", do: "DELETE /api/classes/{class}/members/{ana}", status: 409},
			{name: "removed", as: "ana", do: "DELETE /api/classes/{class}/members/{ben}", status: 204},
			{name: "twice", as: "ana", do: "DELETE /api/classes/{class}/members/{ben}", status: 404},
			{name: "sees no class", as: "ben", do: "GET /api/classes/{class}", status: 404},
			{name: "nor his conversation", as: "ben", do: "GET /api/conversations/{rome}", status: 404},
			{name: "which stays", as: "cleo", do: "GET /api/conversations/{rome}", status: 200, has: []string{`"owner_name":"ben"`}},
		})
		rechecked, _ := s.Rooms.Told()
		if len(rechecked) != 2 || rechecked[0].String() != s.values["class"] {
			t.Errorf("the rooms were told %v, want the class twice: refusals change nothing", rechecked)
		}
		token := auth.Token(strings.TrimPrefix(s.cookies["ben"], "grimoire="))
		if _, err := s.Enter(t.Context(), token, uuid.MustParse(s.values["rome"])); !errors.Is(err, &classroom.Error{Code: classroom.NotFound}) {
			t.Errorf("the removed member's socket: %v, want not found", err)
		}
	})
}

func TestConversations_FiftyMegabytesAreRefusedAndNothingIsRead(t *testing.T) {
	s := newStage(t, modelstest.SQLite(t))
	s.classroom(t)
	for _, tt := range []struct {
		name, as, path string
		size           int
		known          bool // the size is in the header
		status         int
	}{
		{"50 MB to preview", "ben", "/api/import/preview", 50 << 20, true, 413},
		{"50 MB to preview, size unsaid", "ben", "/api/import/preview", 50 << 20, false, 413},
		{"50 MB to add", "ben", "/api/classes/" + s.values["class"] + "/conversations", 50 << 20, true, 413},
		{"9 MB of text to preview", "ben", "/api/import/preview", 9 << 20, true, 413},
		{"7 MB of text to preview", "ben", "/api/import/preview", 7 << 20, true, 200},
		{"7 MB of a stranger", "", "/api/import/preview", 7 << 20, true, 401},
		{"2 MB of a name", "ben", "/api/me", 2 << 20, true, 413},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := &counted{reader: strings.NewReader(`{"text":"` + strings.Repeat("a word ", tt.size/7) + `"}`)}
			method := http.MethodPost
			if tt.path == "/api/me" {
				method = http.MethodPatch
			}
			r := newRequest(method, tt.path, body)
			r.Header.Set("Cookie", s.cookies[tt.as])
			if tt.known {
				r.ContentLength = body.reader.Size()
			}
			answer := s.serve(r)
			if answer.Code != tt.status {
				t.Fatalf("status %d, want %d: %s", answer.Code, tt.status, cutShort(answer.Body))
			}
			if answer.Code >= 400 {
				s.checkAnswer(t, answer)
			}
			if tt.known && tt.size >= 50<<20 && body.read > 0 {
				t.Errorf("%d bytes were read of a body that says it is too large", body.read)
			}
			if body.read > maxPreview+1 {
				t.Errorf("%d bytes were read", body.read)
			}
		})
	}
}

func cutShort(b *bytes.Buffer) string { return string(b.Bytes()[:min(b.Len(), 300)]) }

package api

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"grimoire/internal/classroom"
	"grimoire/internal/classroom/classroomtest"
	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

var (
	operator = classroomtest.Operator
	disable  = classroom.UserChange{Disabled: models.Some(true)}
)

func TestInvites_FromLinkToClass(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		s := newStage(t, db)
		s.classroom(t)
		s.run(t, []step{
			{name: "a conversation", as: "ana", do: "POST /api/classes/{class}/conversations", body: oneTurn + `,"visibility":"class"}`, status: 201, save: map[string]string{"rome": "id"}},
			{name: "an invite that opens it", as: "ana", do: "POST /api/classes/{class}/invites",
				body: `{"conversation_id":"{rome}","max_uses":2}`, status: 201,
				has:  []string{`"state":"open"`, `"qr_svg":"<svg `, `"code_url":"` + origin + `/j/`, `"role":"student"`, `"conversation_id":"{rome}"`},
				save: map[string]string{"second": "url"}},
		})
		s.values["second"] = strings.TrimPrefix(s.values["second"], origin+"/j/#")
		s.run(t, []step{
			{name: "what it leads to", do: "POST /api/join/look", body: `{"token":"{second}"}`, status: 200,
				has:    []string{`"class_name":"HIST 101"`, `"teacher":"ana"`, `"role":"student"`, `"conversation_title":"Rome"`, `"visible_note":"Your notes are visible to the class."`},
				hasNot: []string{"ben", "{rome}"}},
			{name: "no name", do: "POST /api/join", body: `{"token":"{second}"}`, status: 422, has: []string{`"location":"body.display_name"`}},
			{name: "a name that is taken", do: "POST /api/join", body: `{"token":"{second}","display_name":"Ben"}`, status: 409,
				has: []string{`"code":"name_taken"`, `"suggestion":"Ben 2"`}},
			{name: "a free one", as: "dana", do: "POST /api/join", body: `{"token":"{second}","display_name":"  Dana   Q "}`, status: 200,
				has: []string{`"class_id":"{class}"`, `"conversation_id":"{rome}"`, `"display_name":"Dana Q"`, `"guest":true`, `"is_admin":false`}, save: map[string]string{"return": "return_code"}},
			{name: "opens the conversation", as: "dana", do: "GET /api/conversations/{rome}", status: 200, has: []string{`"role":"student"`, `"annotate":true`, `"edit":true`, `"manage":false`}},
			{name: "again uses nothing up", as: "dana", do: "POST /api/join", body: `{"token":"{second}"}`, status: 200, has: []string{`"return_code":null`}},
			{name: "one of two uses is counted", as: "ana", do: "GET /api/classes/{class}/invites", status: 200, has: []string{`"uses":1`, `"code":"{code}"`}, hasNot: []string{"{second}"}},
			{name: "the return code on another device", as: "dana's phone", do: "POST /api/return", body: `{"code":"{return}"}`, status: 200, has: []string{`"class_id":"{class}"`, `"display_name":"Dana Q"`}},
			{name: "is signed in there", as: "dana's phone", do: "GET /api/me", status: 200, has: []string{`"display_name":"Dana Q"`}},
			{name: "a return code nobody has", do: "POST /api/return", body: `{"code":"maple-river-otter-fern-042"}`, status: 404, has: []string{`"code":"return_code_unknown"`}},
			{name: "the short code", as: "emre", do: "POST /api/join", body: `{"code":" {code} ","display_name":"Emre"}`, status: 200, has: []string{`"conversation_id":null`}},
			{name: "a code nobody has", do: "POST /api/join/look", body: `{"code":"AAAAAAA"}`, status: 404, has: []string{`"code":"invite_unknown"`}},
			{name: "no ticket at all", do: "POST /api/join/look", body: `{}`, status: 422},
			{name: "a broken link", do: "POST /api/join/look", body: `{"token":"{second}x"}`, status: 404, has: []string{`"code":"invite_unknown"`}},
			{name: "hidden since", as: "ana", do: "PATCH /api/conversations/{rome}", body: `{"visibility":"staff"}`, status: 200},
			{name: "its title is not told", do: "POST /api/join/look", body: `{"token":"{second}"}`, status: 200, has: []string{`"conversation_title":null`}},
			{name: "nor its id", as: "dana", do: "POST /api/join", body: `{"token":"{second}"}`, status: 200, has: []string{`"conversation_id":null`}},
			{name: "students do not see invites", as: "ben", do: "GET /api/classes/{class}/invites", status: 403},
			{name: "nor make them", as: "ben", do: "POST /api/classes/{class}/invites", body: `{}`, status: 403},
			{name: "all members", as: "ben", do: "GET /api/classes/{class}/members", status: 200, has: []string{`"display_name":"Emre"`, `"role":"instructor"`}, hasNot: []string{"return", "hash"}},
		})
		if to, ok := s.values["return"]; !ok || strings.Count(to, "-") != 4 {
			t.Errorf("return code %q", to)
		}
	})
}

func TestInvites_ThatLetNobodyIn(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		s := newStage(t, db)
		s.classroom(t)
		s.account(t, "outsider", false)
		for _, tt := range []struct {
			name, body, code string
			close            func(t *testing.T)
		}{
			{"expired", `{"expires_in_hours":1}`, "invite_expired", func(t *testing.T) { s.Clock.Move(time.Hour) }},
			{"revoked", `{}`, "invite_revoked", func(t *testing.T) {
				s.play(t, step{as: "ben", do: "DELETE /api/invites/{it}", status: 403})
				s.play(t, step{as: "ana", do: "DELETE /api/invites/{it}", status: 204})
			}},
			{"used up", `{"max_uses":1}`, "invite_used_up", func(t *testing.T) { s.guest(t, "frida", s.values["link"]) }},
			{"class archived", `{}`, "class_archived", func(t *testing.T) {
				s.play(t, step{as: "ana", do: "PATCH /api/classes/{class}", body: `{"archived":true}`, status: 200})
			}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				s.play(t, step{as: "ana", do: "POST /api/classes/{class}/invites", body: tt.body, status: 201, save: map[string]string{"it": "invite.id", "link": "url"}})
				s.values["link"] = strings.TrimPrefix(s.values["link"], origin+"/j/#")
				tt.close(t)
				before := s.people(t)
				for _, do := range []string{"POST /api/join/look", "POST /api/join"} {
					body := `{"token":"{link}"}`
					if strings.HasSuffix(do, "join") {
						body = `{"token":"{link}","display_name":"Late"}`
					}
					s.play(t, step{as: "late", do: do, body: body, status: 410, has: []string{fmt.Sprintf(`"code":%q`, tt.code)}})
				}
				s.play(t, step{as: "outsider", do: "POST /api/join", body: `{"token":"{link}"}`, status: 410})
				s.play(t, step{as: "cleo", do: "POST /api/join", body: `{"token":"{link}"}`, status: 200}) // is in already
				if s.cookies["late"] != "" || s.people(t) != before {
					t.Error("an account or a session was made")
				}
			})
		}
		s.play(t, step{as: "ana", do: "PATCH /api/classes/{class}", body: `{"archived":false}`, status: 200})
		s.Clock.Move(8 * time.Hour)
		s.run(t, []step{
			{name: "the short code expires", do: "POST /api/join/look", body: `{"code":"{code}"}`, status: 410, has: []string{`"code":"invite_expired"`}},
			{name: "none is shown", as: "ana", do: "GET /api/classes/{class}/invites", status: 200, has: []string{`"code":null`, `"state":"expired"`, `"state":"revoked"`, `"state":"used_up"`}},
			{name: "students do not rotate it", as: "ben", do: "POST /api/classes/{class}/code", status: 403},
			{name: "a new one", as: "ana", do: "POST /api/classes/{class}/code", status: 200, save: map[string]string{"new": "code"}},
			{name: "opens", do: "POST /api/join/look", body: `{"code":"{new}"}`, status: 200},
			{name: "the old one is gone", do: "POST /api/join/look", body: `{"code":"{code}"}`, status: 404},
		})
	})
}

func (s *stage) people(t *testing.T) int {
	t.Helper()
	users, err := s.Users(t.Context(), operator)
	if err != nil {
		t.Fatal(err)
	}
	return len(users)
}

func TestInvites_NoMoreComeInAtOnceThanItAllows(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		const places, people = 3, 12
		s := newStage(t, db)
		s.classroom(t)
		s.play(t, step{as: "ana", do: "POST /api/classes/{class}/invites", body: fmt.Sprintf(`{"max_uses":%d}`, places), status: 201, save: map[string]string{"link": "url"}})
		link := strings.TrimPrefix(s.values["link"], origin+"/j/#")
		before := s.people(t)
		codes := make([]int, people)
		var all sync.WaitGroup
		for i := range people {
			all.Go(func() {
				alone := &stage{handler: s.handler, cookies: map[string]string{}, values: s.values}
				codes[i] = alone.send(step{do: "POST /api/join", body: fmt.Sprintf(`{"token":%q,"display_name":"Guest %d"}`, link, i)}).Code
			})
		}
		all.Wait()
		count := map[int]int{}
		for _, code := range codes {
			count[code]++
		}
		if count[http.StatusOK] != places || count[http.StatusGone] != people-places {
			t.Errorf("answers %v, want %d in and the others too late", count, places)
		}
		if made := s.people(t) - before; made != places {
			t.Errorf("%d accounts were made, want %d", made, places)
		}
	})
}

func TestInvites_TwoOfOneNameAtOnce(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		s := newStage(t, db)
		s.classroom(t)
		codes := make([]int, 6)
		var all sync.WaitGroup
		for i := range codes {
			all.Go(func() {
				alone := &stage{handler: s.handler, cookies: map[string]string{}, values: s.values}
				codes[i] = alone.send(step{do: "POST /api/join", body: `{"code":"{code}","display_name":"Sam"}`}).Code
			})
		}
		all.Wait()
		in := 0
		for _, code := range codes {
			if code == http.StatusOK {
				in++
			}
		}
		if in != 1 {
			t.Errorf("%d of the name came in, want one: %v", in, codes)
		}
	})
}

func TestInvites_SignedInPersonJoinsAsOneself(t *testing.T) {
	s := newStage(t, modelstest.SQLite(t))
	s.classroom(t)
	s.account(t, "tom", false)
	s.run(t, []step{
		{name: "he knows nothing of the class", as: "tom", do: "GET /api/classes/{class}", status: 404},
		{name: "joins", as: "tom", do: "POST /api/join", body: `{"token":"{token}","display_name":"Somebody else"}`, status: 200,
			has: []string{`"display_name":"tom"`, `"return_code":null`, `"guest":false`}, hasNot: []string{"Somebody else"}},
		{name: "as a student", as: "tom", do: "GET /api/classes/{class}", status: 200, has: []string{`"role":"student"`}},
		{name: "who makes no classes", as: "tom", do: "POST /api/classes", body: `{"name":"Mine"}`, status: 403},
		{name: "an invite for tutors", as: "ana", do: "POST /api/classes/{class}/invites", body: `{"role":"tutor"}`, status: 201, save: map[string]string{"tutors": "url"}},
	})
	s.values["tutors"] = strings.TrimPrefix(s.values["tutors"], origin+"/j/#")
	s.run(t, []step{
		{name: "raises him", as: "tom", do: "POST /api/join", body: `{"token":"{tutors}"}`, status: 200},
		{name: "to a tutor", as: "tom", do: "GET /api/classes/{class}", status: 200, has: []string{`"role":"tutor"`}},
		{name: "who invites students", as: "tom", do: "POST /api/classes/{class}/invites", body: `{}`, status: 201},
		{name: "but no tutors", as: "tom", do: "POST /api/classes/{class}/invites", body: `{"role":"tutor"}`, status: 403},
		{name: "the students' link does not lower him", as: "tom", do: "POST /api/join", body: `{"token":"{token}"}`, status: 200},
		{name: "still a tutor", as: "tom", do: "GET /api/classes/{class}", status: 200, has: []string{`"role":"tutor"`}},
	})
}

func TestInvites_CodesCannotBeGuessed(t *testing.T) {
	s := newStage(t, modelstest.SQLite(t))
	s.classroom(t)
	for range 60 {
		s.play(t, step{do: "POST /api/join/look", body: `{"code":"WRXNG23"}`, status: 404})
	}
	s.run(t, []step{
		{name: "guessing is held off", do: "POST /api/join/look", body: `{"code":"{code}"}`, status: 429, has: []string{`"code":"too_many"`}},
		{name: "return codes too", do: "POST /api/return", body: `{"code":"maple-river-otter-fern-042"}`, status: 429},
		{name: "a link from the same address is not", as: "guest", do: "POST /api/join", body: `{"token":"{token}","display_name":"Gwen"}`, status: 200},
	})
	s.Clock.Move(time.Minute)
	s.play(t, step{name: "a minute later", do: "POST /api/join/look", body: `{"code":"{code}"}`, status: 200})
}

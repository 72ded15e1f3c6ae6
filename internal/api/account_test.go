package api

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

func TestAccount_SetupLinkWorksOnce(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		s := newStage(t, db)
		first, err := s.NewSetupToken(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		second, err := s.NewSetupToken(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		s.values["first"], s.values["second"] = first.Reveal(), second.Reveal()
		const ana = `"display_name":"Ana","passphrase":"correct horse battery"}`
		s.run(t, []step{
			{name: "setup is needed", do: "GET /api/setup", status: 200, has: []string{`"needed":true`}},
			{name: "nobody is signed in", do: "GET /api/me", status: 401, has: []string{`"code":"unauthenticated"`}},
			{name: "which a page may ask", do: "GET /api/session", status: 200, hasNot: []string{`"me"`}},
			{name: "a made-up token", do: "POST /api/setup", body: `{"token":"guess",` + ana, status: 410, hasNot: []string{"guess", "horse"}},
			{name: "the link of an earlier start", do: "POST /api/setup", body: `{"token":"{first}",` + ana, status: 410},
			{name: "a short passphrase", do: "POST /api/setup", body: `{"token":"{second}","display_name":"Ana","passphrase":"hunter2"}`,
				status: 422, has: []string{`"location":"body.passphrase"`, `"needs 10 or more characters"`, `"code":"invalid"`}, hasNot: []string{"hunter2"}},
			{name: "a blank name", do: "POST /api/setup", body: `{"token":"{second}","display_name":" \u200b ","passphrase":"correct horse battery"}`,
				status: 422, has: []string{`"location":"body.display_name"`}},
			{name: "the link", as: "ana", do: "POST /api/setup", body: `{"token":"{second}",` + ana, status: 200,
				has: []string{`"display_name":"Ana"`, `"is_admin":true`, `"guest":false`, `"may_create_classes":true`, `"email":null`}, hasNot: []string{"argon2"}},
			{name: "again", do: "POST /api/setup", body: `{"token":"{second}",` + ana, status: 410},
			{name: "setup is done", do: "GET /api/setup", status: 200, has: []string{`"needed":false`}},
			{name: "she is signed in", as: "ana", do: "GET /api/me", status: 200, has: []string{`"display_name":"Ana"`, `"current":true`}},
			{name: "and her page is told so", as: "ana", do: "GET /api/session", status: 200, has: []string{`"me":{`, `"display_name":"Ana"`, `"current":true`}},
		})
		if token, err := s.NewSetupToken(t.Context()); token != "" || err != nil {
			t.Errorf("with an administrator a setup token is %q, %v", token.Reveal(), err)
		}
	})
}

func TestAccount_SignInAndOut(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		s := newStage(t, db)
		s.MakeAccount(t, "Ana Gruber", false)
		s.MakeAccount(t, "Ben", false)
		s.MakeAccount(t, "Ben", false)
		const right = `"passphrase":"correct horse battery"}`
		s.run(t, []step{
			{name: "wrong passphrase", do: "POST /api/session", body: `{"name":"Ana Gruber","passphrase":"correct horse batterz"}`,
				status: 401, has: []string{`"code":"wrong_passphrase"`}, hasNot: []string{"batterz"}},
			{name: "nobody of that name", do: "POST /api/session", body: `{"name":"Nobody",` + right, status: 401, has: []string{`"code":"wrong_passphrase"`}},
			{name: "two of that name", do: "POST /api/session", body: `{"name":"Ben",` + right, status: 401},
			{name: "by name", as: "ana", do: "POST /api/session", body: `{"name":" Ana Gruber ",` + right, status: 200, has: []string{`"display_name":"Ana Gruber"`}},
			{name: "on a second browser", as: "ana's phone", do: "POST /api/session", body: `{"name":"Ana Gruber",` + right, status: 200},
			{name: "an e-mail address that is none", as: "ana", do: "PATCH /api/me", body: `{"email":"ana"}`, status: 422, has: []string{`"location":"body.email"`, `"is not an e-mail address"`}},
			{name: "an e-mail address", as: "ana", do: "PATCH /api/me", body: `{"email":"Ana@School.example"}`, status: 200, has: []string{`"email":"ana@school.example"`}},
			{name: "by e-mail", do: "POST /api/session", body: `{"name":"ANA@school.example",` + right, status: 200},
			{name: "a new passphrase needs the old one", as: "ana", do: "PATCH /api/me", body: `{"passphrase":"staple staple staple"}`,
				status: 422, has: []string{`"location":"body.current_passphrase"`}, hasNot: []string{"staple"}},
			{name: "a new passphrase", as: "ana", do: "PATCH /api/me",
				body: `{"passphrase":"staple staple staple","current_passphrase":"correct horse battery"}`, status: 200},
			{name: "ends other sessions", as: "ana's phone", do: "GET /api/me", status: 401},
			{name: "and not this one", as: "ana", do: "GET /api/me", status: 200},
			{name: "sign out", as: "ana", do: "DELETE /api/session", status: 204},
			{name: "is out", as: "ana", do: "GET /api/me", status: 401},
			{name: "and nobody is in", as: "ana", do: "GET /api/session", status: 200, hasNot: []string{`"me"`}},
		})
		_, ended := s.Rooms.Told()
		if len(ended) != 3 {
			t.Errorf("%d sessions ended in the rooms, want those of the phone, of the third sign-in and the one signed out", len(ended))
		}
	})
}

func TestAccount_NobodyTakesTheNameOfAClassmate(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		s := newStage(t, db)
		s.classroom(t)
		s.account(t, "tom", false) // in no class
		s.run(t, []step{
			{name: "the teacher's", as: "ben", do: "PATCH /api/me", body: `{"display_name":"ANA"}`, status: 409, has: []string{`"code":"name_taken"`, `"suggestion":"ANA 2"`}},
			{name: "one's own again", as: "ben", do: "PATCH /api/me", body: `{"display_name":"Ben"}`, status: 200, has: []string{`"display_name":"Ben"`}},
			{name: "somebody's elsewhere", as: "ben", do: "PATCH /api/me", body: `{"display_name":"Tom"}`, status: 200},
		})
	})
}

func TestAccount_SessionsExpireAndAreRenewedByUse(t *testing.T) {
	s := newStage(t, modelstest.SQLite(t))
	s.account(t, "ana", false)
	me := step{name: "me", as: "ana", do: "GET /api/me", status: 200}
	for range 3 {
		s.Clock.Move(29 * 24 * time.Hour)
		s.play(t, me)
	}
	s.Clock.Move(31 * 24 * time.Hour)
	me.status = 401
	s.play(t, me)
}

func TestAccount_EndsASessionElsewhere(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		s := newStage(t, db)
		s.account(t, "ben", false)
		s.account(t, "ana", false)
		s.Clock.Move(time.Minute)
		phone := step{as: "ana's phone", do: "POST /api/session", body: `{"name":"ana","passphrase":"correct horse battery"}`, status: 200,
			header: map[string]string{"User-Agent": "Phone 1"}}
		answer := s.send(phone)
		var me models.UserRead
		if err := json.Unmarshal(answer.Body.Bytes(), &me); err != nil || len(me.Sessions) != 2 {
			t.Fatalf("she is in on %+v, %v", me.Sessions, err)
		}
		if first, second := me.Sessions[0], me.Sessions[1]; !first.Current || first.UserAgent != "Phone 1" || second.Current {
			t.Errorf("the phone sees %+v", me.Sessions)
		}
		s.values["phone"] = me.Sessions[0].ID.String()
		end := "DELETE /api/sessions/{phone}"
		s.run(t, []step{
			{name: "somebody else's", as: "ben", do: end, status: 404, has: []string{`"code":"not_found"`}, hasNot: []string{"Phone"}},
			{name: "by a page of another site", as: "ana", do: end, header: map[string]string{"Sec-Fetch-Site": "cross-site"}, status: 403},
			{name: "one that is no id", as: "ana", do: "DELETE /api/sessions/phone", status: 404},
			{name: "the phone is still in", as: "ana's phone", do: "GET /api/me", status: 200},
			{name: "one's own, elsewhere", as: "ana", do: end, status: 204},
			{name: "the phone is out", as: "ana's phone", do: "GET /api/me", status: 401},
			{name: "and gone from the list", as: "ana", do: "GET /api/me", status: 200, has: []string{`"current":true`}, hasNot: []string{"{phone}", "Phone"}},
			{name: "again", as: "ana", do: end, status: 404},
		})
		phoneID := uuid.MustParse(s.values["phone"])
		if _, ended := s.Rooms.Told(); !slices.Equal(ended, []uuid.UUID{phoneID}) {
			t.Errorf("the rooms were told of %v, want the phone's once", ended)
		}
		events, err := models.ListAuditEvents(t.Context(), db.Read, models.AuditFilter{}, 1)
		if err != nil || len(events) != 1 || events[0].Action != "end session" || *events[0].SubjectID != phoneID || *events[0].ActorID != me.ID {
			t.Errorf("the audit's last line is %+v, %v", events, err)
		}
	})
}

func TestAccount_SharedComputerKeepsNothing(t *testing.T) {
	s := newStage(t, modelstest.SQLite(t))
	s.MakeAccount(t, "Ana", false)
	for _, tt := range []struct {
		name, more string
		keeps      bool
	}{{"own computer", "", true}, {"shared computer", `,"shared_computer":true`, false}} {
		answer := s.send(step{as: "ana", do: "POST /api/session", body: `{"name":"Ana","passphrase":"correct horse battery"` + tt.more + `}`})
		cookie := answer.Header().Get("Set-Cookie")
		for _, want := range []string{"grimoire=", "HttpOnly", "SameSite=Lax", "Path=/"} {
			if !strings.Contains(cookie, want) {
				t.Errorf("%s: cookie %q lacks %s", tt.name, cookie, want)
			}
		}
		if strings.Contains(cookie, "Max-Age=") != tt.keeps {
			t.Errorf("%s: cookie %q", tt.name, cookie)
		}
	}
	s.Clock.Move(13 * time.Hour)
	s.play(t, step{name: "the next morning", as: "ana", do: "GET /api/me", status: 401})
}

func TestAccount_GuessingIsHeldOff(t *testing.T) {
	s := newStage(t, modelstest.SQLite(t))
	s.MakeAccount(t, "Ana", false)
	guess := step{do: "POST /api/session", body: `{"name":"Ana","passphrase":"a wrong passphrase"}`, status: 401}
	for range 10 {
		s.play(t, guess)
	}
	right := step{as: "ana", do: "POST /api/session", body: `{"name":"Ana","passphrase":"correct horse battery"}`, status: 429, has: []string{`"code":"too_many"`}}
	s.play(t, right)
	s.Clock.Move(11 * time.Second)
	right.status, right.has = 200, nil
	for range 20 {
		s.play(t, right) // what is right is not counted
	}
}

// Somebody who found a page open has the session, and not the account.
func TestAccount_GuessingThePresentPassphraseIsHeldOff(t *testing.T) {
	s := newStage(t, modelstest.SQLite(t))
	s.account(t, "ana", false)
	guess := step{as: "ana", do: "PATCH /api/me", body: `{"passphrase":"staple staple staple","current_passphrase":"a wrong passphrase"}`, status: 422}
	for range 10 {
		s.play(t, guess)
	}
	right := step{as: "ana", do: "PATCH /api/me", body: `{"passphrase":"staple staple staple","current_passphrase":"correct horse battery"}`, status: 429, has: []string{`"code":"too_many"`}}
	s.play(t, right)
	s.Clock.Move(11 * time.Second)
	right.status, right.has = 200, nil
	s.play(t, right)
}

func TestAccount_DisabledUserIsOut(t *testing.T) {
	s := newStage(t, modelstest.SQLite(t))
	s.account(t, "ana", false)
	user, err := models.GetUserByName(t.Context(), s.DB.Read, "ana")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.UpdateUser(t.Context(), operator, user.ID, disable); err != nil {
		t.Fatal(err)
	}
	s.run(t, []step{
		{name: "the session has ended", as: "ana", do: "GET /api/me", status: 401},
		{name: "and no new one begins", as: "ana", do: "POST /api/session", body: `{"name":"ana","passphrase":"correct horse battery"}`, status: 401},
	})
}

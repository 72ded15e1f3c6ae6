package models_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

func typeOf(row any) reflect.Type { return reflect.TypeOf(row).Elem() }

// shapes of one entity, as far as it has them.
var shapes = []struct {
	row                          reflect.Type
	fields, create, update, read reflect.Type
}{
	{row: reflect.TypeFor[models.User](), fields: reflect.TypeFor[models.UserFields](), update: reflect.TypeFor[models.UserUpdate](), read: reflect.TypeFor[models.UserRead]()},
	{row: reflect.TypeFor[models.Session](), fields: reflect.TypeFor[models.SessionFields](), read: reflect.TypeFor[models.SessionRead]()},
	{row: reflect.TypeFor[models.Class](), fields: reflect.TypeFor[models.ClassFields](), create: reflect.TypeFor[models.ClassCreate](), update: reflect.TypeFor[models.ClassUpdate](), read: reflect.TypeFor[models.ClassRead]()},
	{row: reflect.TypeFor[models.ClassSettings](), update: reflect.TypeFor[models.ClassSettingsUpdate]()},
	{row: reflect.TypeFor[models.Enrolment](), fields: reflect.TypeFor[models.EnrolmentFields](), update: reflect.TypeFor[models.EnrolmentUpdate](), read: reflect.TypeFor[models.EnrolmentRead]()},
	{row: reflect.TypeFor[models.Invite](), fields: reflect.TypeFor[models.InviteFields](), create: reflect.TypeFor[models.InviteCreate](), read: reflect.TypeFor[models.InviteRead]()},
	{row: reflect.TypeFor[models.Conversation](), fields: reflect.TypeFor[models.ConversationFields](), create: reflect.TypeFor[models.ConversationCreate](), update: reflect.TypeFor[models.ConversationUpdate](), read: reflect.TypeFor[models.ConversationRead]()},
	{row: reflect.TypeFor[models.Conversation](), fields: reflect.TypeFor[models.ConversationFields](), read: reflect.TypeFor[models.ConversationItem]()},
	{row: reflect.TypeFor[models.AuditEvent](), read: reflect.TypeFor[models.AuditRead]()},
}

// words are fields of an Update that say in a word what the row keeps as a moment.
var words = map[string]string{"Archived": "ArchivedAt", "Frozen": "FrozenAt"}

func TestShapes_ShareTheirFieldsAndAgree(t *testing.T) {
	for _, s := range shapes {
		if s.fields != nil {
			for _, shape := range []reflect.Type{s.row, s.create, s.read} {
				if shape == nil {
					continue
				}
				if f, ok := shape.FieldByName(s.fields.Name()); !ok || !f.Anonymous || f.Type != s.fields {
					t.Errorf("%s does not embed %s", shape, s.fields)
				}
			}
		}
		if s.update != nil {
			checkUpdate(t, s.row, s.update)
		}
		for _, shape := range []reflect.Type{s.create, s.update, s.read} {
			if shape != nil {
				checkNames(t, shape)
			}
		}
	}
}

// checkUpdate: every field is Optional, of the type and with the rules that the row's field has.
func checkUpdate(t *testing.T, row, update reflect.Type) {
	t.Helper()
	for _, f := range reflect.VisibleFields(update) {
		if strings.HasSuffix(f.Type.Name(), "Update") {
			continue // nested, and checked by itself
		}
		if !strings.HasPrefix(f.Type.Name(), "Optional[") || !strings.HasSuffix(f.Tag.Get("json"), ",omitzero") {
			t.Errorf("%s.%s is not an Optional that is omitted when zero", update, f.Name)
			continue
		}
		if _, ok := words[f.Name]; ok {
			continue
		}
		of, ok := row.FieldByName(f.Name)
		if !ok {
			t.Errorf("%s.%s changes nothing of %s", update, f.Name, row)
			continue
		}
		value, _ := f.Type.FieldByName("Value")
		if value.Type != of.Type {
			t.Errorf("%s.%s is a %s, in the row a %s", update, f.Name, value.Type, of.Type)
		}
		for _, rule := range []string{"minLength", "maxLength", "enum", "format"} {
			if f.Tag.Get(rule) != of.Tag.Get(rule) {
				t.Errorf("%s.%s has %s %q, in the row %q", update, f.Name, rule, f.Tag.Get(rule), of.Tag.Get(rule))
			}
		}
	}
}

// checkNames: every field has a name on the wire, in words with underscores.
func checkNames(t *testing.T, shape reflect.Type) {
	t.Helper()
	for _, f := range reflect.VisibleFields(shape) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.Anonymous && (name == "" || name != strings.ToLower(name)) {
			t.Errorf("%s.%s is called %q on the wire", shape, f.Name, name)
		}
	}
}

func TestPatch_WritesTheColumnsThatWereGiven(t *testing.T) {
	db := modelstest.SQLite(t)
	now := modelstest.Now
	email := "ana@example.org"
	var user models.User
	var class models.Class
	var enrolment models.Enrolment
	var conversation models.Conversation
	for name, c := range map[string]struct {
		row       any
		nothing   []string
		all, want []string
	}{
		"user": {&user, models.UserUpdate{}.Patch(&user),
			models.UserUpdate{DisplayName: models.Some("Ana"), Email: models.Some(&email)}.Patch(&user),
			[]string{"display_name", "email"}},
		"class": {&class, models.ClassUpdate{}.Patch(&class, now),
			models.ClassUpdate{Name: models.Some("HIST101"), Archived: models.Some(true), Settings: models.ClassSettingsUpdate{
				DefaultVisibility: models.Some(models.VisibilityStaff), Anonymity: models.Some(true), MembersMayEdit: models.Some(true),
				WhoMayAddTags: models.Some(models.StaffMayAddTags), OfflineAllowed: models.Some(true),
			}}.Patch(&class, now),
			[]string{"name", "archived_at", "settings"}},
		"enrolment": {&enrolment, models.EnrolmentUpdate{}.Patch(&enrolment),
			models.EnrolmentUpdate{Role: models.Some(models.RoleTutor), Section: models.Some("B")}.Patch(&enrolment),
			[]string{"role", "section"}},
		"conversation": {&conversation, models.ConversationUpdate{}.Patch(&conversation, now),
			models.ConversationUpdate{Title: models.Some("Rome"), Visibility: models.Some(models.VisibilityStaff), Frozen: models.Some(true)}.Patch(&conversation, now),
			[]string{"title", "visibility", "frozen_at"}},
	} {
		if len(c.nothing) > 0 {
			t.Errorf("%s: nothing was given, and it writes %q", name, c.nothing)
		}
		if diff := gocmp.Diff(c.want, c.all); diff != "" {
			t.Errorf("%s: want (-), got (+):\n%s", name, diff)
		}
		for _, column := range c.all {
			if !slices.Contains(columnNames(db.Read, c.row), column) {
				t.Errorf("%s has no column %s", name, column)
			}
		}
	}
	want := models.ClassSettings{DefaultVisibility: models.VisibilityStaff, Anonymity: true, MembersMayEdit: true,
		WhoMayAddTags: models.StaffMayAddTags, OfflineAllowed: true}
	if diff := gocmp.Diff(want, class.Settings); diff != "" {
		t.Errorf("settings: want (-), got (+):\n%s", diff)
	}
	if user.DisplayName != "Ana" || user.Email != &email || class.Name != "HIST101" || enrolment.Section != "B" || conversation.Title != "Rome" {
		t.Error("a value that was given did not arrive in its row")
	}
}

func columnNames(db *bun.DB, row any) []string {
	var names []string
	for _, f := range db.Table(typeOf(row)).Fields {
		names = append(names, f.Name)
	}
	return names
}

func TestPatch_KeepsTheMomentOfWhatAlreadyHolds(t *testing.T) {
	frozen := modelstest.Now
	c := models.Conversation{FrozenAt: &frozen}
	models.ConversationUpdate{Frozen: models.Some(true)}.Patch(&c, frozen.Add(time.Hour))
	if c.FrozenAt == nil || !c.FrozenAt.Equal(frozen) {
		t.Errorf("frozen again: %v, want %v", c.FrozenAt, frozen)
	}
	models.ConversationUpdate{Frozen: models.Some(false)}.Patch(&c, frozen)
	if c.FrozenAt != nil {
		t.Errorf("thawed, and frozen at %v", c.FrozenAt)
	}
}

func TestOptional_TellsAbsentFromGiven(t *testing.T) {
	for body, want := range map[string]models.UserUpdate{
		`{}`:                     {},
		`{"display_name":""}`:    {DisplayName: models.Some("")},
		`{"display_name":"Ana"}`: {DisplayName: models.Some("Ana")},
		`{"email":null}`:         {Email: models.Some[*string](nil)},
	} {
		var got models.UserUpdate
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Errorf("%s: %v", body, err)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s: want (-), got (+):\n%s", body, diff)
		}
		back, err := json.Marshal(got)
		if err != nil || string(back) != body {
			t.Errorf("%s is written back as %s, %v", body, back, err)
		}
	}
	if err := json.Unmarshal([]byte(`{"display_name":null}`), new(models.UserUpdate)); err == nil {
		t.Error("took null for a name that cannot be taken away")
	}
}

func TestShapes_AreValidatedByTheirTags(t *testing.T) {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	for _, c := range []struct {
		name  string
		shape reflect.Type
		body  string
		wrong string // where; "" for a body that is fine
	}{
		{"class", reflect.TypeFor[models.ClassCreate](), `{"name":"HIST101"}`, ""},
		{"class without a name", reflect.TypeFor[models.ClassCreate](), `{"name":""}`, "name"},
		{"empty update", reflect.TypeFor[models.ClassUpdate](), `{}`, ""},
		{"long name", reflect.TypeFor[models.ClassUpdate](), `{"name":"` + strings.Repeat("x", 121) + `"}`, "name"},
		{"unknown setting", reflect.TypeFor[models.ClassUpdate](), `{"settings":{"who_may_add_tags":"nobody"}}`, "settings.who_may_add_tags"},
		{"e-mail taken away", reflect.TypeFor[models.UserUpdate](), `{"email":null}`, ""},
		{"no e-mail", reflect.TypeFor[models.UserUpdate](), `{"email":"at home"}`, "email"},
		{"invite as it comes", reflect.TypeFor[models.InviteCreate](), `{}`, ""},
		{"invite for a king", reflect.TypeFor[models.InviteCreate](), `{"role":"king"}`, "role"},
		{"no uses", reflect.TypeFor[models.InviteCreate](), `{"max_uses":0}`, "max_uses"},
		{"conversation", reflect.TypeFor[models.ConversationCreate](), `{"title":"Rome","source":"plain","raw":"x"}`, ""},
		{"visible to the world", reflect.TypeFor[models.ConversationUpdate](), `{"visibility":"world"}`, "visibility"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var body any
			if err := json.Unmarshal([]byte(c.body), &body); err != nil {
				t.Fatal(err)
			}
			schema := registry.Schema(c.shape, true, "")
			var result huma.ValidateResult
			huma.Validate(registry, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, body, &result)
			if (len(result.Errors) > 0) != (c.wrong != "") {
				t.Fatalf("want an error about %q, got %v", c.wrong, result.Errors)
			}
			for _, err := range result.Errors {
				if !strings.Contains(err.Error(), c.wrong) {
					t.Errorf("the error is about something else: %v", err)
				}
			}
		})
	}
}

package auth

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"grimoire/internal/models"
)

var (
	asker = uuid.MustParse("00000000-0000-7000-8000-000000000001")
	other = uuid.MustParse("00000000-0000-7000-8000-000000000002")
)

// situations is the state a conversation can be in, a letter each. Unless it
// says otherwise it is class-visible, open, somebody else's, and the
// annotation in question is by somebody else.
var situations = []struct {
	letter string
	set    func(*Resource)
}{
	{"c", func(r *Resource) {}},
	{"s", func(r *Resource) { r.Visibility = models.VisibilityStaff }},
	{"p", func(r *Resource) { r.Visibility = models.VisibilityPrivate }},
	{"f", func(r *Resource) { r.Frozen = true }},
	{"b", func(r *Resource) { r.Submitted = true }},
	{"a", func(r *Resource) { r.Archived = true }},
	{"r", func(r *Resource) { // class policy restricts
		r.Settings.MembersMayEdit, r.Settings.WhoMayAddTags = false, models.StaffMayAddTags
	}},
	{"o", func(r *Resource) { r.AuthorID = asker }},
	{"F", func(r *Resource) { r.AuthorID, r.Frozen = asker, true }},
	{"0", func(r *Resource) { r.Visibility = "" }},
	{"q", func(r *Resource) { r.Quarantined = true }},
	{"P", func(r *Resource) { r.AuthorID, r.Visibility = asker, models.VisibilityPrivate }},
	{"A", func(r *Resource) { r.AuthorID, r.Archived = asker, true }},
	{"Q", func(r *Resource) { r.AuthorID, r.Quarantined = asker, true }},
	{"H", func(r *Resource) { r.AuthorID, r.Visibility, r.Frozen = asker, models.VisibilityPrivate, true }},
	{"R", func(r *Resource) { r.AuthorID, r.Settings.WhoMayAddTags = asker, models.StaffMayAddTags }},
	{"u", func(r *Resource) { r.AuthorID, r.Settings.WhoMayAddTags = uuid.Nil, "" }}, // unknown
	{"n", func(r *Resource) { r.AuthorID, r.Conversation = asker, false }},           // about the class, as far as one knows
}

// columns is who asks, in the order of the matrix.
var columns = []struct {
	name string
	set  func(*Actor, *Resource)
}{
	{"admin", func(a *Actor, r *Resource) { a.Admin = true }},
	{"operator", func(a *Actor, r *Resource) { *a = Actor{Operator: true} }},
	{"instructor", func(a *Actor, r *Resource) { r.Role = models.RoleInstructor }},
	{"tutor", func(a *Actor, r *Resource) { r.Role = models.RoleTutor }},
	{"owner", func(a *Actor, r *Resource) { r.Role, r.OwnerID = models.RoleStudent, asker }},
	{"classmate", func(a *Actor, r *Resource) { r.Role = models.RoleStudent }},
	{"viewer", func(a *Actor, r *Resource) { r.Role = models.RoleViewer }},
	{"admin's own", func(a *Actor, r *Resource) { a.Admin, r.OwnerID = true, asker }},
	{"instructor's own", func(a *Actor, r *Resource) { r.Role, r.OwnerID = models.RoleInstructor, asker }},
	{"tutor's own", func(a *Actor, r *Resource) { r.Role, r.OwnerID = models.RoleTutor, asker }},
	{"viewer's own", func(a *Actor, r *Resource) { r.Role, r.OwnerID = models.RoleViewer, asker }},
	{"removed owner", func(a *Actor, r *Resource) { r.OwnerID = asker }},
	{"headmaster's own", func(a *Actor, r *Resource) { r.Role, r.OwnerID = "headmaster", asker }}, // no such role
	{"stranger", func(a *Actor, r *Resource) {}},
	{"nobody", func(a *Actor, r *Resource) { *a = Actor{}; r.Role = models.RoleInstructor }},
}

// matrix has a cell per column: the situations in which the action is allowed.
//
//	action  admin  operator  instructor  tutor  owner  classmate  viewer  and on their own: admin  instructor  tutor  viewer
var matrix = map[Action][]string{
	CreateClass:   {"cspfbaroF0qPAQHRun", "cspfbaroF0qPAQHRun", "cspfbaroF0qPAQHRun", "", "", "", "", "cspfbaroF0qPAQHRun", "cspfbaroF0qPAQHRun", "", ""},
	SeeClass:      {"cspfbaroF0qPAQHRun", "cspfbaroF0qPAQHRun", "cspfbaroF0qPAQHRun", "cspfbaroF0qPAQHRun", "cspfbaroF0qPAQHRun", "cspfbaroF0qPAQHRun", "cspfbaroF0qPAQHRun", "cspfbaroF0qPAQHRun", "cspfbaroF0qPAQHRun", "cspfbaroF0qPAQHRun", "cspfbaroF0qPAQHRun"},
	ManageClass:   {"cspfbaroF0qPAQHRun", "cspfbaroF0qPAQHRun", "cspfbaroF0qPAQHRun", "", "", "", "", "cspfbaroF0qPAQHRun", "cspfbaroF0qPAQHRun", "", ""},
	InviteMembers: {"cspfbroF0qPQHRun", "cspfbroF0qPQHRun", "cspfbroF0qPQHRun", "cspfbroF0qPQHRun", "", "", "", "cspfbroF0qPQHRun", "cspfbroF0qPQHRun", "cspfbroF0qPQHRun", ""},
	InviteStaff:   {"cspfbroF0qPQHRun", "cspfbroF0qPQHRun", "cspfbroF0qPQHRun", "", "", "", "", "cspfbroF0qPQHRun", "cspfbroF0qPQHRun", "", ""},
	Import:        {"cspfbroF0qPQHRun", "cspfbroF0qPQHRun", "cspfbroF0qPQHRun", "cspfbroF0qPQHRun", "cspfbroF0qPQHRun", "cspfbroF0qPQHRun", "", "cspfbroF0qPQHRun", "cspfbroF0qPQHRun", "cspfbroF0qPQHRun", ""},

	See:              {"cspfbaroF0qPAQHRu", "cspfbaroF0qPAQHRu", "csfbaroFqAQRu", "csfbaroFqAQRu", "cspfbaroF0qPAQHRu", "cfbaroFqAQRu", "cfbaroFqAQRu", "cspfbaroF0qPAQHRu", "cspfbaroF0qPAQHRu", "cspfbaroF0qPAQHRu", "cspfbaroF0qPAQHRu"},
	EditText:         {"cspfbroF0PHRu", "cspfbroF0PHRu", "csfbroFRu", "", "cspro0PRu", "coRu", "", "cspfbroF0PHRu", "cspfbroF0PHRu", "cspro0PRu", ""},
	Manage:           {"cspfbroF0qPQHRu", "cspfbroF0qPQHRu", "csfbroFqQRu", "", "cspbro0qPQRu", "", "", "cspfbroF0qPQHRu", "cspfbroF0qPQHRu", "cspbro0qPQRu", ""},
	Annotate:         {"cspfbroF0PHRu", "cspfbroF0PHRu", "csfbroFRu", "csfbroFRu", "cspbro0PRu", "cbroRu", "", "cspfbroF0PHRu", "cspfbroF0PHRu", "cspfbroF0PHRu", ""},
	AddTags:          {"cspfbroF0PHRu", "cspfbroF0PHRu", "csfbroFRu", "csfbroFRu", "cspbo0P", "cbo", "", "cspfbroF0PHRu", "cspfbroF0PHRu", "cspfbroF0PHRu", ""},
	ChangeLockedTags: {"cspfbroF0PHRu", "cspfbroF0PHRu", "csfbroFRu", "", "", "", "", "cspfbroF0PHRu", "cspfbroF0PHRu", "", ""},
	RemoveHighlight:  {"cspfbroF0PHRu", "cspfbroF0PHRu", "csfbroFRu", "oFR", "oPR", "oR", "", "cspfbroF0PHRu", "cspfbroF0PHRu", "oFPHR", ""},
	EditComment:      {"oFPHR", "", "oFR", "oFR", "oPR", "oR", "", "oFPHR", "oFPHR", "oFPHR", ""},
	DeleteComment:    {"cspfbroF0PHRu", "cspfbroF0PHRu", "csfbroFRu", "csfbroFRu", "cspbro0PRu", "oR", "", "cspfbroF0PHRu", "cspfbroF0PHRu", "cspfbroF0PHRu", ""},
	Respond:          {"", "", "oFR", "oFR", "oPR", "oR", "", "", "oFPHR", "oFPHR", ""},
	Moderate:         {"cspfbroF0qPQHRu", "cspfbroF0qPQHRu", "csfbroFqQRu", "csfbroFqQRu", "", "", "", "cspfbroF0qPQHRu", "cspfbroF0qPQHRu", "cspfbroF0qPQHRu", ""},
	Export:           {"cspfbaroF0qPAQHRu", "cspfbaroF0qPAQHRu", "csfbaroFqAQRu", "csfbaroFqAQRu", "cspfbaroF0qPAQHRu", "cfbaroFqAQRu", "", "cspfbaroF0qPAQHRu", "cspfbaroF0qPAQHRu", "cspfbaroF0qPAQHRu", ""},
	Replay:           {"cspfbaroF0qPAQHRu", "cspfbaroF0qPAQHRu", "csfbaroFqAQRu", "csfbaroFqAQRu", "cspfbaroF0qPAQHRu", "", "", "cspfbaroF0qPAQHRu", "cspfbaroF0qPAQHRu", "cspfbaroF0qPAQHRu", ""},
}

func TestCan_EveryCell(t *testing.T) {
	for action := range table {
		if _, ok := matrix[action]; !ok {
			t.Errorf("%q is in the table and not in its test", action)
		}
	}
	for action, cells := range matrix {
		for i, column := range columns {
			want := ""
			if i < len(cells) {
				want = cells[i] // the columns after the matrix may do nothing at all
			}
			for _, situation := range situations {
				actor := Actor{UserID: asker}
				resource := openConversation()
				column.set(&actor, &resource)
				situation.set(&resource)
				if got := Can(actor, action, resource); got != strings.Contains(want, situation.letter) {
					t.Errorf("%s: %s in %q: got %v", action, column.name, situation.letter, got)
				}
			}
		}
	}
}

func TestCan_StandingsAddUp(t *testing.T) {
	instructor := openConversation()
	instructor.Role, instructor.OwnerID, instructor.Visibility = models.RoleInstructor, asker, models.VisibilityPrivate
	tutor := openConversation()
	tutor.Role, tutor.OwnerID = models.RoleTutor, asker
	for _, tt := range []struct {
		name   string
		action Action
		r      Resource
	}{
		{"an instructor sees his own private conversation", See, instructor},
		{"and edits it", EditText, instructor},
		{"a tutor edits his own", EditText, tutor},
		{"a tutor renames his own", Manage, tutor},
	} {
		if !Can(Actor{UserID: asker}, tt.action, tt.r) {
			t.Errorf("%s: refused", tt.name)
		}
	}
}

func TestCan_DeniesWhatItDoesNotKnow(t *testing.T) {
	all := openConversation()
	all.Role = models.RoleInstructor
	if Can(Actor{UserID: asker, Admin: true}, "launch the missiles", all) {
		t.Error("an unknown action was allowed")
	}
	if Can(Actor{UserID: asker}, See, Resource{Role: "headmaster", Conversation: true, Visibility: models.VisibilityClass}) {
		t.Error("an unknown role was allowed")
	}
	class := Resource{Role: models.RoleInstructor}
	for action, row := range table {
		if slices.Contains([]reach{reading, writing, sighting}, row.reach) && Can(Actor{UserID: asker}, action, class) {
			t.Errorf("%s was allowed on a class", action)
		}
	}
}

func openConversation() Resource {
	return Resource{
		Conversation: true,
		Visibility:   models.VisibilityClass,
		OwnerID:      other,
		AuthorID:     other,
		Settings:     models.ClassSettings{MembersMayEdit: true, WhoMayAddTags: models.EveryoneMayAddTags},
	}
}

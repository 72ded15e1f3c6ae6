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
	{"viewer's own", func(a *Actor, r *Resource) { r.Role, r.OwnerID = models.RoleViewer, asker }},
	{"removed owner", func(a *Actor, r *Resource) { r.OwnerID = asker }},
	{"stranger", func(a *Actor, r *Resource) {}},
	{"nobody", func(a *Actor, r *Resource) { *a = Actor{}; r.Role = models.RoleInstructor }},
}

// matrix has a cell per column: the situations in which the action is allowed.
//
//	action  admin  operator  instructor  tutor  owner  classmate  viewer  viewer's own
var matrix = map[Action][]string{
	CreateClass:   {"cspfbaroF0q", "cspfbaroF0q", "cspfbaroF0q", "", "", "", "", ""},
	SeeClass:      {"cspfbaroF0q", "cspfbaroF0q", "cspfbaroF0q", "cspfbaroF0q", "cspfbaroF0q", "cspfbaroF0q", "cspfbaroF0q", "cspfbaroF0q"},
	ManageClass:   {"cspfbaroF0q", "cspfbaroF0q", "cspfbaroF0q", "", "", "", "", ""},
	InviteMembers: {"cspfbroF0q", "cspfbroF0q", "cspfbroF0q", "cspfbroF0q", "", "", "", ""},
	InviteStaff:   {"cspfbroF0q", "cspfbroF0q", "cspfbroF0q", "", "", "", "", ""},
	Import:        {"cspfbroF0q", "cspfbroF0q", "cspfbroF0q", "cspfbroF0q", "cspfbroF0q", "cspfbroF0q", "", ""},

	See:              {"cspfbaroF0q", "cspfbaroF0q", "csfbaroFq", "csfbaroFq", "cspfbaroF0q", "cfbaroFq", "cfbaroFq", "cspfbaroF0q"},
	EditText:         {"cspfbroF0", "cspfbroF0", "csfbroF", "", "cspro0", "co", "", ""},
	Manage:           {"cspfbroF0q", "cspfbroF0q", "csfbroFq", "", "cspbro0q", "", "", ""},
	Annotate:         {"cspfbroF0", "cspfbroF0", "csfbroF", "csfbroF", "cspbro0", "cbro", "", ""},
	AddTags:          {"cspfbroF0", "cspfbroF0", "csfbroF", "csfbroF", "cspbo0", "cbo", "", ""},
	ChangeLockedTags: {"cspfbroF0", "cspfbroF0", "csfbroF", "", "", "", "", ""},
	RemoveHighlight:  {"cspfbroF0", "cspfbroF0", "csfbroF", "csfbroF", "o", "o", "", ""},
	EditComment:      {"oF", "", "oF", "oF", "o", "o", "", ""},
	DeleteComment:    {"cspfbroF0", "cspfbroF0", "csfbroF", "csfbroF", "cspbro0", "o", "", ""},
	Respond:          {"", "", "oF", "oF", "o", "o", "", ""},
	Moderate:         {"cspfbroF0q", "cspfbroF0q", "csfbroFq", "csfbroFq", "", "", "", ""},
	Export:           {"cspfbaroF0q", "cspfbaroF0q", "csfbaroFq", "csfbaroFq", "cspfbaroF0q", "cfbaroFq", "", ""},
	Replay:           {"cspfbaroF0q", "cspfbaroF0q", "csfbaroFq", "csfbaroFq", "cspfbaroF0q", "", "", ""},
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

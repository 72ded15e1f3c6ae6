package classroom

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"grimoire/internal/annotation"
	"grimoire/internal/auth"
	"grimoire/internal/models"
)

// What each column of the matrix may write into a Doc: all of it is said here once more, in words of
// the Doc, so that no right is translated into another.
func TestGuardOf_EveryColumnOfTheMatrix(t *testing.T) {
	me := uuid.MustParse("0197a000-0000-7000-8000-00000000000a")
	owner := uuid.MustParse("0197a000-0000-7000-8000-00000000000b")
	type columns struct{ admin, instructor, tutor, owner, classmate, viewer string }
	for _, tt := range []struct {
		name string
		set  func(*auth.Resource)
		want columns
	}{
		{"open", func(r *auth.Resource) {}, columns{
			admin:      "Edit Annotate AddTags LockedTags RemoveAny DeleteAny",
			instructor: "Edit Annotate AddTags LockedTags RemoveAny DeleteAny Respond",
			tutor:      "Annotate AddTags DeleteAny Respond",
			owner:      "Edit Annotate AddTags DeleteAny Respond",
			classmate:  "Edit Annotate AddTags Respond",
		}},
		{"members may not edit nor add tags", func(r *auth.Resource) {
			r.Settings = models.ClassSettings{WhoMayAddTags: models.StaffMayAddTags}
		}, columns{
			admin:      "Edit Annotate AddTags LockedTags RemoveAny DeleteAny",
			instructor: "Edit Annotate AddTags LockedTags RemoveAny DeleteAny Respond",
			tutor:      "Annotate AddTags DeleteAny Respond",
			owner:      "Edit Annotate DeleteAny Respond",
			classmate:  "Annotate Respond",
		}},
		{"submitted", func(r *auth.Resource) { r.Submitted = true }, columns{
			admin:      "Edit Annotate AddTags LockedTags RemoveAny DeleteAny",
			instructor: "Edit Annotate AddTags LockedTags RemoveAny DeleteAny Respond",
			tutor:      "Annotate AddTags DeleteAny Respond",
			owner:      "Annotate AddTags DeleteAny Respond",
			classmate:  "Annotate AddTags Respond",
		}},
		{"frozen", func(r *auth.Resource) { r.Frozen = true }, columns{
			admin:      "Edit Annotate AddTags LockedTags RemoveAny DeleteAny",
			instructor: "Edit Annotate AddTags LockedTags RemoveAny DeleteAny Respond",
			tutor:      "Annotate AddTags DeleteAny Respond",
		}},
		{"damaged", func(r *auth.Resource) { r.Quarantined = true }, columns{}},
		{"in an archived class", func(r *auth.Resource) { r.Archived = true }, columns{}},
		{"private", func(r *auth.Resource) { r.Visibility = models.VisibilityPrivate }, columns{
			admin: "Edit Annotate AddTags LockedTags RemoveAny DeleteAny",
			owner: "Edit Annotate AddTags DeleteAny Respond",
		}},
	} {
		for _, c := range []struct {
			column string
			set    func(*auth.Actor, *auth.Resource)
			want   string
		}{
			{"admin", func(a *auth.Actor, r *auth.Resource) { a.Admin = true }, tt.want.admin},
			{"instructor", func(a *auth.Actor, r *auth.Resource) { r.Role = models.RoleInstructor }, tt.want.instructor},
			{"tutor", func(a *auth.Actor, r *auth.Resource) { r.Role = models.RoleTutor }, tt.want.tutor},
			{"owner", func(a *auth.Actor, r *auth.Resource) { r.Role, r.OwnerID = models.RoleStudent, me }, tt.want.owner},
			{"classmate", func(a *auth.Actor, r *auth.Resource) { r.Role = models.RoleStudent }, tt.want.classmate},
			{"viewer", func(a *auth.Actor, r *auth.Resource) { r.Role = models.RoleViewer }, tt.want.viewer},
			{"stranger", func(*auth.Actor, *auth.Resource) {}, ""},
		} {
			t.Run(tt.name+" to the "+c.column, func(t *testing.T) {
				actor := auth.Actor{UserID: me}
				r := auth.Resource{
					Conversation: true, Visibility: models.VisibilityClass, OwnerID: owner,
					Settings: models.ClassSettings{MembersMayEdit: true, WhoMayAddTags: models.EveryoneMayAddTags},
				}
				tt.set(&r)
				c.set(&actor, &r)
				if diff := cmp.Diff(guardOf(actor, r), guardNamed(me, c.want)); diff != "" {
					t.Errorf("got, then want:\n%s", diff)
				}
			})
		}
	}
}

// guardNamed is a Guard with the rights that words names.
func guardNamed(user uuid.UUID, words string) annotation.Guard {
	g := annotation.Guard{User: user.String()}
	for name, right := range map[string]*bool{
		"Edit": &g.Edit, "Annotate": &g.Annotate, "AddTags": &g.AddTags, "LockedTags": &g.LockedTags,
		"RemoveAny": &g.RemoveAny, "DeleteAny": &g.DeleteAny, "Respond": &g.Respond,
	} {
		*right = slices.Contains(strings.Fields(words), name)
	}
	return g
}

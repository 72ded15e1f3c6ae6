package classroom

import (
	"errors"
	"reflect"
	"strconv"
	"testing"

	"grimoire/internal/models"
)

// The command line has no shape that checks a request: an invite is as bounded as over HTTP.
func TestCheckInvite_HasTheBoundsOfTheShape(t *testing.T) {
	shape := reflect.TypeFor[models.InviteCreate]()
	for _, bound := range []struct {
		field string
		most  int
		set   func(*models.InviteCreate, int)
	}{
		{"ExpiresInHours", maxInviteHours, func(r *models.InviteCreate, n int) { r.ExpiresInHours = n }},
		{"MaxUses", maxInviteUses, func(r *models.InviteCreate, n int) { r.MaxUses = n }},
	} {
		field, _ := shape.FieldByName(bound.field)
		if field.Tag.Get("minimum") != "1" || field.Tag.Get("maximum") != strconv.Itoa(bound.most) {
			t.Errorf("%s has other bounds over HTTP: %s", bound.field, field.Tag)
		}
		for n, fits := range map[int]bool{-1: false, 1: true, bound.most: true, bound.most + 1: false} {
			r := withDefaults(models.InviteCreate{})
			bound.set(&r, n)
			if err := checkInvite(r); fits != (err == nil) || !fits && !errors.Is(err, &Error{Code: Invalid}) {
				t.Errorf("%s %d: %v", bound.field, n, err)
			}
		}
	}
	for _, role := range []models.Role{models.RoleViewer, models.RoleTutor} {
		if err := checkInvite(withDefaults(models.InviteCreate{InviteFields: models.InviteFields{Role: role}})); err != nil {
			t.Errorf("%s: %v", role, err)
		}
	}
	if err := checkInvite(withDefaults(models.InviteCreate{InviteFields: models.InviteFields{Role: "boss"}})); !errors.Is(err, &Error{Code: Invalid}) {
		t.Errorf("a role that is none: %v", err)
	}
}

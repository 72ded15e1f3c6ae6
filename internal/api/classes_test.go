package api

import (
	"testing"

	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

func TestClasses_FromNameToArchive(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		s := newStage(t, db)
		s.classroom(t)
		s.run(t, []step{
			{name: "as it was made", as: "ana", do: "GET /api/classes/{class}", status: 200,
				has: []string{`"name":"HIST 101"`, `"role":"instructor"`, `"members":3`, `"conversations":0`, `"staff":[{"id":"{ana}","display_name":"ana"}]`,
					`"default_visibility":"class"`, `"members_may_edit":true`, `"who_may_add_tags":"everyone"`, `"archived_at":null`}},
			{name: "as ben sees it", as: "ben", do: "GET /api/classes", status: 200, has: []string{`"role":"student"`, `"id":"{class}"`}},
			{name: "a new name and one setting", as: "ana", do: "PATCH /api/classes/{class}", body: `{"name":" HIST  102 ","settings":{"default_visibility":"staff"}}`, status: 200,
				has: []string{`"name":"HIST 102"`, `"default_visibility":"staff"`, `"members_may_edit":true`}},
			{name: "the default for what is added", as: "ben", do: "POST /api/classes/{class}/conversations", body: oneTurn + `}`, status: 201, has: []string{`"visibility":"staff"`}},
			{name: "a setting there is not", as: "ana", do: "PATCH /api/classes/{class}", body: `{"settings":{"default_visibility":"world"}}`, status: 422, hasNot: []string{"world"}},
			{name: "a promise not kept yet", as: "ana", do: "PATCH /api/classes/{class}", body: `{"settings":{"anonymity":true}}`, status: 422, has: []string{`"location":"body.settings.anonymity"`}},
			{name: "archive", as: "ana", do: "PATCH /api/classes/{class}", body: `{"archived":true}`, status: 200, hasNot: []string{`"archived_at":null`}},
			{name: "can be read", as: "ben", do: "GET /api/classes/{class}/conversations", status: 200, has: []string{`"title":"Rome"`}},
			{name: "and takes nothing in", as: "ben", do: "POST /api/classes/{class}/conversations", body: oneTurn + `}`, status: 403, has: []string{`"code":"archived"`}},
			{name: "open again", as: "ana", do: "PATCH /api/classes/{class}", body: `{"archived":false}`, status: 200, has: []string{`"archived_at":null`}},
		})
	})
}

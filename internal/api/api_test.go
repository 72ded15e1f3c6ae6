package api

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

func TestOpenAPI_NamesEveryRouteOnce(t *testing.T) {
	document, err := OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Summary     string
			Responses   map[string]any
		}
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1.") {
		t.Errorf("OpenAPI %s, want 3.1", doc.OpenAPI)
	}
	plainID := regexp.MustCompile(`^[a-z][A-Za-z]+$`)
	seen := map[string]string{}
	for path, methods := range doc.Paths {
		if !strings.HasPrefix(path, "/api/") {
			t.Errorf("%s is not under /api", path)
		}
		for method, op := range methods {
			if !plainID.MatchString(op.OperationID) || op.Summary == "" {
				t.Errorf("%s %s: id %q, summary %q", method, path, op.OperationID, op.Summary)
			}
			if other := seen[op.OperationID]; other != "" {
				t.Errorf("%s %s has the id of %s", method, path, other)
			}
			seen[op.OperationID] = path
			if op.Responses["default"] == nil && op.Responses["404"] == nil {
				t.Errorf("%s %s does not say what its problems look like", method, path)
			}
		}
	}
	for _, id := range []string{"join", "importConversation", "previewImport", "signIn", "getMe"} {
		if seen[id] == "" {
			t.Errorf("there is no operation %s", id)
		}
	}
}

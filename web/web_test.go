package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"
)

var built = fstest.MapFS{
	"index.html":          {Data: []byte(`<meta name="csp-nonce" content="__CSP_NONCE__">`)},
	"mark.svg":            {Data: []byte("<svg/>")},
	"assets/app-1a2b.js":  {Data: []byte("export {}")},
	".vite/manifest.json": {Data: []byte("{}")},
}

func TestHandler(t *testing.T) {
	const pageBody = `<meta name="csp-nonce" content="n-1">`
	for _, test := range []struct {
		name, method, path string
		status             int
		body, cache        string
	}{
		{"the front page", "GET", "/", 200, pageBody, "no-store"},
		{"an address of the router", "GET", "/classes/0198/people", 200, pageBody, "no-store"},
		{"the page by its file name", "GET", "/index.html", 200, pageBody, "no-store"},
		{"a hashed file", "GET", "/assets/app-1a2b.js", 200, "export {}", "public, max-age=31536000, immutable"},
		{"a hashed file of an older build", "GET", "/assets/app-0000.js", 404, "404 page not found\n", ""},
		{"a directory", "GET", "/assets/", 404, "404 page not found\n", ""},
		{"a file beside the page", "GET", "/mark.svg", 200, "<svg/>", "no-cache"},
		{"the build's own manifest", "GET", "/.vite/manifest.json", 200, pageBody, "no-store"},
		{"a way out", "GET", "/../web.go", 200, pageBody, "no-store"},
		{"a write", "POST", "/", 405, "This address can only be read.\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := serve(built, test.method, test.path)
			got := []any{w.Code, w.Body.String(), w.Header().Get("Cache-Control")}
			want := []any{test.status, test.body, test.cache}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("%s %s: got %q, want %q", test.method, test.path, got[i], want[i])
				}
			}
		})
	}
}

func TestHandler_SaysThatTheClientIsNotBuilt(t *testing.T) {
	w := serve(fstest.MapFS{".keep": {}}, "GET", "/")
	if w.Code != http.StatusServiceUnavailable || w.Body.String() != unbuilt+"\n" {
		t.Errorf("got %d %q", w.Code, w.Body.String())
	}
}

func TestHandler_EscapesTheNonce(t *testing.T) {
	w := httptest.NewRecorder()
	newHandler(built, func(*http.Request) string { return `"><script>` }).
		ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if got, want := w.Body.String(), `<meta name="csp-nonce" content="&#34;&gt;&lt;script&gt;">`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func serve(files fstest.MapFS, method, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	newHandler(files, func(*http.Request) string { return "n-1" }).
		ServeHTTP(w, httptest.NewRequest(method, "http://grimoire.example"+path, nil))
	return w
}

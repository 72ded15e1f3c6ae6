// Package web serves the browser client that the binary carries.
//
//	GET /assets/…       a built file; its name holds its hash, so it may be kept for ever
//	GET /mark.svg       a file beside index.html; asked for again each time
//	GET anything else   index.html: the client's router reads the address
//
// The page carries one literal, __CSP_NONCE__, that every response replaces by
// the nonce of its own content security policy. Whoever sets that header (the
// api package) hands the nonce in; this package sets no policy of its own.
package web

import (
	"bytes"
	"embed"
	"errors"
	"html"
	"io/fs"
	"net/http"
	"strings"
)

//go:embed all:dist
var dist embed.FS

const (
	page        = "index.html"
	placeholder = "__CSP_NONCE__"
	unbuilt     = "The browser client is not in this binary. Build it with `make build` and start again."
)

// Handler serves the client. It answers every path that names no file with the
// page, so mount it last: /api/ and /ws/ belong to others. nonce returns the
// nonce of the response to one request, or "" when its policy has none.
func Handler(nonce func(*http.Request) string) http.Handler {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // "dist" is a valid path
	}
	return newHandler(files, nonce)
}

type handler struct {
	files  http.Handler
	exists func(name string) bool
	page   []byte // nil before the first `make build`
	nonce  func(*http.Request) string
}

func newHandler(files fs.FS, nonce func(*http.Request) string) *handler {
	h := &handler{files: http.FileServerFS(files), nonce: nonce}
	h.exists = func(name string) bool {
		info, err := fs.Stat(files, name)
		return err == nil && info.Mode().IsRegular()
	}
	built, err := fs.ReadFile(files, page)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		panic(err) // embedded files can be read
	}
	h.page = built
	return h
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "This address can only be read.", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	hashed := strings.HasPrefix(name, "assets/")
	switch {
	case hashed && !h.exists(name):
		http.NotFound(w, r) // an old page asks for a file of the last build
	case hashed:
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		h.files.ServeHTTP(w, r)
	case name != page && !strings.HasPrefix(name, ".") && h.exists(name):
		w.Header().Set("Cache-Control", "no-cache")
		h.files.ServeHTTP(w, r)
	default:
		h.servePage(w, r)
	}
}

func (h *handler) servePage(w http.ResponseWriter, r *http.Request) {
	if h.page == nil {
		http.Error(w, unbuilt, http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store") // the nonce is good for one response
	nonce := html.EscapeString(h.nonce(r))
	w.Write(bytes.ReplaceAll(h.page, []byte(placeholder), []byte(nonce)))
}

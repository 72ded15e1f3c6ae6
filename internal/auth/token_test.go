package auth

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

func TestToken_IsLongAndNeverShown(t *testing.T) {
	token, err := NewSessionToken(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if len(token.Reveal()) != 43 {
		t.Errorf("token has %d characters, want 43 for 256 bits", len(token.Reveal()))
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("signed in", "token", token)
	encoded, err := json.Marshal(map[string]any{"token": token})
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%s %v %+v %#v %s %s", token, token, token, token, log.String(), encoded)
	if strings.Contains(shown, token.Reveal()) {
		t.Errorf("the token was shown: %s", shown)
	}
	if h := token.Hash(); len(h) != 64 || strings.Contains(h, token.Reveal()) {
		t.Errorf("hash %q", h)
	}
}

func TestCookies_RoundTrip(t *testing.T) {
	for _, tt := range []struct {
		name   string
		secure bool
		shared bool
		want   []string
		not    []string
	}{
		{"behind TLS", true, false,
			[]string{"__Host-grimoire=", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age=34560000"}, []string{"Domain"}},
		{"on plain http", false, false,
			[]string{"grimoire=", "; HttpOnly", "; SameSite=Lax", "; Path=/"}, []string{"Secure", "Domain", "__Host-"}},
		{"on a shared computer", false, true, []string{"grimoire="}, []string{"Expires", "Max-Age"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cookies := Cookies{Secure: tt.secure}
			set := cookies.Set("the-token", tt.shared)
			for _, want := range tt.want {
				if !strings.Contains(set.String(), want) {
					t.Errorf("%q lacks %q", set, want)
				}
			}
			for _, not := range tt.not {
				if strings.Contains(set.String(), not) {
					t.Errorf("%q has %q", set, not)
				}
			}
			r := &http.Request{Header: http.Header{"Cookie": {set.Name + "=" + set.Value}}}
			if got := cookies.Token(r); got != "the-token" {
				t.Errorf("read back %q", got.Reveal())
			}
			if got := (Cookies{Secure: !tt.secure}).Token(r); got != "" {
				t.Errorf("the other kind of server read %q", got.Reveal())
			}
		})
	}
	if clear := (Cookies{}).Clear().String(); !strings.Contains(clear, "Max-Age=0") {
		t.Errorf("Clear = %q", clear)
	}
}

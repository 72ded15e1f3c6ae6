package annotation

import (
	"crypto/rand"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCut(t *testing.T) {
	const one, two = "aaaaaaaaa1", "bbbbbbbbb2"
	tests := []struct {
		name, text string
		want       []piece
	}{
		{"nothing", "", nil},
		{"blank", "\n \n", nil},
		{"no markers is one turn", "just text", []piece{{"", "just text"}}},
		{"two turns", Marker(one) + "hello\n\n" + Marker(two) + "hi\n\n",
			[]piece{{one, "hello"}, {two, "hi"}}},
		{"text before the first marker", "title\n" + Marker(one) + "hello",
			[]piece{{"", "title"}, {one, "hello"}}},
		{"a turn may be empty", Marker(one) + Marker(two), []piece{{one, ""}, {two, ""}}},
		{"a marker within a line still parts", "end" + Marker(one) + "hello", []piece{{"", "end"}, {one, "hello"}}},
		{"an id too short is text", "\u001eabc\nhello", []piece{{"", "\u001eabc\nhello"}}},
		{"a marker without its newline is text", "\u001e" + one + " hello", []piece{{"", "\u001e" + one + " hello"}}},
		{"capital letters are text", "\u001eAAAAAAAAA1\nhello", []piece{{"", "\u001eAAAAAAAAA1\nhello"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(cut(tt.text), tt.want, cmp.AllowUnexported(piece{})); diff != "" {
				t.Errorf("got, then want:\n%s", diff)
			}
		})
	}
}

func TestClean(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"newlines of three systems", "a\r\nb\rc\nd", "a\nb\nc\nd"},
		{"forged marker", "x" + Marker("aaaaaaaaa1") + "y", "xaaaaaaaaa1\ny"},
		{"no zero bytes", "a\x00b", "ab"},
		{"broken UTF-8", "a\xff\xfeb", "a\ufffdb"},
		{"emoji and right-to-left stay", "👩‍👩‍👧 שלום 漢字", "👩‍👩‍👧 שלום 漢字"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Clean(tt.in); got != tt.want {
				t.Errorf("Clean(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestNewID_IsWhatAMarkerHolds(t *testing.T) {
	shape := regexp.MustCompile(`^[a-z0-9]{10}$`)
	seen := map[string]bool{}
	for range 1000 {
		id, err := NewID(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if !shape.MatchString(id) || seen[id] {
			t.Fatalf("id %q", id)
		}
		seen[id] = true
	}
}

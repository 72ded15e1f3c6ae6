package classroom

import (
	"crypto/rand"
	"regexp"
	"slices"
	"testing"
)

func TestWords_AreTwoHundredAndFiftySixAndPlain(t *testing.T) {
	sorted := slices.Sorted(slices.Values(words))
	if len(sorted) != 256 || len(slices.Compact(sorted)) != 256 {
		t.Errorf("%d words, %d of them different; want 256", len(words), len(slices.Compact(sorted)))
	}
	plain := regexp.MustCompile(`^[a-z]{3,9}$`)
	for _, w := range words {
		if !plain.MatchString(w) {
			t.Errorf("%q is not plain", w)
		}
	}
}

func TestShortCode(t *testing.T) {
	shape := regexp.MustCompile(`^[A-HJKMNP-Z2-9]{7}$`)
	seen := map[rune]bool{}
	for range 2000 {
		code, err := newShortCode(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if !shape.MatchString(code) {
			t.Fatalf("code %q", code)
		}
		for _, r := range code {
			seen[r] = true
		}
	}
	if len(seen) != len(codeAlphabet) {
		t.Errorf("%d characters were used, want all %d", len(seen), len(codeAlphabet))
	}
}

func TestCodes_AreReadAsPeopleTypeThem(t *testing.T) {
	for _, tt := range []struct{ typed, want string }{
		{"K7QM2XR", "K7QM2XR"}, {"k7qm 2xr", "K7QM2XR"}, {" K7QM-2XR ", "K7QM2XR"}, {"k 7 q m 2 x r", "K7QM2XR"},
	} {
		if got := normalCode(tt.typed); got != tt.want {
			t.Errorf("normalCode(%q) = %q, want %q", tt.typed, got, tt.want)
		}
	}
	for _, typed := range []string{"maple-river-otter-fern-042", "Maple River Otter Fern 042", " maple - river -otter- fern 042"} {
		if got := normalReturnCode(typed).Reveal(); got != "maple-river-otter-fern-042" {
			t.Errorf("normalReturnCode(%q) = %q", typed, got)
		}
	}
	code, err := newReturnCode(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if normalReturnCode(code.Reveal()) != code || !regexp.MustCompile(`^([a-z]+-){4}[0-9]{3}$`).MatchString(code.Reveal()) {
		t.Errorf("return code %q", code.Reveal())
	}
}

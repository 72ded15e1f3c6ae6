package classroom

import (
	"errors"
	"strings"
	"testing"
)

func TestCleanName(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"as it is", "Ana Gruber", "Ana Gruber"},
		{"spaces and lines", "  Ana \n\t Gruber ", "Ana Gruber"},
		{"emoji of several people", "👩‍👩‍👧", "👩‍👩‍👧"},
		{"right to left, with a mark", "\u200fשלום", "שלום"},
		{"turned around", "Ana\u202e nimda", "Ana nimda"},
		{"control characters", "A\x00n\x07a", "Ana"},
		{"broken UTF-8", "An\xffa", "Ana"},
		{"exactly as long as may be", strings.Repeat("語", 20), strings.Repeat("語", 20)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := cleanName("name", tt.in, 20); got != tt.want || err != nil {
				t.Errorf("cleanName(%q) = %q, %v; want %q", tt.in, got, err, tt.want)
			}
		})
	}
	for name, in := range map[string]string{"empty": "", "blank": " \n", "nothing to see": "\u200b\u202e", "too long": strings.Repeat("x", 21)} {
		t.Run(name, func(t *testing.T) {
			var refused *Error
			if _, err := cleanName("name", in, 20); !errors.As(err, &refused) || refused.Code != Invalid || refused.Fields[0].Location != "name" {
				t.Errorf("cleanName(%q): %v", in, err)
			}
		})
	}
}

func TestCleanEmail(t *testing.T) {
	text := func(s string) *string { return &s }
	for _, tt := range []struct {
		name string
		in   *string
		want string
		bad  bool
	}{
		{"none", nil, "", false},
		{"blank is none", text("  "), "", false},
		{"folded", text(" Ana@School.Example "), "ana@school.example", false},
		{"no address", text("ana"), "", true},
		{"with a name", text("Ana <ana@school.example>"), "", true},
		{"two", text("a@b.example, c@d.example"), "", true},
		{"endless", text(strings.Repeat("x", 250) + "@b.example"), "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := cleanEmail(tt.in)
			if (err != nil) != tt.bad || got != nil && *got != tt.want || got == nil && tt.want != "" {
				t.Errorf("cleanEmail = %v, %v", got, err)
			}
		})
	}
}

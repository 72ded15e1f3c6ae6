package annotation

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestBetween(t *testing.T) {
	tests := []struct{ name, a, b, want string }{
		{"first of all", "", "", "V"},
		{"after one", "V", "", "k"},
		{"before one", "", "V", "F"},
		{"between neighbours", "V", "W", "VV"},
		{"between near strings", "V", "V01", "V00V"},
		{"after the last digit", "z", "", "zV"},
		{"two chose the same", "V", "V", "k"},
		{"in the wrong order", "k", "V", "s"},
		{"no room because b ends in the lowest digit", "V", "V0", "V0V"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Between(tt.a, tt.b); got != tt.want {
				t.Errorf("Between(%q, %q) = %q, want %q", tt.a, tt.b, got, tt.want)
			}
		})
	}
}

func TestBetween_AnyOrderOfInsertionsKeepsTheirPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []string
		for range rapid.IntRange(1, 200).Draw(t, "items") {
			i := rapid.IntRange(0, len(all)).Draw(t, "at")
			before, after := "", ""
			if i > 0 {
				before = all[i-1]
			}
			if i < len(all) {
				after = all[i]
			}
			all = slices.Insert(all, i, Between(before, after))
		}
		if !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
			t.Fatalf("not strictly rising: %q", all)
		}
	})
}

func TestBetween_EndsForStringsThatAreNoPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		if got := Between(a, b); got == "" {
			t.Fatalf("Between(%q, %q) is empty", a, b)
		}
	})
}

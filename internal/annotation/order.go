package annotation

import "strings"

// Places order tags in their bar and highlights on a board. They are strings
// of digits in base 62, read as a fraction and compared as bytes, and never
// end in the lowest digit, so that there is always room before them. Items at
// equal places are ordered by their ids.
const placeDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// Between returns a place after a and before b. An empty a is the very
// beginning, an empty b the very end. If b is not after a, which happens when
// two people chose the same place at once, the result is merely after a.
func Between(a, b string) string {
	if b != "" && b <= a {
		b = ""
	}
	var place strings.Builder
	for i := 0; ; i++ {
		if i >= len(a) && i >= len(b) {
			b = "" // b is a with lowest digits behind it: nothing fits between
		}
		low, high := digitAt(a, i, 0), len(placeDigits)
		if b != "" {
			high = digitAt(b, i, 0)
		}
		if high-low > 1 {
			place.WriteByte(placeDigits[(low+high)/2])
			return place.String()
		}
		place.WriteByte(placeDigits[low])
		if low < high {
			b = "" // already below b, whatever follows
		}
	}
}

// digitAt returns the value of the digit at i, or other past the end. A
// character that is no digit counts as the nearest one below it.
func digitAt(s string, i, other int) int {
	if i >= len(s) {
		return other
	}
	value := 0
	for d := range len(placeDigits) {
		if placeDigits[d] <= s[i] {
			value = d
		}
	}
	return value
}

// places returns n places in order, with as much room between them as there is.
func places(n int) []string {
	out := make([]string, n)
	before := ""
	for i := range out {
		before = Between(before, "")
		out[i] = before
	}
	return out
}

package transcript

import (
	"errors"
	"strings"
	"testing"
)

// A refusal that allocates nothing has read nothing, however fast the machine is.
func TestParse_RefusesWhatIsTooLargeUnread(t *testing.T) {
	for name, src := range map[string]Source{
		"html":           {HTML: strings.Repeat("a", 50<<20)},
		"text":           {Text: strings.Repeat("a", MaxBytes+1)},
		"flavours' sum":  {HTML: strings.Repeat("a", MaxBytes/2+1), Text: strings.Repeat("a", MaxBytes/2)},
		"as plain, html": {HTML: strings.Repeat("a", MaxBytes+1), AsPlain: true},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			allocated := testing.AllocsPerRun(10, func() { _, err = Parse(src) })
			if !errors.Is(err, ErrTooLarge) {
				t.Errorf("got %v, want ErrTooLarge", err)
			}
			if allocated != 0 {
				t.Errorf("%v allocations to refuse", allocated)
			}
		})
	}
}

func TestParse_RefusesWhatHoldsNoText(t *testing.T) {
	for name, src := range map[string]Source{
		"nothing":       {},
		"spaces":        {Text: " \n\t\n"},
		"NUL only":      {Text: "\x00\x00"},
		"empty html":    {HTML: "<div><p> </p><script>x()</script></div>"},
		"plain nothing": {AsPlain: true},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := Parse(src); !errors.Is(err, ErrEmpty) {
				t.Errorf("got %+v, %v; want ErrEmpty", got, err)
			}
		})
	}
}

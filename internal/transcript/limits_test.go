package transcript

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParse_RefusesWhatIsTooLargeAtOnce(t *testing.T) {
	for name, src := range map[string]Source{
		"html":           {HTML: strings.Repeat("a", 50<<20)},
		"text":           {Text: strings.Repeat("a", MaxBytes+1)},
		"flavours' sum":  {HTML: strings.Repeat("a", MaxBytes/2+1), Text: strings.Repeat("a", MaxBytes/2)},
		"as plain, html": {HTML: strings.Repeat("a", MaxBytes+1), AsPlain: true},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			if _, err := Parse(src); !errors.Is(err, ErrTooLarge) {
				t.Errorf("got %v, want ErrTooLarge", err)
			}
			if took := time.Since(start); took > 100*time.Millisecond {
				t.Errorf("took %v to refuse", took)
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

package transcript

import (
	"regexp"
	"sync"
)

// pattern is a regular expression that is compiled when it is first needed: a server runs for weeks in which
// nobody brings a conversation in.
type pattern func() *regexp.Regexp

// lazily returns the pattern of an expression. Its first use panics if that is malformed.
func lazily(expression string) pattern {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

package transcript

import (
	"html"
	"strings"
	"unicode/utf8"
)

// MaxTitle bounds a title, in characters.
const MaxTitle = 120

// title is what the source calls the conversation, else its first question.
func title(f found) string {
	if name := oneLine(brand().ReplaceAllString(f.title, "")); name != "" && !unnamed().MatchString(name) {
		return shorten(name)
	}
	for _, role := range []Role{User, Assistant, System} {
		for _, turn := range f.turns {
			if turn.Role != role || turn.Kind != Message {
				continue
			}
			if line := firstLine(turn.Markdown); line != "" {
				return shorten(line)
			}
		}
	}
	return "Untitled conversation"
}

var (
	// brand is the site's name before or after a page's own title.
	brand = lazily(`(?i)^\s*(?:chatgpt|claude|gemini|google ai studio|openrouter(?: playground)?|chatcraft|scienceos)\s*[-–—|:·]\s*|` +
		`\s*[-–—|·\\]\s*(?:chatgpt|claude|gemini|google gemini|google ai studio|openrouter|chatcraft|scienceos)\s*$`)
	unnamed = lazily(`(?i)^(?:chatgpt|claude|gemini|google gemini|google ai studio|openrouter|chatcraft|scienceos|new chat|untitled(?: prompt)?|chat|unbenannt)$`)

	markup = lazily(`!?\[([^\]]*)\]\([^)]*\)|^[#>\s]+|^(?:[-*+]|\d+[.)])\s+|\*{1,3}|__|` + "`+")
	escape = lazily(`\\([[:punct:]])`)
	// aside is where an escaped mark waits, out of reach, while the others are removed.
	aside = rune(0xF0000)

	rule = lazily(`^[-*_=~` + "`" + `|: ]*$`)
)

// firstLine is the first line of Markdown without its marks, or the first few if
// they are as short as a greeting.
func firstLine(markdown string) string {
	words := ""
	for line := range strings.Lines(clip(markdown, 16<<10)) {
		line = strings.TrimSpace(line)
		if rule().MatchString(line) || strings.HasPrefix(line, "```") || strings.HasPrefix(line, "*Attached: ") {
			continue
		}
		line = escape().ReplaceAllStringFunc(line, func(pair string) string { return string(aside + rune(pair[1])) })
		line = html.UnescapeString(markup().ReplaceAllString(line, "$1"))
		line = strings.Map(func(r rune) rune {
			if aside < r && r < aside+utf8.RuneSelf {
				return r - aside
			}
			return r
		}, line)
		if words = oneLine(words + " " + line); len(words) >= 20 {
			break
		}
	}
	return words
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// shorten cuts s between words to MaxTitle characters.
func shorten(s string) string {
	if utf8.RuneCountInString(s) <= MaxTitle {
		return s
	}
	cut := string([]rune(clip(s, 8*MaxTitle))[:MaxTitle-1])
	if space := strings.LastIndexByte(cut, ' '); space > MaxTitle/2 {
		cut = cut[:space]
	}
	return strings.TrimRight(cut, " ,;:.") + "…"
}

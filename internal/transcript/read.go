package transcript

import (
	"path"
	"strings"
)

// read tries the ways of reading from the surest to the plainest.
func read(src Source, r *report) found {
	if src.AsPlain {
		return plain(src, r)
	}
	if out, ok := byExport(src.Text, r); ok {
		return out
	}
	if src.HTML != "" {
		return readHTML(src, r)
	}
	if out, ok := bySpeakers(src.Text, r); ok {
		return out
	}
	if strings.TrimSpace(src.Text) != "" {
		warnNoSpeakers(r)
	}
	return plain(src, r)
}

func warnNoSpeakers(r *report) {
	r.warn("no_speakers", "No speakers were recognised, so everything became one turn. Split it, or add as it is.")
}

// plain makes one turn of everything.
func plain(src Source, r *report) found {
	out := found{source: "plain", label: "Plain text"}
	text := trimLines(src.Text)
	if text == "" && src.HTML != "" {
		tree := parseHTML(src.HTML, r)
		countFurniture(tree, nil, r)
		text = newWriter(nil).markdown(tree)
	}
	if text != "" {
		out.turns = []Turn{{Role: User, Kind: Message, Markdown: text}}
	}
	return out
}

// sortFlavours moves Text that is an HTML file to HTML.
func sortFlavours(src Source) Source {
	if src.HTML != "" {
		return src
	}
	switch ending := strings.ToLower(path.Ext(src.Filename)); {
	case ending == ".html" || ending == ".htm" || ending == ".xhtml":
	case ending == "" && startsHTML(src.Text):
	default:
		return src
	}
	src.HTML, src.Text = src.Text, ""
	return src
}

func startsHTML(text string) bool {
	head := strings.ToLower(clip(strings.TrimSpace(text), 64))
	for _, start := range []string{"<!doctype html", "<html", "<meta charset", "<article ", "<div ", "<body"} {
		if strings.HasPrefix(head, start) {
			return true
		}
	}
	return false
}

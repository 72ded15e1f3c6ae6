package transcript

import (
	"strings"

	"golang.org/x/net/html"
)

// furniture says what n is if it belongs to the page p and not to what was
// said; the empty string if it should be read. p is nil for an unknown page.
func furniture(n *html.Node, p *page) string {
	if n.Type != html.ElementNode {
		return ""
	}
	if p != nil {
		switch {
		case p.keep.matches(n), p.attachment.matches(n):
			return ""
		case p.skip.matches(n), forScreenReaders(n):
			return "page labels"
		}
	}
	if what := furnitureTags[n.Data]; what != "" {
		return what
	}
	if what := furnitureRoles[attr(n, "role")]; what != "" {
		return what
	}
	switch {
	case attr(n, "contenteditable") == "true":
		return "form fields"
	case attr(n, "aria-live") == "assertive":
		return "page labels"
	case attr(n, "aria-hidden") == "true", isIcon(n):
		return "icons"
	}
	return ""
}

// countFurniture counts what is left out or changed anywhere on the page.
func countFurniture(tree *html.Node, p *page, r *report) {
	for n := tree.FirstChild; n != nil; {
		what := furniture(n, p)
		if what == "" && p != nil && p.attachment.matches(n) {
			what = "attachments"
		}
		switch {
		case what == "page labels" && textOf(n, 1) == "":
		case what == "icons" && n.Data != "svg" && n.FirstChild == nil: // an empty box
		case hasWord(attr(n, "class"), "katex-html"): // written from its source
		case what != "":
			r.drop(what, 1)
		case n.Data == "img" && n.Type == html.ElementNode:
			r.drop("images", 1)
		}
		if n.FirstChild != nil && what == "" {
			n = n.FirstChild
		} else {
			n = after(n, tree)
		}
	}
}

var furnitureTags = map[string]string{
	"button": "buttons", "menu": "menus", "nav": "menus", "dialog": "menus",
	"svg": "icons", "mat-icon": "icons", "canvas": "images", "video": "videos", "audio": "recordings",
	"title": "page labels", "head": "page labels", "progress": "form fields", "meter": "form fields",
}

var furnitureRoles = map[string]string{
	"button": "buttons", "toolbar": "buttons", "switch": "buttons", "tab": "buttons", "tablist": "buttons",
	"menu": "menus", "menuitem": "menus", "menubar": "menus", "navigation": "menus", "dialog": "menus", "tooltip": "menus",
	"textbox": "form fields", "searchbox": "form fields", "combobox": "form fields",
}

func isIcon(n *html.Node) bool {
	class := attr(n, "class")
	return strings.Contains(class, "material-symbols") || strings.Contains(class, "material-icons")
}

func forScreenReaders(n *html.Node) bool {
	class := attr(n, "class")
	return hasWord(class, "sr-only") || strings.Contains(class, "visually-hidden") || strings.Contains(class, "screen-reader")
}

package export

// nowhere is what comments are filed under whose highlight or turn is gone.
const nowhere = "\x00"

// threads files comments under the id of what they are about or answer, in the
// order given. One that answers an unknown comment, or itself in a circle, is
// filed under its target; so the result is a forest and holds every comment once.
func threads(c Conversation) map[string][]Comment {
	targets := map[string]bool{}
	for _, t := range c.Turns {
		targets[t.ID] = t.ID != ""
	}
	for _, h := range c.Highlights {
		targets[h.ID] = true
	}
	answers := answering(c.Comments)
	filed := map[string][]Comment{}
	for _, comment := range c.Comments {
		place := comment.Target
		switch {
		case answers[comment.ID]:
			place = comment.Parent
		case !targets[place]:
			place = nowhere
		}
		filed[place] = append(filed[place], comment)
	}
	return filed
}

// answering finds the comments whose parents lead to a comment that answers
// none. Each is visited once, however long its thread.
func answering(comments []Comment) map[string]bool {
	parent := map[string]string{}
	for _, c := range comments {
		parent[c.ID] = c.Parent
	}
	answers := map[string]bool{}
	for id := range parent {
		var path []string
		walked := map[string]bool{}
		for at := id; ; at = parent[at] {
			if _, settled := answers[at]; settled {
				break
			}
			if walked[at] {
				for _, p := range path {
					answers[p] = false
				}
				path = nil
				break
			}
			path = append(path, at)
			walked[at] = true
			if _, known := parent[parent[at]]; !known {
				answers[at] = false
				path = path[:len(path)-1]
				break
			}
		}
		for _, p := range path {
			answers[p] = true
		}
	}
	return answers
}

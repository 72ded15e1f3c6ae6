package transcript

import (
	"strings"

	"golang.org/x/net/html"
)

// pages is the table of known pages. An earlier row wins where two match.
var pages = []page{
	{
		source: "openrouter", label: "OpenRouter",
		sign: sel("[data-testid^=playground], [data-testid=chat-bubble-color-scope], [href^=https://openrouter.ai/]"),
		messages: []mark{
			{sel("[data-testid=user-message], [data-message-role=user]"), User},
			{sel("[data-testid=assistant-message], [data-message-role=assistant]"), Assistant},
			{sel("[data-testid=system-message]"), System},
		},
		content:  sel(".prose, [class*=markdown]"),
		thinking: sel("[data-testid*=reasoning]"),
		skip:     sel("[data-testid*=composer]"),
		who:      modelInHeader,
	},
	{
		source: "chatgpt", label: "ChatGPT", assistant: "ChatGPT",
		sign: sel("[data-message-author-role], .agent-turn, [data-testid^=conversation-turn], [data-message-model-slug], [data-turn=assistant], [href^=https://chatgpt.com/]"),
		messages: []mark{
			{sel("[data-message-author-role=user]"), User},
			{sel("[data-message-author-role=assistant], [data-message-model-slug]"), Assistant},
			{sel("[data-message-author-role=system]"), System},
			{sel("[data-message-author-role=tool]"), Tool},
		},
		turns: []mark{
			{sel("[data-turn=user]"), User},
			{sel("[data-turn=assistant], .agent-turn"), Assistant},
			{sel("[data-testid^=conversation-turn]"), anySide},
			{sel(".user-message-bubble-color"), User},
			{sel(".markdown.prose"), Assistant},
		},
		skip: sel("[data-testid=webpage-citation-pill], [data-testid*=citation], [data-testid*=sources], .citation-pill"),
		who: func(n *html.Node, s speaker) (speaker, bool) {
			s.model = attr(n, "data-message-model-slug")
			return s, true
		},
	},
	{
		source: "claude", label: "Claude", assistant: "Claude",
		sign: sel("[class*=font-user-message], [class*=font-claude], [data-is-streaming], [data-testid=user-human-turn]"),
		messages: []mark{
			{sel("[data-testid=user-message], [data-testid=user-human-turn], [class*=font-user-message], [class*=user-message-content]"), User},
			{sel("[data-testid=file-thumbnail], [data-testid=file-attachment]"), User},
			{sel(".font-claude-response, .font-claude-message, [data-is-streaming]"), Assistant},
		},
		turns: []mark{
			{sel("[data-test-render-count]"), anySide},
			{sel("[class*=font-claude-]"), Assistant},
		},
		discloses:  sel("button[class*=group/row], button[data-testid*=thinking]"),
		thinking:   sel("[data-testid*=thinking], [class*=thinking-block]"),
		attachment: sel("[data-testid=file-thumbnail], [data-testid=file-attachment]"),
		skip:       sel("[data-testid=citation], [class*=citation]"),
	},
	{
		source: "aistudio", label: "Google AI Studio", assistant: "Gemini",
		sign:  sel("ms-chat-turn, ms-chat-session, ms-prompt-chunk"),
		title: sel(".mode-title, .page-title"),
		messages: []mark{
			{sel("[data-turn-role=user], .user-prompt-container"), User},
			{sel("[data-turn-role=model], .model-prompt-container"), Assistant},
			{sel("[data-turn-role=system], ms-system-instructions"), System},
		},
		turns: []mark{
			{sel("ms-chat-turn"), anySide},
			{sel(".chat-turn-container.user"), User},
			{sel(".chat-turn-container.model"), Assistant},
		},
		thinking:   sel("ms-thought-chunk, .thought-panel"),
		attachment: sel("ms-file-chunk, ms-image-chunk, ms-audio-chunk, ms-video-chunk, ms-youtube-chunk"),
		skip: sel(".author-label, .actions-container, .turn-footer, ms-chat-turn-options, ms-token-count, .token-count, ms-hallucinations-disclaimer, " +
			"ms-grounding-sources, ms-search-entry-point, .timestamp, mat-expansion-panel-header"),
	},
	{
		source: "gemini", label: "Gemini", assistant: "Gemini",
		sign:  sel("user-query, model-response, user-query-content, .query-text, .model-response-text, [class*=markdown-main-panel]"),
		title: sel(".conversation-title, [data-test-id=conversation-title]"),
		messages: []mark{
			{sel("user-query"), User},
			{sel("model-response"), Assistant},
		},
		turns: []mark{
			{sel("user-query-content, .query-text, .user-query-container"), User},
			{sel("response-container, .model-response-text, .markdown-main-panel"), Assistant},
			{sel(".conversation-container"), anySide},
		},
		content:    sel(".query-text, .model-response-text, message-content"),
		thinking:   sel("model-thoughts"),
		attachment: sel("user-query-file-preview, .file-preview-chip"),
		skip: sel("source-footnote, sources-list, sources-carousel, sources-carousel-inline, source-inline-chip, message-actions, tts-control, bard-avatar, " +
			".code-block-decoration, .table-footer, .response-footer, freemium-rag-disclaimer, sensitive-memories-banner"),
	},
	{
		source: "scienceos", label: "ScienceOS", assistant: "ScienceOS",
		sign:  sel("[class*=_prompt_], [class*=tabler-icon-robot], [data-prompt]"),
		title: sel("header"),
		messages: []mark{
			{sel("[data-prompt]"), User},
			{sel("[class*=_prompt_]"), User},
			{sel("[data-answer=true], [class*=_markdown_]"), Assistant},
		},
		content: sel("[class*=_prompt_], [class*=_markdown_]"),
		keep:    sel("[data-event=source_link]"), // “(Rotter, 1966)” is part of the sentence
		skip:    sel("[class*=_prompt_][data-line-clamp]"),
	},
	{
		source: "chatcraft", label: "ChatCraft",
		sign: sel("[href^=https://chatcraft.org], [title=ChatCraft]"),
		messages: []mark{
			{sel(".chakra-card, [class*=-card][id]"), User},
		},
		turns:   []mark{{sel(".chakra-card, [class*=-card][id]"), anySide}},
		content: sel(".message-text, [class*=message-text]"),
		skip:    sel(".chakra-card__header, .chakra-heading, [class*=card__header], [title=System Prompt]"),
		who:     nameOnCard,
	},
}

// anyPage reads pages of unknown sites whose elements say who speaks.
var anyPage = page{
	source: "web", label: "Web page with speakers",
	messages: []mark{
		{sel("[data-message-author-role=user], [data-role=user], [data-role=human], [data-author=user], [data-author=human], [data-sender=user], [data-sender=human], " +
			"[data-turn-role=user], [data-turn=user], [data-from=user], [data-message-role=user], [data-message-author=user], [data-testid*=user-message], [data-testid*=human-message], [data-test-id*=user-message], " +
			"user-message, [class*=user-message], [class*=message-user], [class*=user_message], [class*=UserMessage], [class*=human-message], [class*=message--user], [class*=chat-user], [aria-label=You]"), User},
		{sel("[data-message-author-role=assistant], [data-role=assistant], [data-role=bot], [data-role=model], [data-role=ai], [data-author=assistant], [data-author=bot], [data-author=ai], [data-sender=assistant], [data-sender=bot], [data-sender=ai], " +
			"[data-turn-role=model], [data-turn-role=assistant], [data-turn=assistant], [data-from=assistant], [data-from=bot], [data-message-role=assistant], [data-message-author=assistant], [data-message-author=bot], [data-testid*=assistant-message], [data-testid*=bot-message], [data-testid*=ai-message], [data-test-id*=assistant-message], " +
			"assistant-message, bot-message, [class*=assistant-message], [class*=message-assistant], [class*=assistant_message], [class*=AssistantMessage], [class*=bot-message], [class*=message-bot], [class*=ai-message], [class*=message--assistant], [class*=message--bot], [class*=chat-assistant]"), Assistant},
		{sel("[data-role=system], [data-message-author-role=system], [data-author=system], [data-testid*=system-message], [class*=system-message]"), System},
	},
	thinking: sel("[class*=thinking], [class*=reasoning], [data-testid*=thinking], [data-testid*=reasoning]"),
}

// modelInHeader finds the model's name beside the content of an OpenRouter message.
func modelInHeader(n *html.Node, s speaker) (speaker, bool) {
	if s.role != Assistant {
		return s, true
	}
	best := ""
	for d := n.FirstChild; d != nil; {
		if d.Type == html.ElementNode && (hasWord(attr(d, "class"), "prose") || d.Data == "pre" || d.Data == "p") {
			break // the header is over
		}
		if d.Type == html.TextNode {
			label := oneLine(d.Data)
			if best == "" && modelName().MatchString(label) || slug().MatchString(label) && !ago().MatchString(label) {
				best = label
			}
		}
		if d.FirstChild != nil {
			d = d.FirstChild
		} else {
			d = after(d, n)
		}
	}
	s.name, s.model = best, best
	return s, true
}

var (
	// slug is a name with digits and joints, as models have: Qwen3.5-35B-A3B, vendor/model.
	slug = lazily(`^[A-Za-z][\w.]*(?:[-/: ][\w.]+){0,6}\d[\w.:-]*$|^[a-z0-9-]+/[\w.:-]+$`)
	ago  = lazily(`(?i)\bago$|^(?:reasoning|thinking|reply)|^\d|\b(?:tokens?|seconds?)\b`)
)

// nameOnCard reads who speaks from a ChatCraft card's heading or avatar. Cards
// without either are menus and summaries.
func nameOnCard(n *html.Node, s speaker) (speaker, bool) {
	name := textOf(sel(".chakra-heading, h2, h3").first(n), 80)
	if avatar := sel(".chakra-avatar[title], span[title]").first(n); name == "" && avatar != nil {
		name = attr(avatar, "title")
	}
	if name == "" || sel("form").first(n) != nil {
		return s, false
	}
	switch who, trust := readLabel(name); {
	case who.role == System || who.role == Tool:
		s.role = who.role
	case who.role == Assistant || slug().MatchString(name) && !strings.Contains(name, " "):
		s.role, s.name = Assistant, name
		if name != "ChatCraft" {
			s.model = name
		}
	case trust == sureLabel:
		s.role, s.name = User, who.name
	default:
		s.role, s.name = User, name
	}
	return s, true
}

// attachmentName is the best name the page gives to a file that was sent along.
func attachmentName(n *html.Node) string {
	image := false
	for d := range withDescendants(n) {
		if d.Data == "img" || strings.Contains(strings.ToLower(attr(d, "aria-label")), "image") {
			image = true
		}
		if name := oneLine(attr(d, "title")); name != "" {
			return clip(name, 120)
		}
	}
	if heading := textOf(sel("h3, .name, .file-name, [class*=filename]").first(n), 120); heading != "" {
		return heading
	}
	last := ""
	for d := range n.Descendants() {
		if label := oneLine(d.Data); d.Type == html.TextNode && label != "" {
			if last = label; fileName().MatchString(label) {
				return label
			}
		}
	}
	switch {
	case image:
		return "image"
	case last != "" && len(last) <= 40:
		return last
	}
	return "file"
}

var fileName = lazily(`^[^\s/][^/\n]{0,100}\.[A-Za-z0-9]{2,5}$`)

package auth

import (
	"net/http"
	"time"
)

// Cookies puts session tokens into browsers and finds them in requests.
type Cookies struct {
	// Secure says that browsers reach the server over TLS. The cookie then
	// has the __Host- prefix, which no other host or plain page can set.
	Secure bool
}

// Name returns the name of the session cookie.
func (c Cookies) Name() string {
	if c.Secure {
		return "__Host-grimoire"
	}
	return "grimoire"
}

// Token returns the session token a request carries, or "".
func (c Cookies) Token(r *http.Request) Token {
	cookie, err := r.Cookie(c.Name())
	if err != nil {
		return ""
	}
	return Token(cookie.Value)
}

// keep is as long as browsers keep a cookie. When a session ends is the
// server's to decide: use renews it.
const keep = 400 * 24 * time.Hour

// Set returns the cookie that holds token. On a shared computer the browser
// drops it when it closes.
func (c Cookies) Set(token Token, sharedComputer bool) *http.Cookie {
	cookie := &http.Cookie{
		Name:     c.Name(),
		Value:    token.Reveal(),
		Path:     "/",
		MaxAge:   int(keep.Seconds()),
		HttpOnly: true,
		Secure:   c.Secure,
		SameSite: http.SameSiteLaxMode,
	}
	if sharedComputer {
		cookie.MaxAge = 0 // unset
	}
	return cookie
}

// Clear returns the cookie that removes the session from a browser.
func (c Cookies) Clear() *http.Cookie {
	cookie := c.Set("", true)
	cookie.MaxAge = -1
	return cookie
}

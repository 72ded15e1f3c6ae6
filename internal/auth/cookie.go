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

// Set returns the cookie that keeps token until expires. With a zero expires
// the browser drops it when it closes, as a shared computer should.
func (c Cookies) Set(token Token, expires time.Time) *http.Cookie {
	return &http.Cookie{
		Name:     c.Name(),
		Value:    token.Reveal(),
		Path:     "/",
		Expires:  expires,
		HttpOnly: true,
		Secure:   c.Secure,
		SameSite: http.SameSiteLaxMode,
	}
}

// Clear returns the cookie that removes the session from a browser.
func (c Cookies) Clear() *http.Cookie {
	cookie := c.Set("", time.Time{})
	cookie.MaxAge = -1
	return cookie
}

package api

import (
	"net/http"
	"net/netip"
	"testing"

	"grimoire/internal/models/modelstest"
)

func TestAddressOf(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:f::1/128")}
	for _, tt := range []struct {
		name      string
		trusted   []netip.Prefix
		remote    string
		forwarded []string
		want      string
	}{
		{"an address", nil, "192.0.2.7:4711", nil, "192.0.2.7"},
		{"the /64 of an IPv6 address", nil, "[2001:db8:1:2:3:4:5:6]:4711", nil, "2001:db8:1:2::/64"},
		{"IPv4 in IPv6", nil, "[::ffff:192.0.2.7]:4711", nil, "192.0.2.7"},
		{"a zone", nil, "[fe80::1%eth0]:4711", nil, "fe80::/64"},
		{"a Unix socket", trusted, "@", []string{"192.0.2.7"}, "@"},

		{"no proxy is trusted", nil, "10.1.1.1:80", []string{"192.0.2.7"}, "10.1.1.1"},
		{"another one is trusted", trusted, "192.0.2.9:80", []string{"192.0.2.7"}, "192.0.2.9"},
		{"a trusted proxy", trusted, "10.1.1.1:80", []string{"192.0.2.7"}, "192.0.2.7"},
		{"a trusted proxy on an IPv6 socket", trusted, "[::ffff:10.1.1.1]:80", []string{"192.0.2.7"}, "192.0.2.7"},
		{"a trusted IPv6 proxy", trusted, "[2001:db8:f::1]:80", []string{"2001:db8:1:2::7"}, "2001:db8:1:2::/64"},
		{"made up by the client", trusted, "10.1.1.1:80", []string{"198.51.100.1, 10.2.2.2, 192.0.2.7"}, "192.0.2.7"},
		{"made up in a header of its own", trusted, "10.1.1.1:80", []string{"198.51.100.1", "192.0.2.7"}, "192.0.2.7"},
		{"two trusted proxies", trusted, "10.1.1.1:80", []string{"198.51.100.1, 192.0.2.7 ,10.2.2.2"}, "192.0.2.7"},
		{"with ports", trusted, "10.1.1.1:80", []string{"192.0.2.7:1234, 10.2.2.2:80"}, "192.0.2.7"},
		{"IPv6 with a port", trusted, "10.1.1.1:80", []string{"[2001:db8:1:2::7]:1234"}, "2001:db8:1:2::/64"},
		{"IPv6 in brackets", trusted, "10.1.1.1:80", []string{"[2001:db8:1:2::7]"}, "2001:db8:1:2::/64"},
		{"from the proxy itself", trusted, "10.1.1.1:80", nil, "10.1.1.1"},
		{"proxies only", trusted, "10.1.1.1:80", []string{"10.3.3.3, 10.2.2.2"}, "10.3.3.3"},
		{"no address", trusted, "10.1.1.1:80", []string{"192.0.2.7, unknown"}, "10.1.1.1"},
		{"an empty entry", trusted, "10.1.1.1:80", []string{"192.0.2.7,"}, "10.1.1.1"},
		{"nothing but commas", trusted, "10.1.1.1:80", []string{",,,"}, "10.1.1.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &server{trusted: tt.trusted}
			r := &http.Request{RemoteAddr: tt.remote, Header: http.Header{"X-Forwarded-For": tt.forwarded}}
			if got := s.addressOf(r); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// One guesser behind the proxy of a school does not lock the others out, whatever it claims to be.
func TestAddressOf_LimitsCountClientsBehindATrustedProxy(t *testing.T) {
	s := newStage(t, modelstest.SQLite(t))
	s.handler = New(Options{
		Classroom: s.Classroom, Logger: textLogger(t.Output()),
		Origin:         func(*http.Request) string { return origin },
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, // where httptest's requests come from
	})
	look := step{do: "POST /api/join/look", body: `{"code":"WRXNG23"}`, status: 404}
	for range 60 {
		look.header = map[string]string{"X-Forwarded-For": "203.0.113.7"}
		s.play(t, look)
	}
	s.run(t, []step{
		{name: "the guesser", do: look.do, body: look.body, header: look.header, status: 429},
		{name: "who says to be another", do: look.do, body: look.body, header: map[string]string{"X-Forwarded-For": "203.0.113.8, 203.0.113.7"}, status: 429},
		{name: "another", do: look.do, body: look.body, header: map[string]string{"X-Forwarded-For": "203.0.113.8"}, status: 404},
	})
}

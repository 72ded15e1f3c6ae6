package api

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// addressOf returns the address that limits count who sent r by: that of the
// connection, or, when a trusted proxy holds the connection, the last one in
// X-Forwarded-For that is no trusted proxy. Each proxy appends whom it was asked
// by, so what stands further to the left may be made up. For IPv6 it is the
// /64, which one household has to itself.
func (s *server) addressOf(r *http.Request) string {
	conn, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr // a Unix socket has no address to speak of
	}
	addr := conn.Addr().Unmap()
	left := strings.Join(r.Header.Values("X-Forwarded-For"), ",")
	for s.trusts(addr) {
		comma := strings.LastIndexByte(left, ',')
		next, ok := parseHop(left[comma+1:])
		if !ok {
			break
		}
		addr, left = next, left[:max(comma, 0)]
	}
	return network(addr)
}

// trusts reports whether addr is a reverse proxy of ours.
func (s *server) trusts(addr netip.Addr) bool {
	return slices.ContainsFunc(s.trusted, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// parseHop reads one entry of X-Forwarded-For: an address, to which some proxies
// add the port.
func parseHop(hop string) (addr netip.Addr, ok bool) {
	hop = strings.TrimSpace(hop)
	if addr, err := netip.ParseAddr(strings.Trim(hop, "[]")); err == nil {
		return addr.Unmap(), true
	}
	withPort, err := netip.ParseAddrPort(hop)
	return withPort.Addr().Unmap(), err == nil
}

func network(addr netip.Addr) string {
	if addr.Is6() {
		if prefix, err := addr.WithZone("").Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return addr.String()
}

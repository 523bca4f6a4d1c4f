package routing

import "strings"

// domain is what a request's host is matched as: the whole host where hosts are
// matched, else the subdomain below ServerName.
func (m *Map) domain(r *Request) string {
	if m.config.ServerName == "" && !m.config.HostMatching {
		return m.config.DefaultSubdomain
	}
	return m.domainOf(r)
}

func (m *Map) domainOf(r *Request) string {
	if m.config.HostMatching {
		return lower(trimPort(r.Scheme, r.Host))
	}
	host := lower(trimPort(r.Scheme, r.Host))
	server := lower(trimPort(r.Scheme, m.config.ServerName))
	if !strings.Contains(server, ":") {
		host = withoutPort(host) // a development server's port is nobody's subdomain
	}
	if host == server {
		return ""
	}
	if sub, ok := strings.CutSuffix(host, "."+server); ok {
		return sub
	}
	return m.config.DefaultSubdomain
}

// authority is the host of a rule's URLs, from the domain that it was built for.
func (m *Map) authority(r *Request, domain string) string {
	if m.config.HostMatching {
		if domain == "" {
			return r.Host
		}
		return domain
	}
	server := m.config.ServerName
	switch {
	case server == "":
		return r.Host
	case domain == "":
		return server
	}
	return domain + "." + server
}

// trimPort drops the scheme's own port (RFC 9110 §4.2).
func trimPort(scheme, host string) string {
	switch scheme {
	case "https", "wss":
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}

// withoutPort drops any port; brackets keep the colons of an IPv6 address apart.
func withoutPort(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.Contains(host[i:], "]") {
		return host[:i]
	}
	return host
}

// lower is strings.ToLower without a call where there is nothing to do.
func lower(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 'A' && c <= 'Z' {
			return strings.ToLower(s)
		}
	}
	return s
}

// Package secure sets the fields with which a site tells browsers what they must not
// do with its pages: guess types, show them in foreign frames, run foreign scripts.
//
//	h := gateway.Chain(app, secure.New(secure.Config{Policy: secure.Strict}))
//	templates.Config{Nonce: secure.Nonce} // puts the policy's nonce into <script> tags
//
// A field that a handler sets itself stays as it is.
package secure

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// Off leaves a field out.
const Off = "-"

// Strict is a policy under which scripts run by their nonce alone, and what these
// load (CSP Level 3 §8.2): no host lists, which can be got round.
const Strict = "script-src 'nonce-{nonce}' 'strict-dynamic'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'"

// Config has a field of the answer in each of its own; "" is the default, Off none.
type Config struct {
	ContentType  string // X-Content-Type-Options: nosniff
	Frame        string // X-Frame-Options: SAMEORIGIN; the policy's frame-ancestors goes before it
	Referrer     string // Referrer-Policy: strict-origin-when-cross-origin
	Opener       string // Cross-Origin-Opener-Policy: same-origin
	Resource     string // Cross-Origin-Resource-Policy: same-origin
	Embedder     string // Cross-Origin-Embedder-Policy: none is set, since it breaks pages that embed others
	Permissions  string // Permissions-Policy: none is set; "camera=(), geolocation=()" is one
	OriginAgents string // Origin-Agent-Cluster: ?1

	// Policy is the Content-Security-Policy; {nonce} in it stands for a nonce that
	// every answer has anew: see Nonce. The default hinders what no page needs:
	// base-uri 'self'; object-src 'none'; frame-ancestors 'self'.
	Policy     string
	ReportOnly bool // the policy is only tried out: Content-Security-Policy-Report-Only

	// Transport is how long browsers are to use https alone
	// (Strict-Transport-Security, RFC 6797), said on https only: 0 is a year,
	// negative says nothing.
	Transport  time.Duration
	Subdomains bool // all hosts below this one, too
	Preload    bool // for the list that browsers come with; needs Subdomains and a year
}

// New returns the middleware. It panics at a value that no field can have, and at
// Preload without what the list asks for.
func New(c Config) gateway.Middleware {
	if err := c.check(); err != nil {
		panic("secure: " + err.Error())
	}
	p := &plan{secure: c.fields(true), plain: c.fields(false), policyName: c.policyName()}
	if strings.Contains(c.policy(), placeholder) {
		p.policy = strings.Split(c.policy(), placeholder)
	}
	apply := p.apply // once, so that no request allocates it
	return func(next gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if p.policy != nil {
				x.SetValue(key{}, new(nonce))
			}
			x.OnStart(apply)
			return next.Serve(x)
		})
	}
}

// A plan is a Config in the form in which it is sent. Shared read-only.
type plan struct {
	secure, plain gateway.Header
	policyName    string
	policy        []string // around the nonces; nil: there are none, and the policy is among the fields
}

// apply adds what the answer does not have. hot path
func (p *plan) apply(x *gateway.Exchange) {
	h := &x.Response.Header
	fields := p.plain
	if x.Request.Scheme == "https" {
		fields = p.secure
	}
	own := *h // what the handler set
	for i := range fields {
		if !own.Has(fields[i].Name) {
			*h = append(*h, fields[i])
		}
	}
	if p.policy != nil && !own.Has(p.policyName) {
		h.Add(p.policyName, strings.Join(p.policy, Of(x)))
	}
}

const (
	placeholder   = "{nonce}"
	defaultPolicy = "base-uri 'self'; object-src 'none'; frame-ancestors 'self'"
	year          = 365 * 24 * time.Hour
)

func (c Config) policy() string { return or(c.Policy, defaultPolicy) }

func (c Config) policyName() string {
	if c.ReportOnly {
		return "Content-Security-Policy-Report-Only"
	}
	return "Content-Security-Policy"
}

// fields are those of answers over https, or over http; the policy is among them
// unless it has a nonce.
func (c Config) fields(https bool) (h gateway.Header) {
	add := func(name, value string) {
		if value != Off && value != "" {
			h.Add(name, value)
		}
	}
	add("X-Content-Type-Options", or(c.ContentType, "nosniff"))
	add("X-Frame-Options", or(c.Frame, "SAMEORIGIN"))
	add("Referrer-Policy", or(c.Referrer, "strict-origin-when-cross-origin"))
	add("Cross-Origin-Opener-Policy", or(c.Opener, "same-origin"))
	add("Cross-Origin-Resource-Policy", or(c.Resource, "same-origin"))
	add("Cross-Origin-Embedder-Policy", c.Embedder)
	add("Permissions-Policy", c.Permissions)
	add("Origin-Agent-Cluster", or(c.OriginAgents, "?1"))
	if policy := c.policy(); !strings.Contains(policy, placeholder) {
		add(c.policyName(), policy)
	}
	if https {
		add("Strict-Transport-Security", c.transport())
	}
	return h
}

// transport is the value of Strict-Transport-Security (RFC 6797 §6.1).
func (c Config) transport() string {
	if c.Transport < 0 {
		return Off
	}
	v := "max-age=" + strconv.FormatInt(int64(c.age()/time.Second), 10)
	if c.Subdomains {
		v += "; includeSubDomains"
	}
	if c.Preload {
		v += "; preload"
	}
	return v
}

func (c Config) age() time.Duration {
	if c.Transport == 0 {
		return year
	}
	return c.Transport
}

func (c Config) check() error {
	for _, f := range c.fields(true) {
		if !gateway.ValidValue(f.Value) {
			return fmt.Errorf("%s cannot be %q: a line break or another control byte is in it", f.Name, f.Value)
		}
	}
	if policy := c.policy(); !gateway.ValidValue(policy) {
		return fmt.Errorf("Config.Policy cannot be %q: a line break or another control byte is in it", policy)
	}
	if c.Preload && (!c.Subdomains || c.Transport < 0 || c.age() < year) {
		return fmt.Errorf("Config.Preload needs Subdomains, and Transport of a year at least (hstspreload.org)")
	}
	return nil
}

func or(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}

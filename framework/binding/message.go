package binding

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-playground/validator/v10"
)

// ruleMessage says what a rule expects. It goes on from the field's name and never
// holds the value, which the client knows and a log should not.
func ruleMessage(s *structPlan, part *part, e validator.FieldError) phrase {
	tag, param := e.Tag(), e.Param()
	if rule, ok := s.rules[tag]; ok && rule.Message != "" {
		return say(rule.Message)
	}
	if how, ok := limits[tag]; ok {
		return bound(how, param, e)
	}
	if text, ok := formats[tag]; ok {
		return say(text)
	}
	if text, ok := affixes[tag]; ok {
		return say(text, param)
	}
	if text, ok := relations[tag]; ok {
		return say(text, s.wireNames(part, param, strings.HasSuffix(tag, "_if") || strings.HasSuffix(tag, "_unless")))
	}
	switch tag {
	case "eq":
		return say("must be %s", param)
	case "ne":
		return say("must not be %s", param)
	case "oneof", "oneofci":
		return say("must be one of %s", strings.Join(words(param), ", "))
	case "noneof", "noneofci":
		return say("must be none of %s", strings.Join(words(param), ", "))
	case "unique":
		return say("must not hold a value twice")
	case "datetime":
		return say("must be a time such as %s", sampleTime.Format(param))
	}
	if strings.ContainsRune(tag, '|') {
		return say("must satisfy one of the rules %s", strings.ReplaceAll(tag, "|", ", "))
	}
	if param != "" {
		tag += "=" + param
	}
	return say("must satisfy the rule %s", tag)
}

// limits are the rules about a size, and how a message begins to tell of them.
var limits = map[string]string{
	"min": "at least", "gte": "at least", "max": "at most", "lte": "at most", "gt": "more than", "lt": "less than", "len": "exactly",
}

// moments are what limits say of a time.
var moments = map[string]string{
	"at least": "must be not before %s", "at most": "must be not after %s", "more than": "must be after %s", "less than": "must be before %s",
}

// units are what the size of a value is counted in.
var units = map[reflect.Kind]struct{ one, many string }{
	reflect.String: {"character", "characters"}, reflect.Slice: {"element", "elements"},
	reflect.Array: {"element", "elements"}, reflect.Map: {"entry", "entries"},
}

// quantity is the text of a limit; unit is "" where the value itself is compared.
func quantity(how, unit string) string {
	switch {
	case unit != "":
		return "must have " + how + " %s " + unit
	case how == "exactly":
		return "must be %s"
	}
	return "must be " + how + " %s"
}

// bound is the message of a limit, which is about the size of what has one.
func bound(how, param string, e validator.FieldError) phrase {
	if text, ok := moments[how]; ok && e.Type() == timeType {
		if param == "" {
			return say(text, say("now"))
		}
		return say(text, param)
	}
	if e.Type() == durationType {
		if d, err := time.ParseDuration(param); err == nil {
			param = d.String()
		}
	}
	unit := units[e.Kind()]
	if param == "1" {
		return say(quantity(how, unit.one), param)
	}
	return say(quantity(how, unit.many), param)
}

// words splits the parameter of oneof, in which a value with blanks stands in
// single quotation marks.
func words(param string) []string {
	var list []string
	for i, part := range strings.Split(param, "'") {
		if i%2 == 1 {
			list = append(list, part)
			continue
		}
		list = append(list, strings.Fields(part)...)
	}
	return list
}

// wireNames are the fields that a rule names as clients know them; where values
// stands, each is followed by the value that it is compared with.
func (s *structPlan) wireNames(part *part, param string, values bool) any {
	names := words(param)
	if !values {
		for i, name := range names {
			names[i] = s.wireName(part, name)
		}
		return strings.Join(names, ", ")
	}
	var all any
	for pair := range slices.Chunk(names, 2) {
		var one any = s.wireName(part, pair[0])
		if len(pair) == 2 {
			one = say("%s is %s", one, pair[1])
		}
		if all == nil {
			all = one
		} else {
			all = say("%s and %s", all, one)
		}
	}
	return all
}

func (s *structPlan) wireName(part *part, name string) string {
	if slot, ok := part.byGo[name]; ok {
		return s.fields[slot].name
	}
	for i := range s.parts { // in an embedded struct
		if slot, ok := s.parts[i].byGo[name]; ok {
			return s.fields[slot].name
		}
	}
	return name
}

var affixes = map[string]string{
	"contains": "must contain %q", "containsany": "must contain one of the characters %q", "excludes": "must not contain %q",
	"excludesall": "must not contain any of the characters %q", "startswith": "must begin with %q", "endswith": "must end with %q",
	"startsnotwith": "must not begin with %q", "endsnotwith": "must not end with %q",
}

// relations are rules about other fields.
var relations = map[string]string{
	"eqfield": "must be equal to %s", "eqcsfield": "must be equal to %s", "nefield": "must differ from %s", "necsfield": "must differ from %s",
	"gtfield": "must be greater than %s", "gtcsfield": "must be greater than %s", "gtefield": "must not be less than %s",
	"gtecsfield": "must not be less than %s", "ltfield": "must be less than %s", "ltcsfield": "must be less than %s",
	"ltefield": "must not be greater than %s", "ltecsfield": "must not be greater than %s",
	"fieldcontains": "must contain what %s holds", "fieldexcludes": "must not contain what %s holds",
	"required_if": "is required when %s", "required_unless": "is required unless %s", "required_with": "is required together with %s",
	"required_with_all": "is required together with %s", "required_without": "is required without %s",
	"required_without_all": "is required where there is none of %s", "excluded_if": "must be left out when %s",
	"excluded_unless": "must be left out unless %s", "excluded_with": "must be left out together with %s",
	"excluded_with_all": "must be left out together with %s", "excluded_without": "must be left out without %s",
	"excluded_without_all": "must be left out where there is none of %s",
}

// formats are rules that a text has a certain form.
var formats = map[string]string{
	"email": "must be an e-mail address, such as ada@example.com", "url": "must be a URL with a scheme, such as https://example.com/",
	"http_url": "must be a URL that begins with http:// or https://", "https_url": "must be a URL that begins with https://", "uri": "must be a URI",
	"uuid": "must be a UUID, such as 123e4567-e89b-42d3-a456-426614174000", "uuid3": "must be a UUID of version 3", "uuid4": "must be a UUID of version 4",
	"uuid5": "must be a UUID of version 5", "uuid7": "must be a UUID of version 7", "ulid": "must be a ULID",
	"alpha": "must be letters from a to z alone", "alphanum": "must be letters from a to z and digits alone", "alphaunicode": "must be letters alone",
	"alphanumunicode": "must be letters and digits alone", "numeric": "must be a number", "number": "must be digits alone", "boolean": "must be true or false",
	"hexadecimal": "must be hexadecimal digits", "lowercase": "must be in lower case", "uppercase": "must be in upper case",
	"ascii": "must be of ASCII characters alone", "printascii": "must be of printable ASCII characters alone", "multibyte": "must be of characters outside of ASCII",
	"hexcolor": "must be a colour such as #ff8000", "rgb": "must be a colour such as rgb(255,128,0)", "rgba": "must be a colour such as rgba(255,128,0,0.5)",
	"hsl": "must be a colour such as hsl(30,100%,50%)", "hsla": "must be a colour such as hsla(30,100%,50%,0.5)", "iscolor": "must be a colour such as #ff8000",
	"e164": "must be a telephone number such as +4930123456", "base32": "must be in base32", "base64": "must be in base64", "base64url": "must be in base64url",
	"base64rawurl": "must be in base64url without padding", "datauri": "must be a data: URI",
	"ip": "must be an IP address", "ip_addr": "must be an IP address", "ipv4": "must be an IPv4 address", "ipv6": "must be an IPv6 address",
	"cidr": "must be an IP network such as 192.0.2.0/24", "cidrv4": "must be an IPv4 network such as 192.0.2.0/24", "cidrv6": "must be an IPv6 network such as 2001:db8::/32",
	"mac": "must be a MAC address", "hostname": "must be a host name", "hostname_rfc1123": "must be a host name", "fqdn": "must be a host name with its domain",
	"hostname_port": "must be a host and port, such as example.com:443", "port": "must be a port from 1 to 65535",
	"latitude": "must be a latitude from -90 to 90", "longitude": "must be a longitude from -180 to 180",
	"isbn": "must be an ISBN", "isbn10": "must be an ISBN of 10 digits", "isbn13": "must be an ISBN of 13 digits", "issn": "must be an ISSN",
	"iso3166_1_alpha2": "must be a country code of two letters, such as DE", "iso3166_1_alpha3": "must be a country code of three letters, such as DEU",
	"country_code": "must be a country code, such as DE", "iso4217": "must be a currency code, such as EUR", "bcp47_language_tag": "must be a language tag, such as de-DE",
	"timezone": "must be a time zone such as Europe/Berlin", "credit_card": "must be a credit card number", "luhn_checksum": "must be a number whose last digit checks it",
	"semver": "must be a version such as 1.2.3", "json": "must be JSON", "jwt": "must be a JSON Web Token", "cron": "must be a cron expression", "html": "must be HTML",
	"md5": "must be an MD5 sum", "sha256": "must be a SHA-256 sum", "sha384": "must be a SHA-384 sum", "sha512": "must be a SHA-512 sum",
	"isdefault": "must be left out", "mongodb": "must be an object id of MongoDB", "cve": "must be a CVE number", "bic": "must be a BIC", "duration": "must be a duration such as 1h30m",
}

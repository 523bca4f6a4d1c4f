package binding

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/go-playground/validator/v10"
)

// ruleMessage says what a rule expects. It goes on from the field's name and never
// holds the value, which the client knows and a log should not.
func ruleMessage(s *structPlan, part *part, e validator.FieldError) string {
	if rule, ok := s.rules[e.Tag()]; ok && rule.Message != "" {
		return rule.Message
	}
	param := e.Param()
	switch tag := e.Tag(); tag {
	case "min", "gte":
		return bound("at least", param, e)
	case "max", "lte":
		return bound("at most", param, e)
	case "gt":
		return bound("more than", param, e)
	case "lt":
		return bound("less than", param, e)
	case "len":
		return bound("exactly", param, e)
	case "eq":
		return "must be " + param
	case "ne":
		return "must not be " + param
	case "oneof", "oneofci":
		return "must be one of " + strings.Join(words(param), ", ")
	case "noneof", "noneofci":
		return "must be none of " + strings.Join(words(param), ", ")
	case "unique":
		return "must not hold a value twice"
	case "datetime":
		return "must be a time such as " + sampleTime.Format(param)
	case "contains", "startswith", "endswith", "excludes", "startsnotwith", "endsnotwith", "containsany", "excludesall":
		return fmt.Sprintf(affixes[tag], param)
	default:
		if text, ok := formats[tag]; ok {
			return "must be " + text
		}
		if text, ok := relations[tag]; ok {
			return fmt.Sprintf(text, s.wireNames(part, param, strings.HasSuffix(tag, "_if") || strings.HasSuffix(tag, "_unless")))
		}
		if strings.ContainsRune(tag, '|') {
			return "must satisfy one of the rules " + strings.ReplaceAll(tag, "|", ", ")
		}
		if param != "" {
			return "must satisfy the rule " + tag + "=" + param
		}
		return "must satisfy the rule " + tag
	}
}

// bound is the message of a limit, which is about the size of what has one.
func bound(how, param string, e validator.FieldError) string {
	unit := ""
	switch e.Kind() {
	case reflect.String:
		unit = " character"
	case reflect.Slice, reflect.Array:
		unit = " element"
	case reflect.Map:
		unit = " entry"
	}
	if e.Type() == timeType {
		moment := param
		if moment == "" {
			moment = "now"
		}
		return "must be " + map[string]string{"at least": "not before ", "at most": "not after ", "more than": "after ", "less than": "before "}[how] + moment
	}
	if unit == "" {
		if how == "exactly" {
			return "must be " + param
		}
		if e.Type() == durationType {
			if d, err := time.ParseDuration(param); err == nil {
				param = d.String()
			}
		}
		return "must be " + how + " " + param
	}
	if param != "1" {
		unit = strings.TrimSuffix(unit, "y")
		if unit == " entr" {
			unit = " entries"
		} else {
			unit += "s"
		}
	}
	return "must have " + how + " " + param + unit
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

// wireNames translates the fields that a rule names; where values stands, each is
// followed by the value that it is compared with.
func (s *structPlan) wireNames(part *part, param string, values bool) string {
	names := words(param)
	var list []string
	for i := 0; i < len(names); i++ {
		name := s.wireName(part, names[i])
		if values && i+1 < len(names) {
			i++
			name += " is " + names[i]
		}
		list = append(list, name)
	}
	if values {
		return strings.Join(list, " and ")
	}
	return strings.Join(list, ", ")
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
	"email": "an e-mail address, such as ada@example.com", "url": "a URL with a scheme, such as https://example.com/",
	"http_url": "a URL that begins with http:// or https://", "https_url": "a URL that begins with https://", "uri": "a URI",
	"uuid": "a UUID, such as 123e4567-e89b-42d3-a456-426614174000", "uuid3": "a UUID of version 3", "uuid4": "a UUID of version 4",
	"uuid5": "a UUID of version 5", "uuid7": "a UUID of version 7", "ulid": "a ULID",
	"alpha": "letters from a to z alone", "alphanum": "letters from a to z and digits alone", "alphaunicode": "letters alone",
	"alphanumunicode": "letters and digits alone", "numeric": "a number", "number": "digits alone", "boolean": "true or false",
	"hexadecimal": "hexadecimal digits", "lowercase": "in lower case", "uppercase": "in upper case",
	"ascii": "of ASCII characters alone", "printascii": "of printable ASCII characters alone", "multibyte": "of characters outside of ASCII",
	"hexcolor": "a colour such as #ff8000", "rgb": "a colour such as rgb(255,128,0)", "rgba": "a colour such as rgba(255,128,0,0.5)",
	"hsl": "a colour such as hsl(30,100%,50%)", "hsla": "a colour such as hsla(30,100%,50%,0.5)", "iscolor": "a colour such as #ff8000",
	"e164": "a telephone number such as +4930123456", "base32": "in base32", "base64": "in base64", "base64url": "in base64url",
	"base64rawurl": "in base64url without padding", "datauri": "a data: URI",
	"ip": "an IP address", "ip_addr": "an IP address", "ipv4": "an IPv4 address", "ipv6": "an IPv6 address",
	"cidr": "an IP network such as 192.0.2.0/24", "cidrv4": "an IPv4 network such as 192.0.2.0/24", "cidrv6": "an IPv6 network such as 2001:db8::/32",
	"mac": "a MAC address", "hostname": "a host name", "hostname_rfc1123": "a host name", "fqdn": "a host name with its domain",
	"hostname_port": "a host and port, such as example.com:443", "port": "a port from 1 to 65535",
	"latitude": "a latitude from -90 to 90", "longitude": "a longitude from -180 to 180",
	"isbn": "an ISBN", "isbn10": "an ISBN of 10 digits", "isbn13": "an ISBN of 13 digits", "issn": "an ISSN",
	"iso3166_1_alpha2": "a country code of two letters, such as DE", "iso3166_1_alpha3": "a country code of three letters, such as DEU",
	"country_code": "a country code, such as DE", "iso4217": "a currency code, such as EUR", "bcp47_language_tag": "a language tag, such as de-DE",
	"timezone": "a time zone such as Europe/Berlin", "credit_card": "a credit card number", "luhn_checksum": "a number whose last digit checks it",
	"semver": "a version such as 1.2.3", "json": "JSON", "jwt": "a JSON Web Token", "cron": "a cron expression", "html": "HTML",
	"md5": "an MD5 sum", "sha256": "a SHA-256 sum", "sha384": "a SHA-384 sum", "sha512": "a SHA-512 sum",
	"isdefault": "left out", "mongodb": "an object id of MongoDB", "cve": "a CVE number", "bic": "a BIC", "duration": "a duration such as 1h30m",
}

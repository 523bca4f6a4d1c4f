package binding

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/go-playground/validator/v10"
)

// An Unmarshaler decodes JSON values whose shape no struct tells: those of fields
// of type any, json.Number, and maps with other keys than strings.
type Unmarshaler interface {
	// Unmarshal decodes data, which is valid JSON and borrowed until it returns,
	// into what v points to.
	Unmarshal(data []byte, v any) error
}

type stdJSON struct{}

func (stdJSON) Unmarshal(data []byte, v any) error { return json.Unmarshal(data, v) }

// Config says how input is bound. Its zero value is useful.
type Config struct {
	// MaxBody is how many bytes a body may have; 0 means DefaultMaxBody. A larger
	// one is refused with 413, unread where its length is declared.
	MaxBody int64
	// MaxFields is how many fields an urlencoded form may have; 0 means
	// DefaultMaxFields. More are refused with 413.
	MaxFields int
	// Rules are the application's own, by the name with which validate tags ask
	// for them.
	Rules map[string]Rule
	// Setup declares what else the validator offers: rules for a whole struct,
	// aliases, types of its own. It is called for every validator that is made,
	// once at the start and once for each type that is bound without having been
	// declared. Rules belong into Rules, which has their messages.
	Setup func(*validator.Validate) error
	// Languages are what the messages are translated into, by language tags such as
	// "de" and "pt-BR"; Input.Language chooses. Their own language is English, whose
	// words an entry "en" can replace.
	Languages map[string]Texts
	// JSON decodes values that only it knows; nil means encoding/json.
	JSON Unmarshaler
}

// The limits of a Config that names none.
const (
	DefaultMaxBody   = 1 << 20 // precedent: nginx, client_max_body_size 1m
	DefaultMaxFields = 1000    // precedent: Django, DATA_UPLOAD_MAX_NUMBER_FIELDS
)

// checkLanguages looks for translations of what is never said, and for ones that could
// not be said.
func (c *Config) checkLanguages() error {
	own := map[string]bool{}
	for _, rule := range c.Rules {
		own[rule.Message] = true
	}
	var errs []error
	for _, tag := range slices.Sorted(maps.Keys(c.Languages)) {
		if tag == "" || strings.Trim(tag, tagBytes) != "" {
			errs = append(errs, fmt.Errorf("binding: Languages has %q, which is no language tag such as de or pt-BR (RFC 5646 §2.1)", tag))
		}
		if err := c.Languages[tag].check(own); err != nil {
			errs = append(errs, fmt.Errorf("binding: Languages[%q]: %w", tag, err))
		}
	}
	return errors.Join(errs...)
}

const tagBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"

// A Rule is a check that validate tags can ask for.
type Rule struct {
	// Check reports whether the field holds. Its Param is what stands behind the =. nil
	// where Setup declares the rule, as one for a whole struct or as an alias, and only
	// its message stands here.
	Check validator.Func
	// Message tells the client what is expected, going on from the field's name:
	// "must be an even number".
	Message string
}

// A Binder compiles plans and keeps them. It is safe for concurrent use.
type Binder struct {
	config Config
	plans  sync.Map // of reflect.Type to *Plan
	mu     sync.Mutex
}

// New returns a Binder. An error tells of rules that cannot be.
func New(config Config) (*Binder, error) {
	if config.MaxBody < 0 || config.MaxFields < 0 {
		return nil, fmt.Errorf("binding: MaxBody %d and MaxFields %d must not be negative", config.MaxBody, config.MaxFields)
	}
	if config.MaxBody == 0 {
		config.MaxBody = DefaultMaxBody
	}
	if config.MaxFields == 0 {
		config.MaxFields = DefaultMaxFields
	}
	if config.JSON == nil {
		config.JSON = stdJSON{}
	}
	if err := config.checkLanguages(); err != nil {
		return nil, err
	}
	b := &Binder{config: config}
	if _, err := b.validator(); err != nil {
		return nil, fmt.Errorf("binding: %w", err)
	}
	return b, nil
}

// validator makes one with the application's rules.
func (b *Binder) validator() (v *validator.Validate, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	v = validator.New()
	for name, rule := range b.config.Rules {
		if rule.Check == nil && (rule.Message == "" || b.config.Setup == nil) {
			return nil, fmt.Errorf("rule %q has no Check; without one it is the message of a rule that Setup declares", name)
		}
		if rule.Check == nil {
			continue
		}
		if err := v.RegisterValidation(name, rule.Check); err != nil {
			return nil, fmt.Errorf("rule %q: %w", name, err)
		}
	}
	if b.config.Setup != nil {
		return v, b.config.Setup(v)
	}
	return v, nil
}

// Plan returns the plan of a struct type, which is compiled at the first call. The
// error joins all mistakes of the type's tags.
func (b *Binder) Plan(t reflect.Type) (*Plan, error) {
	if p, ok := b.plans.Load(t); ok {
		return p.(*Plan), nil
	}
	if err := b.Compile(t)[0]; err != nil {
		return nil, err
	}
	return b.Plan(t)
}

// Compile compiles the plans of several types, which share a validator, and
// returns an error for each: nil, or one that joins all mistakes of its tags.
func (b *Binder) Compile(types ...reflect.Type) []error {
	b.mu.Lock()
	defer b.mu.Unlock()
	errs := make([]error, len(types))
	v, err := b.validator()
	if err != nil { // New would have failed, unless Setup does something else each time
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
	c := &compiler{binder: b, validator: v, plans: map[reflect.Type]*structPlan{}}
	plans := make([]*Plan, len(types))
	from := make([]int, len(types)+1) // of c.made
	for i, t := range types {
		c.mistakes = nil
		plans[i] = c.compile(t)
		errs[i] = errors.Join(c.mistakes...)
		from[i+1] = len(c.made)
	}
	for _, s := range c.made {
		c.register(s)
	}
	for i, t := range types {
		c.mistakes = nil
		for _, s := range c.made[from[i]:from[i+1]] {
			c.checkRules(s)
		}
		if errs[i] = errors.Join(append([]error{errs[i]}, c.mistakes...)...); errs[i] == nil {
			b.plans.Store(t, plans[i])
		}
	}
	return errs
}

// Names yields the names that the plan asks a source for.
func (p *Plan) Names(from Source) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range p.root.fields {
			if f := &p.root.fields[i]; f.source == from && !yield(f.name) {
				return
			}
		}
	}
}

// Bind fills what dst points to; dst is a *T of the plan's type T and zero. The error is an *Error where the client is to blame, else what reading the
// body gave. What could be bound is in dst also after an error. hot path
func (p *Plan) Bind(dst any, in Input) error {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.Type().Elem() != p.root.typ || v.IsNil() {
		panic(fmt.Sprintf("binding: plan of %v fills a *%v, not a %T", p.root.typ, p.root.typ, dst))
	}
	d := decoders.Get().(*decoder)
	d.codec, d.config, d.input = p.codec, p.config, in
	err := p.bind(d, v.UnsafePointer(), in)
	if err != nil {
		d.translate(err)
	}
	d.reset()
	decoders.Put(d)
	return err
}

func (p *Plan) bind(d *decoder, at unsafe.Pointer, in Input) error {
	var seen, bad slots
	if err := p.bindTexts(d, at, in, &seen, &bad); err != nil {
		return err
	}
	if err := p.bindBody(d, at, in, &seen, &bad); err != nil {
		return err
	}
	d.complete(at, p.root, &seen, &bad)
	if len(d.mistakes) == 0 {
		return nil
	}
	detail := say("The content of the request has a mistake.")
	if n := len(d.mistakes); n >= MaxMistakes {
		detail = say("The content of the request has mistakes, of which the first %d are listed.", n)
	} else if n > 1 {
		detail = say("The content of the request has %d mistakes.", n)
	}
	e := fault(422, detail)
	e.Mistakes, e.form = d.mistakes, p.shown(d.form)
	return e
}

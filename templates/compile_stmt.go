package templates

// statement compiles one statement; nil: it does nothing here.
func (c *compiler) statement(s stmt) step {
	switch s := s.(type) {
	case *textStmt:
		return c.text(s)
	case *printStmt:
		return c.unlessExtended(c.print(s))
	case *ifStmt:
		return c.ifStatement(s)
	case *forStmt:
		return c.forStatement(s)
	case *macroStmt:
		return c.macroStatement(s)
	case *callStmt:
		return c.callStatement(s)
	case *filterStmt:
		return c.filterStatement(s)
	case *setStmt:
		return c.setStatement(s)
	case *setBlockStmt:
		return c.setBlock(s)
	case *withStmt:
		return c.withStatement(s)
	case *autoescapeStmt:
		return c.autoescape(s)
	case *extendsStmt:
		return c.extendsStatement(s)
	case *blockStmt:
		return c.block(s)
	case *includeStmt:
		return c.include(s)
	case *importStmt:
		return c.importStatement(s)
	case *fromStmt:
		return c.fromStatement(s)
	case *doStmt:
		x := c.expr(s.x)
		return func(f *frame) signal { x(f); return proceed }
	case *breakStmt:
		c.add(shape{kind: shapeBreak})
		return func(*frame) signal { return breakLoop }
	case *continueStmt:
		c.add(shape{kind: shapeContinue})
		return func(*frame) signal { return continueLoop }
	case *nonceStmt:
		return c.nonce(s)
	case *debugStmt:
		return c.debug(s)
	case *transStmt:
		return c.unlessExtended(c.trans(s))
	}
	c.fail(s.at(), "unexpected statement")
	return nil
}

// silent tells that output here is lost, because the template's parent will
// write the page. As in Jinja, what would be printed is not even evaluated.
func (c *compiler) silent() bool { return c.extended }

// unlessExtended is s, which prints, where a parent may write the page.
func (c *compiler) unlessExtended(s step) step {
	if !c.branched {
		return s
	}
	return func(f *frame) signal {
		if f.extends != nil {
			return proceed
		}
		return s(f)
	}
}

func (c *compiler) text(s *textStmt) step {
	if c.silent() || s.text == "" {
		return skip
	}
	text := s.text
	stray := c.addText(text, s.pos)
	if stray < 0 {
		return func(f *frame) signal {
			f.write(text)
			return proceed
		}
	}
	return strayText(text, stray)
}

// print compiles {{ x }}.
func (c *compiler) print(s *printStmt) step {
	if c.silent() {
		c.expr(s.x) // for its mistakes
		return skip
	}
	switch x := s.x.(type) {
	case *callExpr:
		return c.printCall(x)
	case *condExpr:
		if fixedText(x) {
			return c.ifStatement(asIf(x))
		}
	}
	if text, ok := constantText(s.x); ok {
		return c.text(&textStmt{s.node, text})
	}
	return c.printing([]piece{c.value(s)}, "")
}

func (c *compiler) ifStatement(s *ifStmt) step {
	test := c.truth(s.test)
	c.branches++
	c.soft++
	var then, els step
	c.fork(shapeIf, func() { then = c.body(s.then) }, func() { els = c.body(s.els) })
	c.branches--
	c.soft--
	if len(s.els) == 0 {
		return func(f *frame) signal {
			if test(f) {
				return then(f)
			}
			return proceed
		}
	}
	return func(f *frame) signal {
		if test(f) {
			return then(f)
		}
		return els(f)
	}
}

// target compiles the left side of an assignment.
func (c *compiler) target(x expr, at position) func(f *frame, v value) {
	switch x := x.(type) {
	case *nameExpr:
		return c.assignName(x.name)
	case *tupleExpr:
		parts := make([]func(*frame, value), len(x.items))
		for i, item := range x.items {
			parts[i] = c.target(item, at)
		}
		return func(f *frame, v value) {
			items, err := f.unpack(v, len(parts))
			if err != nil {
				f.throw(err, at)
			}
			for i, assign := range parts {
				assign(f, items[i])
			}
		}
	case *namespaceRef:
		get := c.expr(&nameExpr{x.node, x.name})
		return func(f *frame, v value) {
			ns, ok := get(f).ref.(*namespace)
			if !ok {
				f.throw(faultf("cannot assign attribute on non-namespace object"), at)
			}
			ns.vars.setText(x.attr, v)
		}
	}
	c.fail(x.at(), "can't assign to this expression")
	return nil
}

// assignName stores into the slot of the current scope; at top level the
// variable is exported as well, for blocks, includes and imports.
func (c *compiler) assignName(name string) func(f *frame, v value) {
	variable := c.declare(name)
	slot := variable.slot
	if c.branches == 0 {
		defer func() { variable.certain = true }()
	}
	if c.top {
		return func(f *frame, v value) {
			f.slots[slot] = v
			f.vars.set(name, v, name[0] != '_')
		}
	}
	return func(f *frame, v value) { f.slots[slot] = v }
}

// unpack gives the n items of an iterable.
func (f *frame) unpack(v value, n int) ([]value, error) {
	items, ok := indexed(v)
	if !ok {
		if err := v.check(); err != nil {
			return nil, err
		}
		seq, err := f.sequence(v)
		if err != nil {
			return nil, faultf("cannot unpack non-iterable %s object", v.typeName())
		}
		if items, err = seq.collect(f.run); err != nil {
			return nil, err
		}
	}
	switch {
	case len(items) < n:
		return nil, faultf("not enough values to unpack (expected %d, got %d)", n, len(items))
	case len(items) > n:
		return nil, faultf("too many values to unpack (expected %d)", n)
	}
	return items, nil
}

func (c *compiler) setStatement(s *setStmt) step {
	x := c.expr(s.val)
	assign := c.target(s.target, s.pos)
	return func(f *frame) signal {
		assign(f, x(f))
		return proceed
	}
}

// captured compiles a body whose text becomes a value: markup if escaping is
// on. The body is a region of its own.
func (c *compiler) captured(name string, list []stmt) evaluator {
	savedRegion, savedShape := c.region, c.shape
	region := c.openRegion(name)
	var body step
	extended, branched := c.extended, c.branched
	c.extended, c.branched = false, false
	first, count := c.inScope(assigned(list), func() { body = c.body(list) })
	c.extended, c.branched = extended, branched
	c.region, c.shape = savedRegion, savedShape
	return func(f *frame) value {
		f.empty(first, count)
		plan := f.plan
		f.plan = f.soloPlan(region)
		v := f.textOf(f.capture(func() { body(f) }))
		f.plan = plan
		return v
	}
}

// textOf makes captured text a value.
func (f *frame) textOf(s string) value {
	if f.escape {
		return markupValue(s)
	}
	return stringValue(s)
}

func (c *compiler) setBlock(s *setBlockStmt) step {
	x := c.captured("set", s.body)
	if s.filter != nil {
		x = c.filterChain(s.filter, x)
	}
	assign := c.target(s.target, s.pos)
	return func(f *frame) signal {
		assign(f, x(f))
		return proceed
	}
}

func (c *compiler) withStatement(s *withStmt) step {
	vals := c.exprs(s.vals)
	var body step
	targets := make([]func(*frame, value), len(s.targets))
	first, count := c.inScope(assigned(s.body), func() {
		branches := c.branches
		c.branches = 0
		for i, t := range s.targets {
			targets[i] = c.target(t, s.pos)
		}
		c.branches = branches
		body = c.body(s.body)
	})
	return func(f *frame) signal {
		given := evaluate(f, vals)
		f.empty(first, count)
		for i, assign := range targets {
			assign(f, given[i])
		}
		return body(f)
	}
}

func (c *compiler) autoescape(s *autoescapeStmt) step {
	on := c.truth(s.on)
	region := c.region
	var body step
	first, count := c.inScope(assigned(s.body), func() { body = c.body(s.body) })
	return func(f *frame) signal {
		f.empty(first, count)
		escape, plan := f.escape, f.plan
		f.escape = on(f)
		if f.escape && f.plan == nil {
			f.plan = f.soloPlan(region)
		}
		s := body(f)
		f.escape, f.plan = escape, plan
		return s
	}
}

// debug writes the names in reach, filters and tests, as Jinja's debug
// extension does.
func (c *compiler) debug(s *debugStmt) step {
	id := c.addPrint(s.pos)
	visible := c.visible()
	return func(f *frame) signal {
		d := newDict(0)
		for name := range f.names {
			if v, ok := f.variable(name); ok && v.kind != kindObject {
				d.setText(name, v)
			}
		}
		for _, b := range f.locals(visible) {
			d.setText(b.name, b.val)
		}
		all := newDict(3)
		all.setText("context", dictValue(d))
		all.setText("filters", of(sortedKeys(f.env.filters)))
		all.setText("tests", of(sortedKeys(f.env.tests)))
		text, err := f.pprint(dictValue(all), 0)
		if err != nil {
			f.throw(err, s.pos)
		}
		f.print(stringValue(text), id, s.pos)
		return proceed
	}
}

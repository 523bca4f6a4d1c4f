package load

// Run runs the plan with the own generator, in this process.
func Run(p Plan) (Result, error) {
	if err := p.validate(); err != nil {
		return Result{}, err
	}
	switch {
	case p.Streams > 0:
		return runStreams(p)
	case p.TLS:
		return runGoroutines(p) // crypto/tls wants a net.Conn
	}
	return runNative(p)
}

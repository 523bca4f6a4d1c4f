package gatewaytest

import "testing"

func TestSuiteOnTheRecorder(t *testing.T) {
	Suite(t, func(t *testing.T) Target {
		return new(Memory).Target()
	})
}

package micro

import "testing"

// Every subject does what it is measured for.
func TestSubjectsAreRight(t *testing.T) {
	for benchmark, subjects := range benchmarks {
		for peer, prepare := range subjects {
			call, err := prepare()
			if err == nil {
				err = call()
			}
			if err != nil {
				t.Errorf("%s at %s: %v", peer, benchmark, err)
			}
		}
	}
}

func TestRoutesOfBothKinds(t *testing.T) {
	static, parameters := len(asked(staticRoutes)), len(asked(parameterRoutes))
	if static < 30 || parameters < 100 || static+parameters != len(allRoutes) {
		t.Errorf("%d static routes and %d with parameters of %d", static, parameters, len(allRoutes))
	}
}

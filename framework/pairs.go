package framework

import (
	"fmt"

	"github.com/dewar-go/dewar/framework/routing"
)

// pairsOf reads name and value in turns, as log/slog does. Unlike a map, the
// list keeps the order in which a query is built.
func pairsOf(pairs []any) ([]routing.Value, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("name %v has no value: names and values stand in turns", pairs[len(pairs)-1])
	}
	values := make([]routing.Value, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("%v (%T) stands where a name is expected: names and values stand in turns", pairs[i], pairs[i])
		}
		values = append(values, routing.Value{Name: name, Value: pairs[i+1]})
	}
	return values, nil
}

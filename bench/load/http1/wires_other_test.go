//go:build !linux

package http1

import "context"

var wires = map[string]func(context.Context, Options) (wire, error){
	"pool": func(ctx context.Context, o Options) (wire, error) { return NewPool(ctx, o) },
}

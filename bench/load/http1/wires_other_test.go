//go:build !linux

package http1

import "context"

var beds = map[string]bed{
	"pool":     {make: func(ctx context.Context, o Options) (Wire, error) { return NewPool(ctx, o) }},
	"pool tls": {make: func(ctx context.Context, o Options) (Wire, error) { return NewPool(ctx, o) }, encrypted: true},
}

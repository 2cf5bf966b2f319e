//go:build !linux

package http1

import "context"

// New makes the wire that is best for o on this system.
func New(ctx context.Context, o Options) (Wire, error) { return NewPool(ctx, o) }

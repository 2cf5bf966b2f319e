//go:build !linux

package http1

import "context"

// Wire is the better of the two wires that this system has.
type Wire = Pool

// New makes a [Wire].
func New(ctx context.Context, o Options) (*Wire, error) { return NewPool(ctx, o) }

package http1

import "context"

// New makes the wire that is best for o on this system.
func New(ctx context.Context, o Options) (Wire, error) {
	if o.TLS != nil {
		return NewPool(ctx, o)
	}
	return NewEpoll(ctx, o)
}

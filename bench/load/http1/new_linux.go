package http1

import "context"

// Wire is the better of the two wires that this system has.
type Wire = Epoll

// New makes a [Wire].
func New(ctx context.Context, o Options) (*Wire, error) { return NewEpoll(ctx, o) }

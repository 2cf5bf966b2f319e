package http2

import (
	"context"
	"net/http"
	"sync/atomic"

	"github.com/perfcheck/perfcheck/bench/load/http1"
)

// A link is a connection to the service, and those that replace it.
type link struct {
	transport *http.Transport
	scheme    string

	turn chan struct{} // holds one while somebody looks at conn or opens it
	conn *conn
}

// A conn is one connection, which slots may share.
type conn struct {
	*http.ClientConn
	served atomic.Bool // it has brought an answer
}

func newLink(e *http1.Endpoint) *link {
	l := &link{transport: transport(e), scheme: "http", turn: make(chan struct{}, 1)}
	if e.Session() != nil {
		l.scheme = "https"
	}
	return l
}

// get returns the connection, a new one where there is none that is good.
func (l *link) get(ctx context.Context) (*conn, error) {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := ctx.Err(); err != nil { // after close
		return nil, err
	}
	if l.conn != nil {
		if l.conn.Err() == nil {
			return l.conn, nil
		}
		l.conn.Close()
		l.conn = nil
	}
	// The address is the dialer's to know.
	c, err := l.transport.NewClientConn(ctx, l.scheme, "service:0")
	if err != nil {
		return nil, err
	}
	l.conn = &conn{ClientConn: c}
	return l.conn, nil
}

// drop sees that get does not return c again. Its last request closes it.
func (l *link) drop(c *conn) {
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	if l.conn == c {
		l.conn = nil
	}
	if c.InFlight() == 0 {
		c.Close()
	}
}

// close ends the connection, for those who share it, too. The contexts of get
// must have ended before.
func (l *link) close() {
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	if l.conn != nil {
		l.conn.Close()
		l.conn = nil
	}
}

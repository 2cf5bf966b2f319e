package http1

import (
	"errors"
	"io"
	"net"
	"slices"
	"syscall"
)

// A Kind says in one word or two why a request has no complete answer.
type Kind string

// The kinds of failures.
const (
	Refused        Kind = "refused"         // nobody listens there
	Unreachable    Kind = "unreachable"     // no connection, for another reason
	ConnectTimeout Kind = "connect timeout" // no connection within the request's time-out
	TLS            Kind = "tls"             // connected, but the certificate of one side or the handshake is no good
	Timeout        Kind = "timeout"         // connected, but no complete answer within it
	Reset          Kind = "reset"           // the service closed the connection before the first byte of an answer
	CutShort       Kind = "cut short"       // it closed after the first byte and before the last
	Protocol       Kind = "protocol"        // what came is not HTTP of the version that is spoken
	TooLarge       Kind = "too large"       // the answer is longer than Options.MaxBody or MaxHead
	Invalid        Kind = "invalid request" // the request cannot be written as HTTP; nothing was sent
	Exhausted      Kind = "exhausted"       // this machine, not the service, ran out of ports, descriptors or memory
)

var (
	errProtocol = errors.New("not a valid HTTP/1.1 answer")
	errTooLarge = errors.New("answer too large")
	errInvalid  = errors.New("invalid request")
	errTimeout  = errors.New("time-out")
	errClosed   = errors.New("connection closed by the service")
)

// connectKind is the kind of an error that kept a connection from being made.
func connectKind(err error) Kind {
	switch {
	case is(err, errTimeout, syscall.ETIMEDOUT):
		return ConnectTimeout
	case is(err, syscall.ECONNREFUSED):
		return Refused
	case is(err, syscall.ECONNRESET):
		return Reset
	case exhausted(err):
		return Exhausted
	}
	return Unreachable
}

// handshakeKind is the kind of an error that kept a connection from being encrypted.
func handshakeKind(err error) Kind {
	switch {
	case is(err, errTimeout, syscall.ETIMEDOUT):
		return ConnectTimeout
	case is(err, io.EOF, syscall.ECONNRESET, syscall.EPIPE):
		return Reset
	case exhausted(err):
		return Exhausted
	}
	return TLS
}

// isAlert says whether err tells that the other side ended TLS with a reason, as
// one does that misses the client's certificate.
func isAlert(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "remote error"
}

// KindOf is the kind of an error of package net on a connection that was made;
// begun says whether a byte of the answer had come.
func KindOf(err error, begun bool) Kind { return exchangeKind(plain(err), begun) }

// exchangeKind is KindOf an error that is plain already.
func exchangeKind(err error, begun bool) Kind {
	switch {
	case is(err, errTimeout, syscall.ETIMEDOUT):
		return Timeout
	case is(err, errProtocol):
		return Protocol
	case is(err, errTooLarge):
		return TooLarge
	case exhausted(err):
		return Exhausted
	case isAlert(err):
		return TLS
	case begun:
		return CutShort
	}
	return Reset
}

func exhausted(err error) bool {
	return is(err, syscall.EMFILE, syscall.ENFILE, syscall.EADDRNOTAVAIL, syscall.ENOBUFS, syscall.ENOMEM)
}

func is(err error, targets ...error) bool {
	return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
}

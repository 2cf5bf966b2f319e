package http1

import (
	"fmt"
	"io"
	"syscall"
	"testing"
)

func TestKinds(t *testing.T) {
	tests := []struct {
		err                        error
		connecting, before, within Kind // its first byte
	}{
		{errTimeout, ConnectTimeout, Timeout, Timeout},
		{syscall.ETIMEDOUT, ConnectTimeout, Timeout, Timeout},
		{syscall.ECONNREFUSED, Refused, Reset, CutShort},
		{syscall.ECONNRESET, Reset, Reset, CutShort},
		{syscall.EPIPE, Unreachable, Reset, CutShort},
		{io.EOF, Unreachable, Reset, CutShort},
		{errClosed, Unreachable, Reset, CutShort},
		{syscall.EHOSTUNREACH, Unreachable, Reset, CutShort},
		{syscall.EMFILE, Exhausted, Exhausted, Exhausted},
		{syscall.EADDRNOTAVAIL, Exhausted, Exhausted, Exhausted},
		{syscall.ENOBUFS, Exhausted, Exhausted, Exhausted},
	}
	for _, test := range tests {
		err := fmt.Errorf("wrapped: %w", test.err)
		if got := connectKind(err); got != test.connecting {
			t.Errorf("%v while connecting: %s, want %s", err, got, test.connecting)
		}
		if got := exchangeKind(err, false); got != test.before {
			t.Errorf("%v before the answer: %s, want %s", err, got, test.before)
		}
		if got := exchangeKind(err, true); got != test.within {
			t.Errorf("%v within the answer: %s, want %s", err, got, test.within)
		}
	}
}

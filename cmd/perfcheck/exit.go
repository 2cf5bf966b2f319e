package main

import (
	"errors"
	"fmt"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/baseline/remote"
	"github.com/perfcheck/perfcheck/bench/service"
)

// The exit codes. They are documented in the README and stable.
const (
	exitOK           = 0 // pass or improvement
	exitRegression   = 1
	exitUsage        = 2 // wrong usage or configuration
	exitInvalid      = 3 // invalid, or could not measure
	exitInconclusive = 4 // inconclusive, with --fail-on inconclusive
)

// An exitError ends perfcheck with a code. One without an error has said all
// that there is to say on stdout.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func usageErrorf(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// exitCode returns the code for an error: what is not said to be wrong usage
// is a measurement that could not be made.
func exitCode(err error) int {
	var e *exitError
	var config *service.ConfigError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &config), errors.Is(err, baseline.ErrNotFound), errors.Is(err, baseline.ErrAmbiguous),
		errors.Is(err, remote.ErrSpec), errors.Is(err, remote.ErrNotFound):
		return exitUsage
	case errors.As(err, &e):
		return e.code
	default:
		return exitInvalid
	}
}

package main

import (
	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/compare"
)

// A failOn is the mildest verdict that fails a command. An invalid one always does:
// where nothing was measured nothing is known to be well.
type failOn string

const (
	failOnInconclusive failOn = "inconclusive"
	failOnRegression   failOn = "regression"
	failOnNever        failOn = "never"
)

// failOnFlag is that of every command that ends by a verdict.
func failOnFlag() cli.Flag {
	return &cli.StringFlag{Name: "fail-on", Value: string(failOnRegression),
		Usage: "the mildest `VERDICT` to fail on: inconclusive, regression, or never; an invalid one always fails"}
}

func parseFailOn(c *cli.Context) (failOn, error) {
	switch f := failOn(c.String("fail-on")); f {
	case failOnInconclusive, failOnRegression, failOnNever:
		return f, nil
	default:
		return "", usageErrorf("--fail-on: want inconclusive, regression or never, got %q", f)
	}
}

// code returns the exit code for a verdict.
func (f failOn) code(v compare.Verdict) int {
	switch {
	case v == compare.Pass, v == compare.Improvement, v == compare.Skipped:
		return exitOK
	case v == compare.Regression && f != failOnNever:
		return exitRegression
	case v == compare.Inconclusive && f == failOnInconclusive:
		return exitInconclusive
	case v == compare.Regression, v == compare.Inconclusive:
		return exitOK
	default:
		return exitInvalid
	}
}

// exit turns a verdict into the command's outcome.
func (f failOn) exit(v compare.Verdict) error {
	if code := f.code(v); code != exitOK {
		return &exitError{code: code}
	}
	return nil
}

package load

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// The kinds of failures that are not of [http1.Kind].
const (
	ClientError = "4xx"      // a status from 400 to 499 that the step does not expect
	ServerError = "5xx"      // likewise from 500 to 599
	Check       = "check"    // the answer was not as expected in another way
	Encoding    = "encoding" // a body that is to be looked at cannot be decoded
	Redirect    = "redirect" // one that is to be followed leads elsewhere, or to too many
	Time        = "time"     // the answer took longer than the step allows
	Template    = "template" // the request could not be made from the values at hand
	Limit       = "limit"    // a loop came to its bound before its condition let it end
	Data        = "data"     // a feed has no record left for the scenario
	Part        = "step"     // a step of the transaction failed
)

// refusal returns the kind of failure for which a user does not accept an answer.
func refusal(err error) string {
	if _, slow := errors.AsType[*scenario.SlowError](err); slow {
		return Time
	}
	if _, ok := errors.AsType[*scenario.EncodingError](err); ok {
		return Encoding
	}
	if _, ok := errors.AsType[*scenario.RedirectError](err); ok {
		return Redirect
	}
	if status, ok := errors.AsType[*scenario.StatusError](err); ok {
		switch status.Got / 100 {
		case 4:
			return ClientError
		case 5:
			return ServerError
		}
	}
	return Check
}

// impossible returns the kind of failure for which a scenario cannot go on.
func impossible(err error) string {
	if _, ok := errors.AsType[*scenario.LimitError](err); ok {
		return Limit
	}
	if _, ok := errors.AsType[*scenario.EndError](err); ok {
		return Data
	}
	return Template
}

// fail counts a failure of a step, at a time since the recording began.
func fail(failures *[]bench.Failure, at time.Duration, kind string, err error) {
	i := slices.IndexFunc(*failures, func(f bench.Failure) bool { return f.Kind == kind })
	if i < 0 {
		i = len(*failures)
		*failures = append(*failures, bench.Failure{})
	}
	(*failures)[i].Add(bench.Failure{Kind: kind, Count: 1, Example: excerpt(err.Error()), First: at, Last: at})
}

// maxExample is the most bytes of a message that are kept.
const maxExample = 200

// excerpt returns a message, or its beginning where it is long.
func excerpt(message string) string {
	if len(message) <= maxExample {
		return message
	}
	return strings.ToValidUTF8(message[:maxExample], "") + "…"
}

package main

import (
	"errors"
	"fmt"
)

// maxNamed is how many of the runs that went wrong are named.
const maxNamed = 20

// failures are the errors of single runs, which are no reason to go without the others.
type failures struct {
	n     int
	first []error
}

func (f *failures) add(errs ...error) {
	f.n += len(errs)
	f.first = append(f.first, errs[:min(len(errs), maxNamed-len(f.first))]...)
}

// named returns the first of them, and how many more there are.
func (f *failures) named() []error {
	if more := f.n - len(f.first); more > 0 {
		return append(f.first[:len(f.first):len(f.first)], fmt.Errorf("and %d more", more))
	}
	return f.first
}

func (f *failures) join() error { return errors.Join(f.named()...) }

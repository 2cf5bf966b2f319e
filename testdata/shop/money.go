package main

import (
	"errors"
	"math"
	"strconv"
)

// cents is an amount of money; in JSON it is a decimal number: 12.34.
type cents int64

// maxCents keeps sums far from overflow.
const maxCents = 1e15

func (c cents) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(c)/100, 'f', 2, 64), nil
}

func (c *cents) UnmarshalJSON(text []byte) error {
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.Abs(f*100) > maxCents {
		return errors.New("want an amount like 12.34")
	}
	*c = cents(math.Round(f * 100))
	return nil
}

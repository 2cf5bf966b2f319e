package resource

import "testing"

func TestMachineLimits(t *testing.T) {
	l, err := MachineLimits()
	if err != nil || l.Files < 64 || l.Ports < 1 || l.Clock == "" {
		t.Errorf("%+v, %v", l, err)
	}
}

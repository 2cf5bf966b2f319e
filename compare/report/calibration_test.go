package report

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/compare"
)

// calibrated is the calibration by a comparison with the given budget.
func calibrated(c *compare.Comparison, budget time.Duration) *compare.Calibration {
	for i := range c.Deltas {
		c.Deltas[i].Limit = c.Deltas[i].Threshold
	}
	return compare.Calibrate(c, budget)
}

// noisy is a calibration with thresholds that are out of reach in each way.
func noisy() *compare.Calibration {
	c := passing()
	c.Deltas[1].Spread = 0.06
	c.Deltas[2].Spread = 4
	c.Deltas[3].Spread = 0.45
	c.Deltas[10].Blocks, c.Deltas[10].Rule = 3, "p50 of step pay is undecided: it has a value in 3 of 12 blocks, and needs 8"
	c.Warnings = []string{"p99 of step pay is not judged: base: block 1: too few requests: 300, and p99 needs 1000"}
	c.Notes = []string{"the service ran on CPU 1, perfcheck on CPU 0"}
	return calibrated(c, 4*time.Minute)
}

func severalCalibrated() *compare.Calibration {
	c := improvement()
	for i := range c.Deltas {
		c.Deltas[i].Gated = true
	}
	return calibrated(c, 5*time.Minute)
}

func calibrationText(t *testing.T, k *compare.Calibration, o TextOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Calibration(&b, k, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCalibration(t *testing.T) {
	for _, test := range []struct {
		name string
		k    *compare.Calibration
		o    TextOptions
	}{
		{"calibration", calibrated(passing(), 5*time.Minute), TextOptions{Width: 110}},
		{"calibration-noisy", noisy(), TextOptions{Width: 110}},
		{"calibration-narrow", noisy(), TextOptions{Width: 80}},
		{"calibration-color", noisy(), TextOptions{Width: 110, Color: true}},
		{"calibration-improvement", severalCalibrated(), TextOptions{Width: 110}},
		{"calibration-invalid", calibrated(invalid(), 5*time.Minute), TextOptions{Width: 110}},
	} {
		t.Run(test.name, func(t *testing.T) { golden(t, test.name+".txt", calibrationText(t, test.k, test.o)) })
	}
}

// TestCalibrationIsGreenWhereItPassed: thresholds within reach do not hide that
// the comparison behind them did not pass.
func TestCalibrationIsGreenWhereItPassed(t *testing.T) {
	for verdict, want := range map[compare.Verdict]string{compare.Pass: "✓", compare.Inconclusive: "?", compare.Regression: "?"} {
		c := passing()
		c.Verdict = verdict
		if got := string(calibrationText(t, calibrated(c, 5*time.Minute), TextOptions{})); !strings.HasPrefix(got, want+" CALIBRATED") {
			t.Errorf("%s: %.30s", verdict, got)
		}
	}
}

func TestCalibrationObeysNothingFromOutside(t *testing.T) {
	k := noisy()
	k.Subject.Title, k.Host.CPU, k.Service, k.Summary = hostile, hostile, hostile, hostile
	k.Reasons, k.Advice, k.Warnings, k.Notes = []string{hostile}, []string{hostile}, []string{hostile}, []string{hostile}
	for i := range k.Metrics {
		n := &k.Metrics[i]
		n.Step, n.Profile, n.Metric, n.Unit = hostile, hostile+k.Metrics[i].Metric, hostile, hostile
	}
	wantHarmless(t, calibrationText(t, k, TextOptions{}))
}

func TestCalibrationJSON(t *testing.T) {
	var b bytes.Buffer
	if err := CalibrationJSON(&b, noisy()); err != nil {
		t.Fatal(err)
	}
	written := b.String()
	k, err := ReadCalibration(&b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(k, noisy()) {
		t.Errorf("read back %+v", k)
	}
	for name, data := range map[string]string{
		"cut off":       written[:len(written)/2],
		"unknown field": strings.Replace(written, `"usable"`, `"unusable"`, 1),
		"a comparison":  encode(t, passing()),
	} {
		if _, err := ReadCalibration(strings.NewReader(data)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	newer := strings.Replace(written, `"schema": 1`, `"schema": 2`, 1)
	if _, err := ReadCalibration(strings.NewReader(newer)); !errors.Is(err, ErrSchema) {
		t.Errorf("newer: %v, want ErrSchema", err)
	}
}

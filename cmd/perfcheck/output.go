package main

import (
	"encoding/json"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
	"github.com/perfcheck/perfcheck/compare/report"
)

// The values of --format.
const (
	formatText = "text"
	formatJSON = "json"
)

// An output says how results are printed.
type output struct {
	format  string
	explain bool
}

// formatFlag is that of every command that prints a result.
func formatFlag() cli.Flag {
	return &cli.StringFlag{Name: "format", Value: formatText, Usage: "print the result as `FORMAT`: text or json"}
}

// explainFlag is that of the commands that print a verdict.
func explainFlag() cli.Flag {
	return &cli.BoolFlag{Name: "explain", Usage: "print what each decision was made from, block by block"}
}

func parseOutput(c *cli.Context) (output, error) {
	o := output{format: c.String("format"), explain: c.Bool("explain")}
	if o.format != formatText && o.format != formatJSON {
		return o, usageErrorf("--format: want text or json, got %q", o.format)
	}
	return o, nil
}

func (o output) comparison(ui *ui, c *compare.Comparison) error {
	if o.format == formatJSON {
		return report.JSON(ui.out, c)
	}
	return report.Text(ui.out, c, ui.text(o.explain))
}

func (o output) calibration(ui *ui, k *compare.Calibration) error {
	if o.format == formatJSON {
		return report.CalibrationJSON(ui.out, k)
	}
	return report.Calibration(ui.out, k, ui.text(false))
}

func (o output) runs(ui *ui, runs ...*bench.Run) error {
	for _, run := range runs {
		if o.format == formatJSON {
			data, err := bench.EncodeRun(run)
			if err != nil {
				return err
			}
			if _, err := ui.out.Write(append(data, '\n')); err != nil {
				return err
			}
			continue
		}
		if err := report.Run(ui.out, run, ui.text(false)); err != nil {
			return err
		}
	}
	return nil
}

// printJSON writes a value that has no schema of its own.
func printJSON(ui *ui, v any) error {
	enc := json.NewEncoder(ui.out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

package main

import (
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
	"github.com/perfcheck/perfcheck/compare/report"
)

// The values of --format that every result has.
const (
	formatText = "text"
	formatJSON = "json"
)

// plainFormats are those of runs, calibrations and lists.
var plainFormats = []string{formatText, formatJSON}

// A renderer writes a comparison in the format that --format calls name, or into
// the file of that name.
type renderer struct {
	name  string
	write func(io.Writer, *compare.Comparison) error
}

// renderers are those of all formats but text, which depends on the terminal.
var renderers = []renderer{
	{formatJSON, report.JSON},
	{"markdown", report.Markdown},
	{"html", report.HTML},
	{"junit", report.JUnit},
	{"csv", report.CSV},
}

// verdictFormats are those of comparisons.
func verdictFormats() []string {
	names := []string{formatText}
	for _, r := range renderers {
		names = append(names, r.name)
	}
	return names
}

// An output says how results are printed.
type output struct {
	format  string
	explain bool
}

// formatFlag is that of the commands that print no verdict.
func formatFlag() cli.Flag { return formatFlagOf(plainFormats) }

// verdictFlags are those of the commands that print one.
func verdictFlags() []cli.Flag {
	return []cli.Flag{
		formatFlagOf(verdictFormats()),
		&cli.BoolFlag{Name: "explain", Usage: "print what each decision was made from, block by block"},
	}
}

func formatFlagOf(names []string) cli.Flag {
	return &cli.StringFlag{Name: "format", Value: formatText, Usage: "print the result as `FORMAT`: " + oneOf(names)}
}

// parseOutput reads the flags of a command that prints no verdict.
func parseOutput(c *cli.Context) (output, error) { return parseOutputOf(c, plainFormats) }

// parseVerdictOutput reads [verdictFlags].
func parseVerdictOutput(c *cli.Context) (output, error) { return parseOutputOf(c, verdictFormats()) }

func parseOutputOf(c *cli.Context, names []string) (output, error) {
	o := output{format: c.String("format"), explain: c.Bool("explain")}
	if !slices.Contains(names, o.format) {
		return o, usageErrorf("--format: want %s, got %q", oneOf(names), o.format)
	}
	if o.explain && o.format != formatText {
		return o, usageErrorf("--explain has no effect with --format %s: remove one of them", o.format)
	}
	return o, nil
}

// oneOf lists what there is to choose from: "text, json or csv".
func oneOf(names []string) string {
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

func (o output) comparison(ui *ui, c *compare.Comparison) error {
	for _, r := range renderers {
		if r.name == o.format {
			return r.write(ui.out, c)
		}
	}
	return report.Text(ui.out, c, ui.text(o.explain))
}

func (o output) calibration(ui *ui, k *compare.Calibration) error {
	if o.format == formatJSON {
		return report.CalibrationJSON(ui.out, k)
	}
	return report.Calibration(ui.out, k, ui.text(false))
}

func (o output) trend(ui *ui, t *compare.Trend) error {
	switch o.format {
	case formatJSON:
		return report.TrendJSON(ui.out, t)
	case "html":
		return report.TrendHTML(ui.out, t)
	default:
		return report.Trend(ui.out, t, ui.text(false))
	}
}

func (o output) runs(ui *ui, runs ...*bench.Run) error {
	if !slices.Contains(plainFormats, o.format) {
		return usageErrorf("--format %s is one of comparisons: a run is printed as %s", o.format, oneOf(plainFormats))
	}
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

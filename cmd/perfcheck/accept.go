package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/compare"
	"github.com/perfcheck/perfcheck/compare/report"
)

// acceptDays is for how long a slowdown is accepted that nobody says it of.
const acceptDays = 90

// acceptOptions are the parsed command line of perfcheck accept.
type acceptOptions struct {
	comparison string            // id; empty for the latest
	from       string            // file of the comparison; empty for the store
	only       map[string]string // by flag: the profile, step and metric that are named
	upTo       string            // empty for what was measured
	why        string
	until      time.Time
	now        time.Time
}

func acceptCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:  "accept",
		Usage: "accept the slowdowns of a comparison, until a day, in " + profile.AcceptFile,
		Description: "Writes an entry for each gated metric that regressed, or for those that are named,\n" +
			"beside perfcheck.yml. It counts for the working tree at once, and elsewhere\n" +
			"when it is committed. Each may get worse by the upper end of its measured interval,\n" +
			"rounded up to two digits, unless --up-to says otherwise.",
		Flags: append(configFlags(),
			&cli.StringFlag{Name: "comparison", Usage: "of the comparison `ID`, which its report shows, instead of the latest"},
			&cli.StringFlag{Name: "from", Usage: "of the comparison in `FILE`, as gate leaves in comparison.json, instead of one in the store"},
			&cli.StringFlag{Name: "profile", Aliases: []string{"p"}, Usage: "only of the profile `NAME`"},
			&cli.StringFlag{Name: "step", Usage: "only of the step `NAME`; '' is only of no step"},
			&cli.StringFlag{Name: "metric", Usage: "only the metric `NAME`"},
			&cli.StringFlag{Name: "up-to", Usage: "accept `CHANGE`, as 12% or 0.5pp, instead of what was measured"},
			&cli.StringFlag{Name: "why", Usage: "`TEXT` that every report shows; required"},
			&cli.StringFlag{Name: "until", Usage: "`DATE` of the last day, as 2026-12-31"},
			&cli.StringFlag{Name: "for", Usage: "for so many `DAYS` from today, as 90d", DefaultText: strconv.Itoa(acceptDays) + "d"},
		),
		Action: func(c *cli.Context) error {
			o, err := parseAccept(c, time.Now())
			if err != nil {
				return err
			}
			config, err := loadConfig(c)
			if err != nil {
				return err
			}
			return o.run(c, ui, config)
		},
	}
}

func parseAccept(c *cli.Context, now time.Time) (o acceptOptions, err error) {
	if err := noArguments(c); err != nil {
		return o, err
	}
	for _, flag := range []string{"comparison", "store"} {
		if c.IsSet("from") && c.IsSet(flag) {
			return o, usageErrorf("--%s has no effect with --from: remove one of them", flag)
		}
	}
	o = acceptOptions{comparison: c.String("comparison"), from: c.String("from"), only: map[string]string{}, upTo: c.String("up-to"), now: now}
	for _, flag := range []string{"profile", "step", "metric"} {
		if c.IsSet(flag) {
			o.only[flag] = c.String(flag)
		}
	}
	if o.why = strings.Join(strings.Fields(c.String("why")), " "); o.why == "" {
		return o, usageErrorf("--why is missing: say why this is wanted, every report shows it")
	}
	o.until, err = parseUntil(c, now)
	return o, err
}

// parseUntil returns the last day that --until or --for names.
func parseUntil(c *cli.Context, now time.Time) (time.Time, error) {
	today := now.UTC().Truncate(24 * time.Hour)
	switch {
	case c.IsSet("until") && c.IsSet("for"):
		return today, usageErrorf("--until and --for say the same: remove one of them")
	case c.IsSet("until"):
		day, err := time.Parse(time.DateOnly, c.String("until"))
		if err != nil || day.Before(today) {
			return day, usageErrorf("--until: want a day that is not over, as %s, got %q", today.AddDate(0, 0, acceptDays).Format(time.DateOnly), c.String("until"))
		}
		return day, nil
	case c.IsSet("for"):
		number, found := strings.CutSuffix(c.String("for"), "d")
		days, err := strconv.ParseUint(number, 10, 16)
		if !found || err != nil || days == 0 {
			return today, usageErrorf("--for: want days, as %dd, got %q", acceptDays, c.String("for"))
		}
		return today.AddDate(0, 0, int(days)), nil
	default:
		return today.AddDate(0, 0, acceptDays), nil
	}
}

func (o acceptOptions) run(c *cli.Context, ui *ui, config *profile.Config) error {
	comparison, err := o.read(c)
	if err != nil {
		return err
	}
	deltas, err := o.chosen(comparison)
	if err != nil {
		return err
	}
	entries, err := o.entries(deltas)
	if err != nil {
		return err
	}
	written, refused, err := config.Accept(entries, o.now)
	if err != nil {
		return notAccepted(err)
	}
	if written != "" {
		fmt.Fprintf(ui.out, "%s:\n%s", config.AcceptPath(), written)
		ui.say("wrote %d of %s: commit %s with the change that needs it", len(entries)-len(refused), comparison.ID, profile.AcceptFile)
	}
	switch err := errors.Join(refused...); {
	case err == nil:
		return nil
	case written == "":
		return usageErrorf("nothing is accepted: %w", err)
	default:
		return usageErrorf("%d of %d are not accepted: %w", len(refused), len(entries), err)
	}
}

// notAccepted is wrong usage where the file is not one that can be added to.
func notAccepted(err error) error {
	if _, mistakes := errors.AsType[profile.Problems](err); mistakes || errors.Is(err, profile.ErrForm) {
		return usageErrorf("nothing is accepted: %w", err)
	}
	return err
}

// read returns the comparison that is meant, from its file or from the store.
func (o acceptOptions) read(c *cli.Context) (comparison *compare.Comparison, err error) {
	if o.from != "" {
		return readComparison(o.from)
	}
	err = readStore(c, func(store *baseline.Store) error {
		data, err := store.Comparison(o.comparison)
		if err != nil {
			return err
		}
		comparison, err = report.ReadJSON(bytes.NewReader(data))
		return err
	})
	return comparison, err
}

// readComparison reads what gate wrote, here or elsewhere.
func readComparison(path string) (*compare.Comparison, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, usageErrorf("--from: %v", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxOutcome+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("--from: %v", err)
	case len(data) > maxOutcome:
		return nil, usageErrorf("--from: %s is larger than %d MiB: that is no comparison", path, maxOutcome>>20)
	}
	comparison, err := report.ReadJSON(bytes.NewReader(data))
	if err != nil {
		return nil, usageErrorf("--from: %s: %v", path, err)
	}
	return comparison, nil
}

// chosen returns the metrics that regressed and that the options mean.
func (o acceptOptions) chosen(c *compare.Comparison) ([]compare.Delta, error) {
	if c.Verdict != compare.Regression {
		return nil, usageErrorf("comparison %s is %s: there is no slowdown to accept", c.ID, c.Verdict)
	}
	var chosen []compare.Delta
	var names []string // of all that regressed
	for _, d := range c.Deltas {
		if !d.Gated || d.Verdict != compare.Regression {
			continue
		}
		names = append(names, d.Profile+": "+d.Key.String())
		if o.means(&d) {
			chosen = append(chosen, d)
		}
	}
	switch {
	case len(names) == 0:
		return nil, usageErrorf("comparison %s: %s: that is no slowdown to accept", c.ID, report.Headline(c))
	case len(chosen) == 0:
		return nil, usageErrorf("comparison %s: none of what regressed is meant by --profile, --step and --metric: there are %s", c.ID, strings.Join(names, ", "))
	case len(chosen) > 1 && o.upTo != "":
		return nil, usageErrorf("--up-to is for one metric, and %d are meant: name it by --profile, --step and --metric: %s", len(chosen), strings.Join(names, ", "))
	}
	return chosen, nil
}

// means says whether the flags that are given name this metric.
func (o acceptOptions) means(d *compare.Delta) bool {
	for flag, name := range map[string]string{"profile": d.Profile, "step": d.Step, "metric": d.Metric} {
		if only, given := o.only[flag]; given && only != name {
			return false
		}
	}
	return true
}

// entries makes the entries for metrics that regressed.
func (o acceptOptions) entries(deltas []compare.Delta) (entries []bench.Acceptance, err error) {
	for _, d := range deltas {
		a := bench.Acceptance{Profile: d.Profile, Key: d.Key, UpTo: enough(&d), Why: o.why, Until: o.until}
		if o.upTo != "" {
			m := bench.Metric{Name: d.Metric, Unit: d.Unit, Better: d.Better, Scale: d.Scale}
			if a.UpTo, err = profile.ParseThreshold(o.upTo, m); err != nil {
				return nil, usageErrorf("--up-to: %v", err)
			}
		}
		entries = append(entries, a)
	}
	return entries, nil
}

// enough returns the next change of two digits beyond the upper end of a
// regression's interval, by which the same measurement is one no longer.
func enough(d *compare.Delta) float64 {
	worst := d.High
	if d.Better == bench.HigherIsBetter {
		worst = -d.Low
	}
	return nextOfTwoDigits(worst)
}

// nextOfTwoDigits returns the next number above v, which is above 0, that has two
// digits: 0.13 above 0.1231 and above 0.12, 0.0099 above 0.00983.
func nextOfTwoDigits(v float64) float64 {
	digit := math.Floor(math.Log10(v)) - 1
	next := math.Floor(v*math.Pow(10, -digit)+1e-9) + 1 // but for rounding: 0.29 are 28.999999999999996 of 0.01
	return next * math.Pow(10, digit)
}

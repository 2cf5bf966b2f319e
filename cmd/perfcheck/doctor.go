package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/resource"
	"github.com/perfcheck/perfcheck/bench/revision"
	"github.com/perfcheck/perfcheck/bench/service"
)

func doctorCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "check what a measurement needs here, and say what to do about what is missing",
		Description: "Measures nothing and changes nothing. A warning makes measurements worse or fewer,\n" +
			"a problem keeps perfcheck from measuring.\n" +
			"Exit code: 0 no problem, 3 a problem.",
		Flags: append(configFlags(), formatFlag()),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			out, err := parseOutput(c)
			if err != nil {
				return err
			}
			return examine(c).print(ui, out)
		},
	}
}

// The states of findings.
const (
	stateOK      = "ok"
	stateWarning = "warning"
	stateProblem = "problem"
)

// A finding is what was found out about one thing that measurements need.
type finding struct {
	Check string `json:"check"`
	State string `json:"state"`
	Found string `json:"found"`
	Do    string `json:"do,omitempty"` // about what is not ok
}

func fine(check, format string, args ...any) finding {
	return finding{check, stateOK, fmt.Sprintf(format, args...), ""}
}

// A diagnosis is all findings, in the order in which a measurement needs them.
type diagnosis struct {
	Findings []finding `json:"findings"`
}

func examine(c *cli.Context) *diagnosis {
	config, _, err := validated(c, time.Now())
	d := &diagnosis{[]finding{configFinding(config, err)}}
	d.add(gitFindings(c.Context, config)...)
	d.add(engineFinding(c.Context, config))
	d.add(machineFindings(config)...)
	d.add(usageFinding(c.Context), storeFinding(c, config))
	return d
}

func (d *diagnosis) add(more ...finding) { d.Findings = append(d.Findings, more...) }

func configFinding(config *profile.Config, err error) finding {
	const check = "configuration"
	switch {
	case errors.Is(err, profile.ErrNoConfig):
		return finding{check, stateProblem, err.Error(), "run perfcheck init beside the compose file"}
	case err != nil:
		return finding{check, stateProblem, err.Error(), "mend it: perfcheck validate checks it again"}
	default:
		return fine(check, "%s, %s", config.Path, bench.Count(len(config.Profiles), "profile"))
	}
}

func gitFindings(ctx context.Context, config *profile.Config) []finding {
	dir := "."
	if config != nil {
		dir = filepath.Dir(config.Path)
	}
	repo, err := revision.Open(ctx, dir)
	if err != nil {
		return []finding{{"git", stateProblem, err.Error(), "run perfcheck in the repository of the service, with git installed: runs are kept by commit"}}
	}
	head, err := repo.Resolve(ctx, "HEAD")
	if err != nil {
		return []finding{{"git", stateProblem, err.Error(), "make a first commit"}}
	}
	found := []finding{fine("git", "HEAD is %s", subject(head))}
	branch, err := repo.DefaultBranch(ctx)
	if err != nil {
		return append(found, finding{"default branch", stateWarning, err.Error(), "name the base of a comparison, as in perfcheck compare BASE"})
	}
	return append(found, fine("default branch", "%s, the base of comparisons", branch))
}

// engineFinding wants a container engine where the service is run by compose only.
func engineFinding(ctx context.Context, config *profile.Config) finding {
	const check = "container engine"
	engine, compose, err := service.Engine(ctx)
	switch {
	case err == nil:
		return fine(check, "%s, %s", engine, compose)
	case config != nil && len(config.Service.Compose) == 0:
		return fine(check, "none needed: the service runs without one")
	case config != nil && len(config.Service.Command) > 0:
		return finding{check, stateWarning, err.Error(), "start one, or the service is run by service.command"}
	default:
		return finding{check, stateProblem, err.Error(), "install or start Docker with Compose, or give service.command, which needs no containers"}
	}
}

// usageFinding reads perfcheck's own usage in the way in which that of containers is read.
func usageFinding(ctx context.Context) finding {
	const check = "usage of containers"
	if runtime.GOOS != "linux" {
		return fine(check, "asked of the container engine")
	}
	meter, err := resource.Containers([]resource.Container{{Name: "perfcheck", PID: os.Getpid()}})
	if err == nil {
		_, err = meter.Read(ctx)
		err = errors.Join(err, meter.Close())
	}
	if err != nil {
		return finding{check, stateWarning, err.Error(), "make /sys/fs/cgroup readable; else CPU and memory are not compared"}
	}
	return fine(check, "CPU and memory can be read from control groups")
}

func storeFinding(c *cli.Context, config *profile.Config) finding {
	const check = "store"
	path := c.String("store")
	switch {
	case path == "" && config == nil:
		return fine(check, "not looked at: it lies beside perfcheck.yml")
	case path == "":
		path = storePath(c, config)
	}
	store, err := baseline.OpenReadOnly(path, baseline.Options{Version: version})
	if errors.Is(err, baseline.ErrNoStore) {
		return fine(check, "none yet: the first run makes %s", path)
	}
	if err == nil {
		_, err = store.List(baseline.Filter{Limit: 1})
		err = errors.Join(err, store.Close())
	}
	switch {
	case errors.Is(err, baseline.ErrLocked):
		return finding{check, stateWarning, err.Error(), "wait, or measure: blocks are stored as soon as it is free"}
	case err != nil:
		return finding{check, stateProblem, err.Error(), "run perfcheck baseline verify, or choose another place by --store"}
	default:
		return fine(check, "%s can be read", path)
	}
}

func (d *diagnosis) print(ui *ui, out output) error {
	var err error
	if out.format == formatJSON {
		err = printJSON(ui, d)
	} else {
		err = d.text(ui)
	}
	for _, f := range d.Findings {
		if f.State == stateProblem {
			return errors.Join(err, &exitError{exitInvalid, nil})
		}
	}
	return err
}

func (d *diagnosis) text(ui *ui) error {
	marks := map[string]string{stateOK: "✓", stateWarning: "?", stateProblem: "✗"}
	for _, f := range d.Findings {
		text := fmt.Sprintf("%s %s: %s\n", marks[f.State], f.Check, f.Found)
		if f.Do != "" {
			text += "  → " + f.Do + "\n"
		}
		if _, err := fmt.Fprint(ui.out, printable(text)); err != nil {
			return err
		}
	}
	return nil
}

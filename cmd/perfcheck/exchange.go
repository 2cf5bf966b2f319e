package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline/remote"
	"github.com/perfcheck/perfcheck/bench"
)

// exchanged tells what became of the runs that were to be exchanged.
type exchanged struct {
	did     string // pushed or pulled
	Added   int    `json:"added"`
	Known   int    `json:"known"`             // were there before
	Refused int    `json:"refused,omitempty"` // are no runs, or contradict the store
}

func (e exchanged) print(ui *ui, out output) error {
	if out.format == formatJSON {
		return printJSON(ui, e)
	}
	text := fmt.Sprintf("%s %s; %d were there", e.did, bench.Count(e.Added, "run"), e.Known)
	if e.Refused > 0 {
		text += fmt.Sprintf(", %d refused", e.Refused)
	}
	_, err := fmt.Fprintln(ui.out, text)
	return err
}

func remoteFlag() cli.Flag {
	return &cli.StringFlag{Name: "remote", Value: "git:origin",
		Usage: "the history is at `PLACE`: git:REMOTE or git:URL, with #BRANCH if not " + remote.DefaultBranch + ", or dir:PATH"}
}

// exchange opens the remote of the flags, and prints what do did with it.
func exchange(c *cli.Context, ui *ui, do func(remote.Remote) (exchanged, error)) (err error) {
	if err := noArguments(c); err != nil {
		return err
	}
	out, err := parseOutput(c)
	if err != nil {
		return err
	}
	dir, err := remotesOf(c)
	if err != nil {
		return err
	}
	r, err := remote.Open(c.Context, c.String("remote"), remote.Options{
		Dir: dir,
		Log: func(sentence string) { ui.say("%s", sentence) },
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	done, err := do(r)
	if err != nil {
		return err
	}
	return done.print(ui, out)
}

// remotesOf returns a folder of the repository whose remotes are meant: that of
// perfcheck.yml, or the working directory where none is read.
func remotesOf(c *cli.Context) (string, error) {
	if c.String("store") != "" {
		return "", nil
	}
	config, err := loadConfig(c)
	if err != nil {
		return "", err
	}
	return filepath.Dir(config.Path), nil
}

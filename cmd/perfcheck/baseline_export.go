package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
)

func baselineExportCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:      "export",
		Usage:     "write runs as files that another store imports",
		ArgsUsage: "[ID|COMMIT...]",
		Description: "Writes all runs, those that are named, or those that the flags select: one file a\n" +
			"run into --dir, or one line a run to standard output. docs/format.md describes them.",
		Flags: slices.Concat(configFlags(), filterFlags(0), []cli.Flag{
			&cli.StringFlag{Name: "dir", Usage: "write files into `DIR`, where those that are there stay as they are"},
			formatFlag(),
		}),
		Action: func(c *cli.Context) error {
			out, err := parseOutput(c)
			if err != nil {
				return err
			}
			if c.IsSet("format") && c.String("dir") == "" {
				return usageErrorf("--format has no effect without --dir: what is exported is JSON")
			}
			var runs []baseline.Summary
			err = readStore(c, func(store *baseline.Store) error {
				runs, err = chosen(c, store)
				return err
			})
			if err != nil && !errors.Is(err, baseline.ErrDamaged) {
				return err
			}
			runs = exportable(ui, runs)
			if c.String("dir") == "" {
				return errors.Join(exportLines(c, ui, ids(runs)), err)
			}
			return errors.Join(exportFiles(c, ui, out, ids(runs)), err)
		},
	}
}

// exportable leaves out the runs that may yet become others, and those that are no
// longer what was measured.
func exportable(ui *ui, runs []baseline.Summary) []baseline.Summary {
	var incomplete, thinned int
	whole := slices.DeleteFunc(slices.Clone(runs), func(s baseline.Summary) bool {
		switch {
		case !s.Complete:
			incomplete++
		case s.Thinned:
			thinned++
		}
		return !s.Complete || s.Thinned
	})
	if incomplete > 0 {
		ui.say("left out %s", bench.Count(incomplete, "incomplete run"))
	}
	if thinned > 0 {
		ui.say("left out %s", bench.Count(thinned, "thinned run"))
	}
	return whole
}

func exportLines(c *cli.Context, ui *ui, ids []string) error {
	for files, err := range exportBatches(c, ui, ids) {
		if err != nil {
			return err
		}
		for _, f := range files {
			if _, err := ui.out.Write(f.Data); err != nil {
				return err
			}
		}
	}
	return nil
}

// exported tells what became of a folder.
type exported struct {
	Dir     string `json:"dir"`
	Written int    `json:"written"`
	There   int    `json:"there"` // before
}

func (e exported) print(ui *ui, out output) error {
	if out.format == formatJSON {
		return printJSON(ui, e)
	}
	_, err := fmt.Fprintf(ui.out, "wrote %s into %s; %d were there\n", bench.Count(e.Written, "file"), e.Dir, e.There)
	return err
}

func exportFiles(c *cli.Context, ui *ui, out output, ids []string) error {
	done := exported{Dir: c.String("dir")}
	if err := os.MkdirAll(done.Dir, 0o755); err != nil {
		return err
	}
	var failed error
	for files, err := range exportBatches(c, ui, ids) {
		failed = err // the last, if any
		for _, f := range files {
			written, err := exportFile(filepath.Join(done.Dir, f.Name), f.Data)
			switch {
			case err != nil:
				return err
			case written:
				done.Written++
			default:
				done.There++
			}
		}
	}
	if err := baseline.SyncFolder(done.Dir); err != nil {
		return err
	}
	return errors.Join(done.print(ui, out), failed)
}

// exportFile writes a file that is whole or not there, and says whether it was
// not there. The name of a run's file stands for one content.
func exportFile(path string, data []byte) (written bool, err error) {
	if there, err := isThere(path, data); there || err != nil {
		return false, err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".export-*")
	if err != nil {
		return false, err
	}
	defer os.Remove(temp.Name()) // its name at least; not there any more where it was renamed
	_, err = temp.Write(data)
	if err := errors.Join(err, temp.Chmod(0o644), temp.Sync(), temp.Close()); err != nil {
		return false, err
	}
	err = os.Link(temp.Name(), path)
	switch {
	case errors.Is(err, fs.ErrExist): // another was faster
		_, err := isThere(path, data)
		return false, err
	case errors.Is(err, syscall.EPERM), errors.Is(err, errors.ErrUnsupported): // there are no hard links here
		return true, os.Rename(temp.Name(), path)
	}
	return err == nil, err
}

// isThere says whether a run's file is there. Another content is an error.
func isThere(path string, data []byte) (bool, error) {
	there, err := readRegular(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err == nil && !bytes.Equal(there, data):
		return false, fmt.Errorf("%s is there and is not what the store holds: move it away, or choose another folder", path)
	case err != nil:
		return false, fmt.Errorf("%s: %w", path, err)
	}
	return true, nil
}

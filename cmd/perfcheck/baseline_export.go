package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
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
			return readStore(c, func(store *baseline.Store) error {
				runs, err := chosen(c, store)
				if err != nil {
					return err
				}
				if c.String("dir") == "" {
					return exportLines(ui, store, runs)
				}
				done, err := exportFiles(c.String("dir"), store, runs)
				if err != nil {
					return err
				}
				return done.print(ui, out)
			})
		},
	}
}

func exportLines(ui *ui, store *baseline.Store, runs []baseline.Summary) error {
	for _, r := range runs {
		_, data, err := store.Export(r.ID)
		if err != nil {
			return err
		}
		if _, err := ui.out.Write(data); err != nil {
			return err
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
	_, err := fmt.Fprintf(ui.out, "wrote %d files into %s; %d were there\n", e.Written, e.Dir, e.There)
	return err
}

func exportFiles(dir string, store *baseline.Store, runs []baseline.Summary) (exported, error) {
	done := exported{Dir: dir}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return done, err
	}
	for _, r := range runs {
		name, data, err := store.Export(r.ID)
		if err != nil {
			return done, err
		}
		written, err := exportFile(filepath.Join(dir, name), data)
		switch {
		case err != nil:
			return done, err
		case written:
			done.Written++
		default:
			done.There++
		}
	}
	return done, nil
}

// exportFile writes a file that is whole or not there, and says whether it was
// not there. The name of a run's file stands for one content.
func exportFile(path string, data []byte) (written bool, err error) {
	there, err := os.ReadFile(path)
	switch {
	case err == nil && bytes.Equal(there, data):
		return false, nil
	case err == nil:
		return false, fmt.Errorf("%s is there and is not what the store holds: move it away, or choose another folder", path)
	case !errors.Is(err, fs.ErrNotExist):
		return false, err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".export-*")
	if err != nil {
		return false, err
	}
	defer os.Remove(temp.Name()) // not there any more where all went well
	_, err = temp.Write(data)
	if err := errors.Join(err, temp.Chmod(0o644), temp.Sync(), temp.Close()); err != nil {
		return false, err
	}
	return true, os.Rename(temp.Name(), path)
}

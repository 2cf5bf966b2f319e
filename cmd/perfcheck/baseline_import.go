package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
)

func baselineImportCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "store runs that were exported, here or on other machines",
		ArgsUsage: "DIR|FILE|-...",
		Description: "Takes all .json files of a folder and those below it, files by their names, or lines\n" +
			"from standard input for -. In any order, and as often as you like.\n" +
			"Exit code: 0 all was stored, before or now; 3 some file was refused.",
		Flags: append(configFlags(), formatFlag()),
		Action: func(c *cli.Context) error {
			if !c.Args().Present() {
				return usageErrorf("%s takes folders or files, or - for standard input", c.Command.FullName())
			}
			out, err := parseOutput(c)
			if err != nil {
				return err
			}
			var done baseline.Imported
			err = createStore(c, func(store *baseline.Store) (err error) {
				done, err = store.ImportAll(arriving(c.Args().Slice(), c.App.Reader))
				return err
			})
			if err != nil {
				return err
			}
			if err := printImported(ui, out, done); err != nil {
				return err
			}
			return refused(done)
		},
	}
}

func printImported(ui *ui, out output, done baseline.Imported) error {
	if out.format == formatJSON {
		return printJSON(ui, struct {
			Added   int `json:"added"`
			Known   int `json:"known"`
			Refused int `json:"refused"`
		}{done.Added, done.Known, len(done.Refused)})
	}
	_, err := fmt.Fprintf(ui.out, "imported %d runs; %d were known, %d refused\n", done.Added, done.Known, len(done.Refused))
	return err
}

// maxRefused is how many refused files are named.
const maxRefused = 20

func refused(done baseline.Imported) error {
	if n := len(done.Refused); n > maxRefused {
		return errors.Join(append(done.Refused[:maxRefused:maxRefused], fmt.Errorf("and %d more", n-maxRefused))...)
	}
	return errors.Join(done.Refused...)
}

// arriving reads the files that are named, one at a time.
func arriving(names []string, stdin io.Reader) iter.Seq2[baseline.File, error] {
	return func(yield func(baseline.File, error) bool) {
		for _, name := range names {
			var more bool
			if name == "-" {
				more = lines(stdin, yield)
			} else {
				more = files(name, yield)
			}
			if !more {
				return
			}
		}
	}
}

// files yields a file, or all .json files of a folder and those below it.
func files(root string, yield func(baseline.File, error) bool) (more bool) {
	more = true
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error { // errors are yielded
		if err == nil && (d.IsDir() || path != root && filepath.Ext(path) != ".json") {
			return nil
		}
		f := baseline.File{Name: path}
		if err == nil {
			f.Data, err = readRegular(path)
		}
		if more = yield(f, err); !more {
			return fs.SkipAll
		}
		return nil
	})
	return more
}

// lines yields each line as a file without a name.
func lines(r io.Reader, yield func(baseline.File, error) bool) (more bool) {
	s := bufio.NewScanner(r)
	s.Buffer(nil, baseline.MaxFileSize+1)
	for s.Scan() {
		// The run is kept after the next line is read.
		if !yield(baseline.File{Data: append([]byte(nil), s.Bytes()...)}, nil) {
			return false
		}
	}
	return s.Err() == nil || yield(baseline.File{Name: "standard input"}, s.Err())
}

// readRegular reads a file that may be anything, but not more of it than a run's may have.
func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, baseline.MaxFileSize+1))
	return data, errors.Join(err, f.Close())
}

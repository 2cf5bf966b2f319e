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
	"github.com/perfcheck/perfcheck/bench"
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
			store := importer{c: c}
			for f, err := range arriving(c.Args().Slice(), c.App.Reader) {
				if err := store.add(f, err); err != nil {
					return err
				}
			}
			if err := store.flush(); err != nil {
				return err
			}
			if err := printImported(ui, out, &store); err != nil {
				return err
			}
			return store.refused.join()
		},
	}
}

func printImported(ui *ui, out output, done *importer) error {
	if out.format == formatJSON {
		return printJSON(ui, struct {
			Added   int `json:"added"`
			Known   int `json:"known"`
			Refused int `json:"refused"`
		}{done.added, done.known, done.refused.n})
	}
	_, err := fmt.Fprintf(ui.out, "imported %s; %d were known, %d refused\n", bench.Count(done.added, "run"), done.known, done.refused.n)
	return err
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
	if info, err := os.Stat(root); err == nil && info.IsDir() {
		root += string(filepath.Separator) // what a symbolic link names is walked
	}
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
func lines(stdin io.Reader, yield func(baseline.File, error) bool) (more bool) {
	r := bufio.NewReader(stdin)
	for n := 1; ; n++ {
		f, err := readLine(r)
		f.Place = fmt.Sprintf("line %d of standard input", n)
		switch {
		case err == io.EOF && len(f.Data) == 0:
			return true
		case err != nil && err != io.EOF:
			return yield(f, err)
		case len(f.Data) > baseline.MaxFileSize:
			f.Data, err = nil, fmt.Errorf("more than %d bytes", baseline.MaxFileSize)
		default:
			err = nil
		}
		if !yield(f, err) {
			return false
		}
	}
}

// readLine reads a line, and of one that is longer than a run's file may be the
// beginning only.
func readLine(r *bufio.Reader) (line baseline.File, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if len(line.Data) <= baseline.MaxFileSize {
			line.Data = append(line.Data, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
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

package remote

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// chunk is how many files are fetched at once: enough that the wait for the
// server is a small part.
const chunk = 500

func (b *branch) Get(ctx context.Context, names []string) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		err := b.get(ctx, names, func(f File) bool { return yield(f, nil) })
		if err != nil && !errors.Is(err, errStopped) {
			yield(File{}, err)
		}
	}
}

func (b *branch) get(ctx context.Context, names []string, yield func(File) bool) error {
	for _, name := range names {
		if b.files[name] == "" {
			return fmt.Errorf("branch %s has no file %q: list it first", b.name, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	missing, err := b.missing(ctx)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(names, chunk) {
		if err := b.getPart(ctx, part, missing, yield); err != nil {
			return err
		}
	}
	return nil
}

// missing returns the objects that the first fetch left out.
func (b *branch) missing(ctx context.Context) (map[string]bool, error) {
	list, err := b.git.run(ctx, nil, "rev-list", "--objects", "--missing=print", "--no-object-names", b.tip)
	if err != nil {
		return nil, err
	}
	missing := make(map[string]bool)
	for line := range strings.Lines(list) {
		if object, ok := strings.CutPrefix(line, "?"); ok {
			missing[strings.TrimSpace(object)] = true
		}
	}
	return missing, nil
}

// getPart yields files. A server tells no sizes before it sends: where too much
// comes it tries each half, down to the file that is too large by itself.
func (b *branch) getPart(ctx context.Context, names []string, missing map[string]bool, yield func(File) bool) error {
	err := b.getAtOnce(ctx, names, missing, yield)
	if !errors.Is(err, errTooMuch) {
		return err
	}
	if len(names) == 1 {
		b.log(fmt.Sprintf("%s has more than %d bytes, which no run's file may, and was left alone", names[0], b.atOnce))
		return nil
	}
	for half := range slices.Chunk(names, (len(names)+1)/2) {
		if err := b.getPart(ctx, half, missing, yield); err != nil {
			return err
		}
	}
	return nil
}

// getAtOnce yields files, for which it fetches what is missing. That is gone
// from this machine's disk when it returns.
func (b *branch) getAtOnce(ctx context.Context, names []string, missing map[string]bool, yield func(File) bool) (err error) {
	dir, err := os.MkdirTemp(b.own, "part-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	part, err := b.git.beside(filepath.Join(b.own, "objects"), dir)
	if err != nil {
		return err
	}
	var wanted []string
	for _, name := range names {
		if object := b.files[name]; missing[object] {
			wanted = append(wanted, object)
		}
	}
	if len(wanted) > 0 {
		// As git does for a checkout in a partial clone.
		err := part.fetch(ctx, download{dir, b.atOnce}, strings.NewReader(lines(wanted)),
			"-c", "fetch.negotiationAlgorithm=noop", "fetch", "--filter=blob:none", "--stdin", history)
		if err != nil {
			return explain(err)
		}
	}
	return b.readObjects(ctx, part, names, yield)
}

func lines(of []string) string { return strings.Join(of, "\n") + "\n" }

// errStopped ends a reading of which no more is wanted.
var errStopped = errors.New("no more is wanted")

// readObjects yields the files, without those that are too large.
func (b *branch) readObjects(ctx context.Context, g *git, names []string, yield func(File) bool) error {
	var objects []string
	for _, name := range names {
		objects = append(objects, b.files[name])
	}
	return g.pipe(ctx, strings.NewReader(lines(objects)), func(r *bufio.Reader) error {
		for _, name := range names {
			size, err := readHeader(r)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if size > MaxSize {
				b.log(fmt.Sprintf("%s has %d bytes, more than a run's file may, and was left alone", name, size))
				if _, err := io.CopyN(io.Discard, r, size+1); err != nil {
					return err
				}
				continue
			}
			data := make([]byte, size+1) // a newline ends it
			if _, err := io.ReadFull(r, data); err != nil {
				return err
			}
			if !yield(File{name, data[:size:size]}) {
				return errStopped
			}
		}
		return nil
	}, "cat-file", "--batch")
}

// readHeader reads what git cat-file --batch says before an object's content:
// its name, type and size.
func readHeader(r *bufio.Reader) (size int64, err error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(line)
	if len(fields) != 3 || fields[1] != "blob" {
		return 0, fmt.Errorf("git cat-file says %q", line)
	}
	return strconv.ParseInt(fields[2], 10, 64)
}

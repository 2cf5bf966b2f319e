package remote

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
)

func (b *branch) Get(ctx context.Context, names []string) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		objects, err := b.objects(names)
		if err == nil {
			err = b.fetchObjects(ctx, objects)
		}
		if err == nil {
			err = b.readObjects(ctx, names, objects, func(f File) bool { return yield(f, nil) })
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(File{}, err)
		}
	}
}

// objects returns the objects of files.
func (b *branch) objects(names []string) ([]string, error) {
	var objects []string
	for _, name := range names {
		object := b.files[name]
		if object == "" {
			return nil, fmt.Errorf("branch %s has no file %q: list it first", b.name, name)
		}
		objects = append(objects, object)
	}
	return objects, nil
}

// fetchObjects gets those of the objects that the first fetch left out, all at
// once: in the way in which git does for a checkout in a partial clone.
func (b *branch) fetchObjects(ctx context.Context, objects []string) error {
	if len(objects) == 0 {
		return nil
	}
	list, err := b.git.run(ctx, nil, "rev-list", "--objects", "--missing=print", "--no-object-names", b.tip)
	if err != nil {
		return err
	}
	missing := make(map[string]bool)
	for line := range strings.Lines(list) {
		if object, ok := strings.CutPrefix(line, "?"); ok {
			missing[strings.TrimSpace(object)] = true
		}
	}
	wanted := slices.DeleteFunc(slices.Clone(objects), func(o string) bool { return !missing[o] })
	if len(wanted) == 0 {
		return nil
	}
	_, err = b.git.run(ctx, strings.NewReader(strings.Join(wanted, "\n")+"\n"),
		"-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet", "--filter=blob:none",
		"--no-tags", "--no-write-fetch-head", "--recurse-submodules=no", "--stdin", history)
	return explain(err)
}

// errStopped ends a reading of which no more is wanted.
var errStopped = errors.New("no more is wanted")

// readObjects yields the files with these names and objects, without those
// that are too large.
func (b *branch) readObjects(ctx context.Context, names, objects []string, yield func(File) bool) error {
	return b.git.pipe(ctx, strings.NewReader(strings.Join(objects, "\n")+"\n"), func(r *bufio.Reader) error {
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

package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Bytes that a fetch may bring. What others push is not bounded, and neither is
// what a server sends that cannot leave anything out.
const (
	maxFiltered = 256 << 20 // of files that were chosen
	maxBranch   = 4 << 30   // of the whole branch: some 100,000 runs
)

// errTooMuch is returned when a fetch brings more than it may.
var errTooMuch = errors.New("the server sends too much")

// A download is where a fetch puts objects, and how many bytes of them at most.
type download struct {
	dir  string
	most int64
}

// fetch runs a git fetch with what all of ours have in common, and ends it when
// it brings too much.
func (g *git) fetch(ctx context.Context, to download, stdin io.Reader, args ...string) error {
	tooMuch := fmt.Errorf("%w: more than %d bytes", errTooMuch, to.most)
	watched, end := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for sleep(watched, 100*time.Millisecond) == nil {
			if to.size() > to.most {
				end(tooMuch)
			}
		}
	}()
	_, err := g.run(watched, stdin, slices.Concat(args, []string{"--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no"})...)
	end(nil)
	<-done
	if err == nil && to.size() > to.most {
		err = tooMuch
	}
	return err
}

// size is how many bytes are there, with what is not whole yet.
func (d download) size() (sum int64) {
	_ = filepath.WalkDir(d.dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil // git has moved or removed it meanwhile
		}
		if info, err := e.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	return sum
}

// beside returns the same repository with another place for new objects, in
// dir, beside those in objects.
func (g *git) beside(objects, dir string) (*git, error) {
	back, err := filepath.Rel(dir, objects)
	if err != nil {
		return nil, err
	}
	info := filepath.Join(dir, "info")
	if err := os.Mkdir(info, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(info, "alternates"), []byte(back+"\n"), 0o600); err != nil {
		return nil, err
	}
	other := *g
	other.env = append(slices.Clip(g.env), "GIT_OBJECT_DIRECTORY="+dir)
	return &other, nil
}

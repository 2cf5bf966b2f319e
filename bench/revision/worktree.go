package revision

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/perfcheck/perfcheck/bench/lock"
)

// lockSuffix ends the name of the file beside a work tree that its owner holds locked.
const lockSuffix = ".lock"

// removal is how long the removal of a work tree may take, whatever happens
// to the caller's context.
const removal = time.Minute

// A Worktree is a checkout of one commit in a directory of its own.
type Worktree struct {
	Dir   string   // its root; the directory that was opened is Repo.Prefix below
	Notes []string // sentences about what the commit needs and the checkout lacks

	repo *Repo
	lock *lock.Lock
}

// Checkout makes a work tree of a commit below parent, which is created when
// missing. Work trees are called 1, 2 and so on, each taking the first name
// that no living process has: a build finds its cache again where that is kept
// by path, as Go's is.
func (r *Repo) Checkout(ctx context.Context, hash, parent string) (*Worktree, error) {
	parent, err := filepath.Abs(parent)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, err
	}
	w := &Worktree{repo: r}
	for n := 1; w.lock == nil; n++ {
		w.Dir = filepath.Join(parent, strconv.Itoa(n))
		held, err := lock.Acquire(w.Dir + lockSuffix)
		switch {
		case errors.Is(err, lock.ErrHeld):
		case err != nil:
			return nil, err
		case os.RemoveAll(w.Dir) != nil: // a dead process's, with files of another user in it
			if err := held.Release(); err != nil {
				return nil, err
			}
		default:
			w.lock = held
		}
	}
	if err := w.add(ctx, hash); err != nil {
		return nil, errors.Join(err, w.Remove(ctx))
	}
	return w, nil
}

func (w *Worktree) add(ctx context.Context, hash string) error {
	// Forced, since git may still know the one that was just removed. Pruning
	// instead would also forget the user's own work trees on disks that are
	// not mounted here.
	err := w.repo.worktree(ctx, "add", "--force", "--detach", w.Dir, hash)
	if err != nil {
		return err
	}
	f := files{dir: w.Dir, from: w.repo.Root, commit: hash}
	if w.Notes, err = f.pointers(ctx); err != nil {
		return err
	}
	subs, err := f.submodules(ctx)
	w.Notes = append(w.Notes, subs...)
	return err
}

// Untracked returns what is in the work tree beside the commit's files, ignored or
// not: paths below Dir. A folder that holds nothing else is one path, with a
// slash at its end.
func (w *Worktree) Untracked(ctx context.Context) ([]string, error) {
	list, err := git(ctx, w.Dir, nil, "ls-files", "-z", "--others", "--directory")
	if err != nil || list == "" {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(list, "\x00"), "\x00"), nil
}

// Remove deletes the work tree with all that was built in it. It does so even
// when ctx is done. Further calls do nothing.
func (w *Worktree) Remove(ctx context.Context) error {
	if w.lock == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removal)
	defer cancel()
	err := w.repo.forget(ctx, w.Dir)
	if e := w.lock.Release(); err == nil {
		err = e
	}
	w.lock = nil
	return err
}

// forget deletes a work tree's directory and git's record of it. The directory
// may be gone, half made or another repository's.
func (r *Repo) forget(ctx context.Context, dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove work tree: %w", err)
	}
	err := r.worktree(ctx, "remove", "--force", "--force", dir)
	if err != nil && strings.Contains(err.Error(), "is not a working tree") {
		return nil
	}
	return err
}

// worktree runs git worktree: git fails on the half-made record of another that
// is being added or removed.
func (r *Repo) worktree(ctx context.Context, args ...string) error {
	return r.exclusive(ctx, append([]string{"worktree"}, args...)...)
}

// exclusive runs a git command that does not stand another of its kind at the
// same time, one at a time in a repository.
func (r *Repo) exclusive(ctx context.Context, args ...string) error {
	return r.alone(ctx, func() error {
		_, err := r.git(ctx, args...)
		return err
	})
}

// alone does something that one perfcheck at a time may do in a repository.
func (r *Repo) alone(ctx context.Context, do func() error) error {
	common, err := r.git(ctx, "rev-parse", "--path-format=absolute", "--git-common-dir")
	if err != nil {
		return err
	}
	turn, err := lock.Wait(ctx, filepath.Join(common, "perfcheck"+lockSuffix))
	if err != nil {
		return err
	}
	return errors.Join(do(), turn.Release())
}

// Worktrees returns the directories of all work trees that git knows of the
// repository, the user's own among them.
func (r *Repo) Worktrees(ctx context.Context) (dirs []string, err error) {
	var listed string
	err = r.alone(ctx, func() (err error) {
		listed, err = r.git(ctx, "worktree", "list", "--porcelain")
		return err
	})
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(listed) {
		if dir, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "worktree "); ok {
			dirs = append(dirs, filepath.FromSlash(dir))
		}
	}
	return dirs, nil
}

// Reap deletes the work trees below parent whose process is dead, and returns
// their directories. It also deletes what dead processes left in the repository.
func (r *Repo) Reap(ctx context.Context, parent string) (reaped []string, err error) {
	errs := []error{r.reapIndex(ctx)}
	names, err := trees(parent)
	errs = append(errs, err)
	for _, name := range names {
		w := &Worktree{Dir: name, repo: r}
		w.lock, err = lock.Acquire(w.Dir + lockSuffix)
		if errors.Is(err, lock.ErrHeld) {
			continue
		}
		if err == nil {
			err = w.Remove(ctx)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		reaped = append(reaped, w.Dir)
	}
	return reaped, errors.Join(errs...)
}

// trees returns the work trees below parent: those that are or were locked, and
// those whose removal once failed, which have no lock any more.
func trees(parent string) (dirs []string, err error) {
	parent, err = filepath.Abs(parent)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(parent)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		name, locked := strings.CutSuffix(e.Name(), lockSuffix)
		if _, err := strconv.Atoi(name); locked || err == nil {
			dirs = append(dirs, filepath.Join(parent, name))
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs), nil
}

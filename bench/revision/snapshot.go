package revision

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A Snapshot is the working tree as it was at one moment.
type Snapshot struct {
	Head   Commit // what is checked out
	Commit Commit // what holds the files: Head, or when Dirty a commit on top of it that no branch has
	Dirty  bool   // the files differ from Head's
}

// WorkingTree takes a snapshot of the whole working tree, with changes that
// are not committed and new files that are not ignored. The same files on the
// same HEAD give the same commit.
func (r *Repo) WorkingTree(ctx context.Context) (*Snapshot, error) {
	head, err := r.Resolve(ctx, "HEAD")
	if err != nil {
		return nil, err
	}
	if err := r.committed(ctx); err != nil {
		return nil, err
	}
	tree, err := r.writeTree(ctx)
	if err != nil {
		return nil, err
	}
	if tree == head.Tree {
		return &Snapshot{Head: head, Commit: head}, nil
	}
	held := head
	held.Tree = tree
	held.Title = "Uncommitted changes on " + head.Hash
	held.Hash, err = git(ctx, r.Root, identity(head), "commit-tree", tree, "-p", head.Hash, "-m", held.Title)
	if err != nil {
		return nil, err
	}
	return &Snapshot{Head: head, Commit: held, Dirty: true}, nil
}

// writeTree stores the files of the working tree as a tree object, by way of
// a copy of the index. It always lies in the same place, so that what a killed
// perfcheck leaves is removed by the next.
func (r *Repo) writeTree(ctx context.Context) (tree string, err error) {
	index, dir, err := r.indexes(ctx)
	if err != nil {
		return "", err
	}
	err = r.alone(ctx, func() error {
		if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		tree, err = r.addAll(ctx, index, filepath.Join(dir, "index"))
		return err
	})
	return tree, err
}

// indexes returns git's index, and the folder of its copy.
func (r *Repo) indexes(ctx context.Context) (index, dir string, err error) {
	index, err = r.git(ctx, "rev-parse", "--path-format=absolute", "--git-path", "index")
	return index, index + ".perfcheck", err
}

// reapIndex removes the copy that a killed perfcheck left, and its lock.
func (r *Repo) reapIndex(ctx context.Context) error {
	_, dir, err := r.indexes(ctx)
	if err != nil {
		return err
	}
	return r.alone(ctx, func() error { return os.RemoveAll(dir) })
}

// addAll adds all files of the working tree to a copy of the index.
func (r *Repo) addAll(ctx context.Context, index, copied string) (tree string, err error) {
	if err := copyIndex(copied, index); err != nil {
		return "", fmt.Errorf("copy git's index: %w", err)
	}
	env := []string{"GIT_INDEX_FILE=" + copied}
	if _, err := git(ctx, r.Root, env, "add", "--all"); err != nil {
		return "", err
	}
	return git(ctx, r.Root, env, "write-tree")
}

// copyIndex copies the index with its time of change, by which git tells
// files that were written in the same instant as the index and must be read
// again. A repository without an index has nothing to copy.
func copyIndex(to, from string) error {
	info, err := os.Stat(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		return err
	}
	return os.Chtimes(to, info.ModTime(), info.ModTime())
}

// identity signs a snapshot such that its object name depends on nothing but
// its files and HEAD.
func identity(head Commit) []string {
	const name, email = "perfcheck", "perfcheck@localhost"
	date := fmt.Sprintf("@%d +0000", head.Time.Unix())
	return []string{
		"GIT_AUTHOR_NAME=" + name, "GIT_AUTHOR_EMAIL=" + email, "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=" + name, "GIT_COMMITTER_EMAIL=" + email, "GIT_COMMITTER_DATE=" + date,
	}
}

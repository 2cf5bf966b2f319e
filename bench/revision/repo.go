// Package revision knows the git repository of the service that is measured:
// which commit a word means, what the working tree holds, how to get the files
// of either into a directory of their own, and how to bring what a shallow
// clone lacks. It runs the git command (2.31 or newer) and leaves the user's
// index, branches and stash as they are.
package revision

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Errors of finding a commit.
var (
	// ErrNotRepository is returned when a directory has no git work tree.
	ErrNotRepository = errors.New("not a git work tree")
	// ErrNoCommits is returned when nothing has been committed yet.
	ErrNoCommits = errors.New("nothing is committed yet: commit first")
	// ErrUnknown is returned when a name stands for no commit here.
	ErrUnknown = errors.New("unknown commit")
	// ErrUnrelated is returned when two commits have no common ancestor here.
	ErrUnrelated = errors.New("no common ancestor")
	// ErrNoDefaultBranch is returned when nothing tells which branch changes go to.
	ErrNoDefaultBranch = errors.New("cannot tell the default branch")
)

// A Repo is a git repository with a work tree.
type Repo struct {
	Root   string // of the work tree, absolute, without symbolic links
	Prefix string // path of the directory that was opened below Root; "" for Root itself
}

// A Commit is a committed state of the files.
type Commit struct {
	Hash   string // full object name
	Tree   string // full object name of its files
	Title  string // first paragraph of its message, on one line
	Time   time.Time
	Branch string // that it was named by, without the remote's name; "" for a hash, tag or detached HEAD
}

// Open returns the repository whose work tree dir is in. The error is
// [ErrNotRepository], wrapped with what to do, when there is none.
func Open(ctx context.Context, dir string) (*Repo, error) {
	inside, err := git(ctx, dir, nil, "rev-parse", "--is-inside-work-tree")
	switch {
	case err != nil && strings.Contains(err.Error(), "not a git repository"):
		return nil, fmt.Errorf("%s: %w: run perfcheck in the service's repository, or make one with git init", dir, ErrNotRepository)
	case err != nil:
		return nil, err
	case inside != "true":
		return nil, fmt.Errorf("%s: %w but a bare repository or a .git folder: run perfcheck in a clone", dir, ErrNotRepository)
	}
	root, err := git(ctx, dir, nil, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, err
	}
	prefix, err := git(ctx, dir, nil, "rev-parse", "--show-prefix")
	if err != nil {
		return nil, err
	}
	prefix = filepath.FromSlash(strings.TrimSuffix(prefix, "/"))
	return &Repo{Root: filepath.FromSlash(root), Prefix: prefix}, nil
}

// Resolve returns the commit that rev means: a hash, branch, tag or any other
// name that git knows. The error is [ErrNoCommits] or [ErrUnknown], wrapped
// with what to do.
func (r *Repo) Resolve(ctx context.Context, rev string) (Commit, error) {
	hash, err := r.hash(ctx, rev)
	if err != nil {
		return Commit{}, err
	}
	fields, err := r.git(ctx, "log", "-1", "--encoding=UTF-8", "--format=%T%x00%ct%x00%s", hash)
	if err != nil {
		return Commit{}, err
	}
	tree, rest, _ := strings.Cut(fields, "\x00")
	date, title, _ := strings.Cut(rest, "\x00")
	seconds, err := strconv.ParseInt(date, 10, 64)
	if err != nil {
		return Commit{}, fmt.Errorf("date of commit %s: %v", hash, err)
	}
	branch, err := r.branch(ctx, rev)
	if err != nil {
		return Commit{}, err
	}
	return Commit{Hash: hash, Tree: tree, Title: title, Time: time.Unix(seconds, 0).UTC(), Branch: branch}, nil
}

func (r *Repo) hash(ctx context.Context, rev string) (string, error) {
	if strings.HasPrefix(rev, "-") || strings.HasPrefix(rev, "^") {
		return "", fmt.Errorf("%w %q", ErrUnknown, rev) // git would take it for an option, or for all but that
	}
	hash, err := r.git(ctx, "rev-parse", "--verify", rev+"^{commit}")
	if err == nil {
		return hash, nil
	}
	if ctx.Err() != nil || exitCode(err) < 0 {
		return "", err
	}
	if strings.Contains(err.Error(), "is ambiguous") {
		return "", fmt.Errorf("%w: %q stands for several: give more digits", ErrUnknown, rev)
	}
	if _, err := r.git(ctx, "rev-parse", "--verify", "--quiet", "HEAD"); exitCode(err) == 1 {
		return "", fmt.Errorf("%s: %w", r.Root, ErrNoCommits)
	}
	hint, err := r.shallowHint(ctx)
	if err != nil {
		return "", err
	}
	return "", fmt.Errorf("%w %q in %s%s", ErrUnknown, rev, r.Root, hint)
}

// branch returns the short name of the branch that rev names, if it names one.
func (r *Repo) branch(ctx context.Context, rev string) (string, error) {
	ref, err := r.git(ctx, "rev-parse", "--symbolic-full-name", rev)
	if err != nil {
		return "", err
	}
	if name, ok := strings.CutPrefix(ref, "refs/heads/"); ok {
		return name, nil
	}
	if name, ok := strings.CutPrefix(ref, "refs/remotes/"); ok {
		_, name, _ = strings.Cut(name, "/")
		return name, nil
	}
	return "", nil
}

// shallowHint says what to do when a commit is missing because the clone is shallow.
func (r *Repo) shallowHint(ctx context.Context) (string, error) {
	if shallow, err := r.shallow(ctx); !shallow {
		return "", err
	}
	return ": the clone is shallow; run git fetch --unshallow, or give actions/checkout fetch-depth: 0", nil
}

// DefaultBranch returns the name of the branch that changes go to: what origin
// calls its HEAD, else main or master of origin or here, else the branch that
// init.defaultBranch names. The error is [ErrNoDefaultBranch] when none exists.
func (r *Repo) DefaultBranch(ctx context.Context) (string, error) {
	const originHead = "refs/remotes/origin/HEAD"
	candidates := []string{
		originHead, "refs/remotes/origin/main", "refs/remotes/origin/master",
		"refs/heads/main", "refs/heads/master",
	}
	configured, err := r.git(ctx, "config", "--get", "init.defaultBranch")
	if err != nil && exitCode(err) != 1 { // 1: not set
		return "", err
	}
	if configured != "" {
		candidates = append(candidates, "refs/heads/"+configured)
	}
	list, err := r.git(ctx, append([]string{"for-each-ref", "--format=%(refname) %(symref)"}, candidates...)...)
	if err != nil {
		return "", err
	}
	target := map[string]string{}
	for line := range strings.Lines(list) {
		name, symref, _ := strings.Cut(strings.TrimSpace(line), " ")
		target[name] = symref
	}
	for _, c := range candidates {
		symref, ok := target[c]
		if !ok {
			continue
		}
		if c == originHead && symref != "" {
			c = symref
		}
		return strings.TrimPrefix(strings.TrimPrefix(c, "refs/remotes/"), "refs/heads/"), nil
	}
	return "", fmt.Errorf("%w of %s: origin names none, and there is neither main nor master: name the base", ErrNoDefaultBranch, r.Root)
}

func (r *Repo) git(ctx context.Context, args ...string) (string, error) {
	return git(ctx, r.Root, nil, args...)
}

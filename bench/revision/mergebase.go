package revision

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// MergeBase returns the commit where a and b parted. Where a shallow clone does
// not reach that far back, more of the history of both is fetched, up to about
// 17,000 commits. The error is [ErrUnrelated], wrapped with what to do, when
// there is none, or it lies further back than that.
func (r *Repo) MergeBase(ctx context.Context, a, b string) (Commit, error) {
	left, err := r.hash(ctx, a)
	if err != nil {
		return Commit{}, err
	}
	right, err := r.hash(ctx, b)
	if err != nil {
		return Commit{}, err
	}
	hash, err := r.commonAncestor(ctx, left, right)
	if err != nil {
		return Commit{}, err
	}
	if hash == "" {
		hint, err := r.shallowHint(ctx)
		if err != nil {
			return Commit{}, err
		}
		return Commit{}, fmt.Errorf("%w of %s and %s%s", ErrUnrelated, a, b, hint)
	}
	return r.Resolve(ctx, hash)
}

// Contains says whether the history of head has a commit. Where a shallow
// clone lacks the history that would tell, it is not known.
func (r *Repo) Contains(ctx context.Context, head, commit string) (contains, known bool, err error) {
	hash, err := r.hash(ctx, commit)
	if err == nil {
		_, err = r.git(ctx, "merge-base", "--is-ancestor", hash, head)
	}
	switch {
	case err == nil:
		return true, true, nil
	case errors.Is(err, ErrUnknown), exitCode(err) == 1:
		shallow, err := r.shallow(ctx)
		return false, !shallow, err
	default:
		return false, false, err
	}
}

// commonAncestor returns the merge base of two commits, or "" when there is
// none. A shallow clone is deepened until the answer is sure: the first one
// found can be older than where they parted, by way of a branch that was merged
// late. It is sure when all history after it is here.
func (r *Repo) commonAncestor(ctx context.Context, a, b string) (string, error) {
	steps := []int{50, 200, 800, 3200, 12800} // commits
	for {
		base, err := r.git(ctx, "merge-base", a, b)
		if err != nil && exitCode(err) != 1 { // 1: none, and base is ""
			return "", err
		}
		ends, err := r.cutOff(ctx, base, a, b)
		if err != nil || len(ends) == 0 {
			return base, err
		}
		if len(steps) == 0 {
			return "", nil
		}
		if err := r.fetch(ctx, []string{fmt.Sprintf("--deepen=%d", steps[0])}, ends...); err != nil {
			return "", err
		}
		steps = steps[1:]
	}
}

// cutOff returns the commits, in the history of some that is not also that of
// base, whose parents a shallow clone lacks. These are what more history can be
// asked for from: the tips may be the user's own commits.
func (r *Repo) cutOff(ctx context.Context, base string, tips ...string) ([]string, error) {
	path, err := r.git(ctx, "rev-parse", "--path-format=absolute", "--git-path", "shallow")
	if err != nil {
		return nil, err
	}
	list, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil // the clone is full
	}
	if err != nil {
		return nil, err
	}
	args := append([]string{"rev-list", "--max-parents=0"}, tips...)
	if base != "" {
		args = append(args, "^"+base)
	}
	ends, err := r.git(ctx, args...)
	if err != nil {
		return nil, err
	}
	shallow := strings.Fields(string(list))
	return slices.DeleteFunc(strings.Fields(ends), func(hash string) bool { return !slices.Contains(shallow, hash) }), nil
}

package revision

import (
	"context"
	"fmt"
)

// MergeBase returns the commit where a and b parted. Where a shallow clone does
// not reach that far back, more of the history of both is fetched, up to about
// 17,000 commits. The error is [ErrUnrelated], wrapped with what to do, when
// there is none.
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

// commonAncestor returns the merge base of two commits, or "", deepening a
// shallow clone until it has one.
func (r *Repo) commonAncestor(ctx context.Context, a, b string) (string, error) {
	hash, err := r.git(ctx, "merge-base", a, b)
	if exitCode(err) != 1 { // 1: none
		return hash, err
	}
	for _, commits := range []int{50, 200, 800, 3200, 12800} {
		shallow, err := r.shallow(ctx)
		if err != nil || !shallow {
			return "", err
		}
		if err := r.deepen(ctx, commits, a, b); err != nil {
			return "", err
		}
		hash, err = r.git(ctx, "merge-base", a, b)
		if exitCode(err) != 1 {
			return hash, err
		}
	}
	return "", nil
}

package revision

import (
	"context"
	"strings"
)

// Changed returns the paths, below the root and with slashes, of the files that
// differ between two commits. A file that was renamed has both its paths there.
// Neither commit needs its history.
func (r *Repo) Changed(ctx context.Context, base, head string) ([]string, error) {
	from, err := r.hash(ctx, base)
	if err != nil {
		return nil, err
	}
	to, err := r.hash(ctx, head)
	if err != nil {
		return nil, err
	}
	list, err := r.git(ctx, "diff-tree", "-r", "-z", "--name-only", "--no-renames", "--ignore-submodules=none", from, to)
	if err != nil || list == "" {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(list, "\x00"), "\x00"), nil
}

package revision

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ErrSubmodule is returned when a submodule cannot be measured as it should be.
var ErrSubmodule = errors.New("submodule")

// A files is a checkout of a commit, the repository's own or a submodule's.
type files struct {
	dir    string   // where the files are
	from   string   // work tree of the user's that has the commit
	commit string   // full object name
	env    []string // that makes git find its index
	path   string   // below the work tree's root, for people; "" for the root
}

// submodules fills in the submodules of a checkout, and theirs, with the files
// of the commits that it names. They come from the user's own checkouts, and
// have no repository of their own. What the user has not checked out stays
// empty, and a note says so.
func (f files) submodules(ctx context.Context) (notes []string, err error) {
	listing, err := git(ctx, f.from, nil, "ls-tree", "-r", "-z", f.commit)
	if err != nil {
		return nil, err
	}
	for entry := range strings.SplitSeq(listing, "\x00") {
		object, path, _ := strings.Cut(entry, "\t")
		commit, ok := strings.CutPrefix(object, "160000 commit ")
		if !ok {
			continue
		}
		local := filepath.FromSlash(path)
		sub := files{dir: filepath.Join(f.dir, local), from: filepath.Join(f.from, local), commit: commit, path: filepath.Join(f.path, local)}
		more, err := sub.fill(ctx)
		if err != nil {
			return nil, err
		}
		notes = append(notes, more...)
	}
	return notes, nil
}

// fill writes the files of a submodule.
func (f files) fill(ctx context.Context) ([]string, error) {
	above, err := git(ctx, f.from, nil, "rev-parse", "--show-cdup")
	if err != nil || above != "" { // there is no folder, or it is the outer repository's
		note := fmt.Sprintf("submodule %s is empty in the measured tree: git submodule update --init --recursive brings it", f.path)
		return []string{note}, ctx.Err()
	}
	if _, err := git(ctx, f.from, nil, "cat-file", "-e", f.commit+"^{commit}"); err != nil {
		return nil, fmt.Errorf("%w %s: its commit %s is not in this clone (%w): git -C %q fetch origin %s brings it",
			ErrSubmodule, f.path, f.commit, err, f.path, f.commit)
	}
	repository, err := git(ctx, f.from, nil, "rev-parse", "--absolute-git-dir")
	if err != nil {
		return nil, err
	}
	index := filepath.Join(f.dir, ".perfcheck.index")
	f.env = []string{"GIT_DIR=" + repository, "GIT_WORK_TREE=" + f.dir, "GIT_INDEX_FILE=" + index}
	defer os.Remove(index)
	if _, err := git(ctx, f.dir, f.env, "read-tree", "--reset", "-u", f.commit); err != nil {
		return nil, err
	}
	notes, err := f.pointers(ctx)
	if err != nil {
		return nil, err
	}
	more, err := f.submodules(ctx)
	return append(notes, more...), err
}

// pointers names files that Git LFS keeps elsewhere and has not brought.
func (f files) pointers(ctx context.Context) ([]string, error) {
	const pointer = "version https://git-lfs.github.com/spec/v1"
	found, err := git(ctx, f.dir, f.env, "grep", "--files-with-matches", "--text", "--null",
		"--fixed-strings", "-e", pointer, "--", ":(attr:filter=lfs)")
	if err != nil && exitCode(err) != 1 { // 1: none
		return nil, err
	}
	if found == "" {
		return nil, nil
	}
	first, rest, _ := strings.Cut(found, "\x00")
	first = filepath.Join(f.path, first)
	if n := strings.Count(rest, "\x00"); n > 0 {
		first += fmt.Sprintf(" and %d more", n)
	}
	return []string{"Git LFS pointers stand in the measured tree where files should be: " + first + ": install git-lfs, then git lfs fetch --all"}, nil
}

// committed returns an error when a submodule of the working tree has changes
// that are not committed in it: no commit of this repository can hold them.
func (r *Repo) committed(ctx context.Context) error {
	status, err := r.git(ctx, "status", "--porcelain=v2", "-z", "--untracked-files=no", "--ignore-submodules=untracked")
	if err != nil {
		return err
	}
	for entry := range strings.SplitSeq(status, "\x00") {
		fields := strings.SplitN(entry, " ", 9)
		if len(fields) == 9 && fields[0] == "1" && strings.HasPrefix(fields[2], "S") && fields[2][2] == 'M' {
			return fmt.Errorf("%w %s has changes that are not committed in it, and would not be measured: commit or stash them there", ErrSubmodule, fields[8])
		}
	}
	return nil
}

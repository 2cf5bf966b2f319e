package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/revision"
)

// A builtTree is a work tree with what was in it, beside the commit's files, when
// its service was built and not yet started.
type builtTree struct {
	name  string
	tree  *revision.Worktree
	files []string
}

func (m *measurement) remember(ctx context.Context, t target, tree *revision.Worktree) error {
	files, err := tree.Untracked(ctx)
	m.built = append(m.built, builtTree{t.name(), tree, files})
	return err
}

// maxLitter is how many paths a note names.
const maxLitter = 3

// inspect tells after the first block what services wrote into their work trees:
// the next block's find it there, so that they do not start afresh.
func (m *measurement) inspect(ctx context.Context, runs []*bench.Run) {
	if len(runs[0].Trials) != 1 {
		return
	}
	for _, b := range m.built {
		files, err := b.tree.Untracked(ctx)
		if err != nil {
			m.ui.warn("what %s left in its work tree is not known: %v", b.name, err)
			continue
		}
		files = slices.DeleteFunc(files, func(f string) bool { return slices.Contains(b.files, f) })
		if len(files) == 0 {
			continue
		}
		named := strings.Join(files[:min(len(files), maxLitter)], ", ")
		if more := len(files) - maxLitter; more > 0 {
			named += fmt.Sprintf(" and %d more", more)
		}
		note := fmt.Sprintf("%s wrote to its work tree, which a fresh start does not empty as it does ${DATA}: %s", b.name, named)
		m.ui.warn("%s", note)
		m.litter = append(m.litter, note)
	}
}

// missingFile is how builds say that a file is not there.
var missingFile = regexp.MustCompile(`(?i)no such file|not found`)

// hintAtIgnored adds to a build's error why a file may be missing that is there
// where the user looks.
func hintAtIgnored(err error) error {
	if !missingFile.MatchString(err.Error()) {
		return err
	}
	return errors.Join(err, errors.New("what is built are the files of the commit: those that git ignores are not there unless service.build makes them"))
}

package main

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// differences says where the perfcheck.yml of a commit, whose files are in dir,
// describes another measurement than the one that is made of it. Of one with
// mistakes it says the first. A commit from before there was a perfcheck.yml
// describes none.
func (s *session) differences(dir string) (out []string) {
	own, err := profile.LoadCommit(filepath.Join(dir, filepath.Base(s.config.Path)), filepath.Dir(s.config.Path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return []string{"has mistakes (" + strings.ReplaceAll(first, dir+string(filepath.Separator), "") + ")"}
	}
	for _, p := range s.profiles {
		theirs, err := own.Profile(p.Name)
		switch {
		case err != nil:
			out = append(out, "has no profile "+p.Name)
		case theirs.Digest != p.Digest:
			out = append(out, "describes profile "+p.Name+", or its service, differently")
		}
	}
	return out
}

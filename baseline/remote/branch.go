package remote

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Refs of our own repository.
const (
	tipRef  = "refs/perfcheck/tip"  // the branch as it was fetched
	nextRef = "refs/perfcheck/next" // what is to be pushed
)

// A branch keeps files on a branch of a git repository that holds nothing
// else: each push is a commit that adds some.
type branch struct {
	git    *git
	own    string // folder of our own repository
	name   string
	author string // as it stands in a commit, with the time
	log    func(string)
	atOnce int64 // bytes that a fetch of chosen files may bring

	tip   string            // the branch's commit; "" when it does not exist yet
	files map[string]string // name → object, "" where it is no regular file; nil before they were fetched
	alien bool              // the branch holds something, and no files
}

func openBranch(ctx context.Context, where string, o Options) (*branch, error) {
	address, name := where, DefaultBranch
	if i := strings.LastIndexByte(where, '#'); i >= 0 {
		address, name = where[:i], where[i+1:]
	}
	user := &git{dir: o.Dir, env: append(os.Environ(), "LC_ALL=C")}
	_, err := user.run(ctx, nil, "check-ref-format", "refs/heads/"+name)
	if _, ran := errors.AsType[*commandError](err); address == "" || ran && ctx.Err() == nil {
		return nil, fmt.Errorf("%q: %w", redact("git:"+where), ErrSpec)
	}
	if err != nil {
		return nil, err
	}
	b := &branch{name: name, log: o.Log, author: author(ctx, user), atOnce: maxFiltered}
	if b.own, err = os.MkdirTemp("", "perfcheck-remote-"); err != nil {
		return nil, err
	}
	if b.git, err = ownRepository(ctx, user, address, b.own); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// author returns whom git has been told to name, else perfcheck.
func author(ctx context.Context, user *git) string {
	ident, err := user.run(ctx, nil, "-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT")
	if err != nil {
		return fmt.Sprintf("perfcheck <perfcheck@localhost> %d +0000", time.Now().Unix())
	}
	return ident
}

func (b *branch) Close() error { return os.RemoveAll(b.own) }

func (b *branch) List(ctx context.Context) ([]string, error) {
	if err := b.fetch(ctx); err != nil {
		return nil, err
	}
	names := make([]string, 0, len(b.files))
	for name, object := range b.files {
		if object != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// fetch gets the branch's last commit and its folders, without the files where
// the server can leave them out.
func (b *branch) fetch(ctx context.Context) error {
	b.tip, b.files, b.alien = "", make(map[string]string), false
	err := b.git.fetch(ctx, download{filepath.Join(b.own, "objects"), maxBranch}, nil,
		"fetch", "--depth=1", "--filter=blob:none", history, "+refs/heads/"+b.name+":"+tipRef)
	if err != nil {
		if strings.Contains(err.Error(), "couldn't find remote ref") {
			return nil // nobody has pushed yet
		}
		b.files = nil
		return explain(err)
	}
	if b.tip, err = b.git.run(ctx, nil, "rev-parse", "--verify", tipRef+"^{commit}"); err != nil {
		return err
	}
	return b.read(ctx)
}

// read finds the files of the tip. It looks into folders of months only, and
// not below them: a few trees can be nested so that they hold millions.
func (b *branch) read(ctx context.Context) error {
	var shards []string
	var others strangers
	err := b.entries(ctx, nil, func(mode, _, path string) {
		if mode == "040000" && shardPattern.MatchString(path) {
			shards = append(shards, path+"/")
		} else {
			others.add(path)
		}
	})
	if err != nil {
		return err
	}
	b.alien = len(shards) == 0 && others.n > 0
	// As many as a command line may have, whatever the machine.
	for chunk := range slices.Chunk(shards, 500) {
		err := b.entries(ctx, chunk, func(mode, object, path string) {
			_, name, _ := strings.Cut(path, "/")
			switch {
			case !ValidName(name) || path != filePath(name):
				others.add(path)
			case mode != "100644":
				others.add(path)
				b.files[name] = "" // nobody else may have the name
			default:
				b.files[name] = object
			}
		})
		if err != nil {
			return err
		}
	}
	others.tell(b.log)
	return nil
}

// entries visits what lies in folders of the tip, or at its root.
func (b *branch) entries(ctx context.Context, folders []string, visit func(mode, object, path string)) error {
	return b.git.pipe(ctx, nil, func(r *bufio.Reader) error {
		for n := 0; ; n++ {
			entry, err := readEntry(r)
			if err == io.EOF && entry == "" {
				return nil
			}
			if err != nil {
				return err
			}
			if n == maxFiles {
				return fmt.Errorf("branch %s: more than %d files", b.name, maxFiles)
			}
			about, path, _ := strings.Cut(entry, "\t") // mode, type, object
			if fields := strings.Fields(about); len(fields) == 3 {
				visit(fields[0], fields[2], path)
			}
		}
	}, slices.Concat([]string{"ls-tree", "-z", b.tip}, folders)...)
}

// readEntry reads what git ends with a zero byte, or the beginning of what has
// no name that a run's file could have.
func readEntry(r *bufio.Reader) (string, error) {
	part, err := r.ReadSlice(0)
	entry := strings.TrimSuffix(string(part), "\x00") // part is overwritten next
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.ReadSlice(0)
	}
	return entry, err
}

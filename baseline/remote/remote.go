// Package remote keeps the files of runs where all of a team's machines can
// reach them: on a branch of a git repository, or in a folder that they share.
//
// A file is written once, under a name that is its own for ever, and lies in a
// folder of its month. So writers never have to agree on anything but who is
// first, and a reader needs only the names that it lacks. What others put there
// is not trusted: what is no such file is left alone and told to Options.Log.
//
// Git is run as a command (2.31 or newer) in a repository of its own, with what
// the user's configuration says of servers and credentials. The user's
// repository is only read.
package remote

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"strings"
)

// Errors of opening a remote.
var (
	// ErrSpec is returned when it is not said in a known way which remote is meant.
	ErrSpec = errors.New("not a remote: want git:REMOTE, git:URL#BRANCH or dir:PATH")
	// ErrNotFound is returned when there is no such repository or folder.
	ErrNotFound = errors.New("no such remote")
)

// Errors of reading and writing.
var (
	// ErrDenied is returned when this user may not do that there.
	ErrDenied = errors.New("permission denied")
	// ErrProtected is returned when the server's rules keep the branch from being pushed to.
	ErrProtected = errors.New("the server does not take what was pushed")
	// ErrConflict is returned when a file of the same name has another content.
	ErrConflict = errors.New("another file has this name")
	// ErrBusy is returned when others were faster in every try.
	ErrBusy = errors.New("others keep pushing")
)

// A File is a run as it is exchanged.
type File struct {
	Name string // see [ValidName]
	Data []byte
}

// A Remote holds files. One process uses it from one goroutine; any number of
// processes may use what is behind it at the same time.
type Remote interface {
	// List returns the names of all files, sorted.
	List(context.Context) ([]string, error)
	// Get yields the named files, in any order, and leaves out those that it
	// refuses. After an error there are no more.
	Get(ctx context.Context, names []string) iter.Seq2[File, error]
	// Put adds files, all of them or, with an error, any. One that is there
	// with the same content is fine; the error is [ErrConflict] when the
	// content is another.
	Put(ctx context.Context, files []File) error
	// Close removes what the Remote keeps on this machine.
	Close() error
}

// Options say how a remote is opened.
type Options struct {
	// Dir is in the repository whose remotes are meant; "" is the working directory.
	Dir string
	// Log is told, in sentences, what is left out and why, and of each new try.
	Log func(sentence string)
}

// DefaultBranch is the branch on which a git remote keeps files.
const DefaultBranch = "perfcheck-history"

// Open opens the remote that spec names: git:REMOTE or git:URL, with #BRANCH
// behind it for a branch other than [DefaultBranch], or dir:PATH.
func Open(ctx context.Context, spec string, o Options) (Remote, error) {
	if o.Log == nil {
		o.Log = func(string) {}
	}
	kind, where, _ := strings.Cut(spec, ":")
	switch {
	case kind == "dir" && where != "":
		return openFolder(where, o)
	case kind == "git" && where != "":
		return openBranch(ctx, where, o)
	}
	return nil, fmt.Errorf("%q: %w", redact(spec), ErrSpec)
}

var userinfo = regexp.MustCompile(`//.*@`)

// redact leaves out of each line who URLs say that one is, which may be a token. It
// rather leaves out too much: a spec that is none is no URL to be parsed either.
func redact(text string) string { return userinfo.ReplaceAllString(text, "//***@") }

// check refuses what no reader would take.
func check(files []File) error {
	for _, f := range files {
		if !ValidName(f.Name) {
			return fmt.Errorf("%q cannot be the name of a run's file", f.Name)
		}
		if len(f.Data) > MaxSize {
			return fmt.Errorf("%s has %d bytes, and at most %d are taken", f.Name, len(f.Data), MaxSize)
		}
	}
	return nil
}

package remote

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// fixed are settings of all our commands. Hooks are for what people push; a
// repository that lives for one command needs no upkeep; what is too large to
// be a run's file is never held in memory as a whole.
var fixed = []string{
	"-c", "core.hooksPath=/dev/null",
	"-c", "core.bigFileThreshold=8m",
	"-c", "gc.auto=0",
	"-c", "maintenance.auto=false",
}

// A git is a place to run git commands in.
type git struct {
	dir string   // that relative paths start from
	env []string // whole
}

// A commandError is a git command that did not succeed.
type commandError struct {
	args   []string // after git and settings
	output string   // the tail of what it printed on stderr, and maybe stdout
	cause  error
}

func (e *commandError) Error() string {
	text := fmt.Sprintf("git %s: %v", strings.Join(e.args, " "), e.cause)
	if e.output != "" {
		text += ": " + e.output
	}
	return text
}

func (e *commandError) Unwrap() error { return e.cause }

// run runs a command and returns its output without the last newline.
func (g *git) run(ctx context.Context, stdin io.Reader, args ...string) (string, error) {
	var out string
	err := g.pipe(ctx, stdin, func(r *bufio.Reader) error {
		data, err := io.ReadAll(r)
		out = strings.TrimSuffix(string(data), "\n")
		return err
	}, args...)
	if e, ok := errors.AsType[*commandError](err); ok && out != "" {
		e.output = strings.TrimSpace(tail(redact(out)) + "\n" + e.output) // push tells there why it was refused
	}
	return out, err
}

// pipe runs a command while read reads its output. When read returns an error,
// other than that the output ends too soon, the command is ended.
func (g *git) pipe(ctx context.Context, stdin io.Reader, read func(*bufio.Reader) error, args ...string) error {
	running, end := context.WithCancel(ctx)
	defer end()
	cmd := exec.CommandContext(running, "git", slices.Concat(fixed, args)...)
	cmd.Dir, cmd.Env, cmd.Stdin = g.dir, g.env, stdin
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	switch err := cmd.Start(); {
	case errors.Is(err, exec.ErrNotFound):
		return errors.New("git is not installed, or not in PATH")
	case err != nil && ctx.Err() == nil:
		return err
	case err != nil:
		return &commandError{args: args, cause: context.Cause(ctx)}
	}
	unread := read(bufio.NewReader(stdout))
	tooShort := errors.Is(unread, io.EOF) || errors.Is(unread, io.ErrUnexpectedEOF)
	if unread != nil && !tooShort {
		end()
	}
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return &commandError{args: args, cause: context.Cause(ctx)}
	case unread != nil && !tooShort:
		return unread
	case err != nil:
		return &commandError{args: args, output: tail(redact(stderr.String())), cause: err}
	default:
		return unread
	}
}

// tail returns the last lines of what a command printed.
func tail(text string) string {
	const most = 2000
	text = strings.TrimSpace(text)
	if len(text) <= most {
		return text
	}
	return "… " + strings.ToValidUTF8(text[len(text)-most:], "")
}

// without returns the environment of this process without the named variables.
func without(names []string) []string {
	return slices.DeleteFunc(os.Environ(), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		// The settings that GIT_CONFIG_COUNT counts go with it.
		return slices.Contains(names, name) || strings.HasPrefix(name, "GIT_CONFIG_KEY_") || strings.HasPrefix(name, "GIT_CONFIG_VALUE_")
	})
}

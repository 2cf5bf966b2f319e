package revision

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Variables are set by git in the environment of hooks and would point other
// commands at that repository, index or work tree (git rev-parse
// --local-env-vars, without what carries configuration).
var Variables = []string{
	"GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_PREFIX",
	"GIT_INDEX_FILE", "GIT_INDEX_VERSION", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
	"GIT_NAMESPACE", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE", "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE",
	"GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
	"GIT_INTERNAL_SUPER_PREFIX", "GIT_QUARANTINE_PATH",
}

// settings keep the user's configuration from changing what a command does:
// the hooks of a checkout are not for a tree that is only measured.
var settings = []string{
	"-c", "core.hooksPath=/dev/null",
	"-c", "core.splitIndex=false",
	"-c", "log.showSignature=false",
}

// A commandError is a git command that did not succeed.
type commandError struct {
	args   []string // after git and settings
	exit   int      // its exit code; -1 when it did not start or was killed
	stderr string   // the tail
	cause  error
}

func (e *commandError) Error() string {
	text := fmt.Sprintf("git %s: %v", strings.Join(e.args, " "), e.cause)
	if e.stderr != "" {
		text += ": " + e.stderr
	}
	return text
}

func (e *commandError) Unwrap() error { return e.cause }

// git runs a git command in dir and returns its output without the last
// newline. The environment is the process's own without what names another
// repository, and with env.
func git(ctx context.Context, dir string, env []string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", slices.Concat(settings, args)...)
	cmd.Dir = dir
	cmd.Env = append(environment(), env...)
	// On SIGTERM git removes its lock files and half-made work trees.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	// A git that outlives its perfcheck would go on to make what nobody removes. The
	// kernel ends it with the thread that started it, on Linux.
	cmd.SysProcAttr = attributes()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	err := cmd.Run()
	if err == nil {
		return strings.TrimSuffix(stdout.String(), "\n"), nil
	}
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("git is not installed, or not in PATH")
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return "", &commandError{args: args, exit: cmd.ProcessState.ExitCode(), stderr: tail(stderr.String()), cause: err}
}

func environment() []string {
	env := slices.DeleteFunc(os.Environ(), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(Variables, name)
	})
	// Messages are matched in English; nobody is there to answer a prompt; the
	// user's index is not refreshed behind their back.
	return append(env, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0")
}

// exitCode returns the exit code of the git command behind err, or -1.
func exitCode(err error) int {
	if e, ok := errors.AsType[*commandError](err); ok {
		return e.exit
	}
	return -1
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

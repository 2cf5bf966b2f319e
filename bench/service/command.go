package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A command is a program that perfcheck runs to its end.
type command struct {
	argv   []string
	dir    string
	env    []string
	secret map[string]string // see tail
	stdin  []byte
}

// run runs the command; the error has the end of all that it printed.
func (c command) run(ctx context.Context) error {
	out := tail{secret: c.secret}
	return c.start(ctx, &out, &out)
}

// output returns what the command printed to standard output. The error has
// the end of standard error only: the output may hold secrets.
func (c command) output(ctx context.Context) ([]byte, error) {
	var out bytes.Buffer
	errs := tail{secret: c.secret}
	err := c.start(ctx, &out, &errs)
	return out.Bytes(), err
}

// start runs the command in a process group of its own, so that a Ctrl-C in
// the terminal does not reach it before perfcheck has decided what to do. When
// ctx ends the group is asked to end, and killed when it does not. On Linux the
// kernel kills it with the thread that started it, which is kept for that long:
// a compose that outlives its perfcheck would go on to create containers.
func (c command) start(ctx context.Context, stdout io.Writer, stderr *tail) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, c.argv[0], c.argv[1:]...)
	cmd.Dir, cmd.Env = c.dir, c.env
	if c.dir != "" {
		cmd.Env = append(slices.Clip(c.env), "PWD="+c.dir) // compose files name it
	}
	cmd.Stdin = bytes.NewReader(c.stdin)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.SysProcAttr = attributes()
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // it succeeded, and left somebody behind who holds its output
	}
	if ctx.Err() != nil {
		if cmd.Process != nil {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // most often nobody is left
		}
		err = context.Cause(ctx)
	}
	if err == nil {
		return nil
	}
	if words := strings.TrimSpace(stderr.lines(errorLines)); words != "" {
		return fmt.Errorf("%s: %w:\n%s", strings.Join(c.argv, " "), err, words)
	}
	return fmt.Errorf("%s: %w", strings.Join(c.argv, " "), err)
}

// maxTail is how many bytes of a log are kept.
const maxTail = 64 << 10

// A tail keeps the last maxTail bytes written to it.
type tail struct {
	secret map[string]string // variables whose values lines hides
	mu     sync.Mutex
	buf    []byte
}

// Write keeps p and forgets what is older than maxTail bytes. It cuts only
// when twice that is held, so that a byte is moved once on average.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if len(t.buf) > 2*maxTail {
		t.buf = append(t.buf[:0], ending(t.buf, maxTail)...)
	}
	return len(p), nil
}

// lines returns the last n lines, at most maxTail bytes, without secrets.
func (t *tail) lines(n int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	kept := ending(t.buf, maxTail)
	end := len(bytes.TrimRight(kept, "\n"))
	if n <= 0 {
		return ""
	}
	from := end
	for ; n > 0 && from >= 0; n-- {
		from = bytes.LastIndexByte(kept[:from], '\n')
	}
	return masked(string(kept[from+1:end]), t.secret)
}

// ending returns the last whole lines of a text that make no more than so many
// bytes, or the end of the last one where that is longer: half a secret would not be
// known for one.
func ending(text []byte, most int) []byte {
	if len(text) <= most {
		return text
	}
	end := text[len(text)-max(0, most):]
	if _, whole, ok := bytes.Cut(end, []byte("\n")); ok && len(whole) > 0 {
		return whole
	}
	return end
}

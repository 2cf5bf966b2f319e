package service

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// grace is how long a process may take to end by itself.
	grace = 3 * time.Second
	// launches bounds the attempts to find a port that nobody else takes.
	launches = 3
	// dataDir begins the names of data folders. They lie in the work tree, so
	// that what a killed perfcheck leaves goes with it.
	dataDir = ".perfcheck-data-"
)

// A process is the body of an instance in mode Process: a group of processes
// with a port and a folder of its own.
type process struct {
	opts     Options
	port     string
	data     string // folder, removed by stop
	out      tail
	cmd      *exec.Cmd
	ended    <-chan struct{} // closed when cmd was waited for
	launched int
}

// start starts service.command with a free port and an empty folder.
func (p *process) start(context.Context) error {
	var err error
	if p.port, err = freePort(); err != nil {
		return err
	}
	if p.data, err = os.MkdirTemp(p.opts.Dir, dataDir); err != nil {
		return err
	}
	me, err := self()
	if err != nil {
		return err
	}
	p.launched++
	values := strings.NewReplacer("${PORT}", p.port, "${DATA}", p.data)
	var argv []string
	for _, arg := range p.opts.Config.Command {
		argv = append(argv, values.Replace(arg))
	}
	env := inherited()
	p.out.secret = map[string]string{}
	for k, v := range p.opts.Config.Env {
		p.out.secret[k] = values.Replace(v)
		env = append(env, k+"="+p.out.secret[k])
	}
	p.cmd = exec.Command(argv[0], argv[1:]...)
	p.cmd.Dir = p.opts.Dir
	p.cmd.Env = append(env, "PWD="+p.opts.Dir, "PORT="+p.port, "PERFCHECK_DATA="+p.data, variableOwner+"="+me.String())
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	p.cmd.SysProcAttr = attributes()
	// Processes that left the group may hold on to the log.
	p.cmd.WaitDelay = 200 * time.Millisecond
	if p.ended, err = spawn(p.cmd, p.opts.CPUs); err != nil {
		return fmt.Errorf("service.command: %w", err)
	}
	return nil
}

// spawn starts cmd bound to the given CPUs, and closes ended when it is gone
// with all its group. The thread that starts it is kept for it alone: the
// binding is inherited from there, and the kernel kills the process when that
// thread ends, so not even a kill -9 of perfcheck leaves it behind.
func spawn(cmd *exec.Cmd, cpus []int) (<-chan struct{}, error) {
	started, ended := make(chan error), make(chan struct{})
	go func() {
		defer close(ended)
		// Never unlocked: the thread and its binding end with the goroutine.
		runtime.LockOSThread()
		err := bind(cpus)
		if err == nil {
			err = cmd.Start()
		}
		started <- err
		if err != nil {
			return
		}
		_ = cmd.Wait() // cmd.ProcessState says how it ended
		buryGroup(cmd.Process.Pid)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return ended, nil
}

// buryGroup kills what is left of a process group whose leader has ended, and
// waits a little until nobody is, since they may still write to their folder.
func buryGroup(leader int) {
	for range 50 {
		if syscall.Kill(-leader, syscall.SIGKILL) != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// freePort returns a port of 127.0.0.1 that is free now.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	return strconv.Itoa(port), l.Close()
}

// quietPort returns a free port that the kernel gives to nobody who does not ask
// for it, so that it stays free between starts; where there are none, just a free one.
func quietPort() (string, error) {
	const lowest, tries = 10000, 100 // below are many known services
	end, err := ephemeral()
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	for range tries {
		if end <= lowest {
			break
		}
		port := strconv.Itoa(lowest + rand.IntN(end-lowest))
		if !taken(port) {
			return port, nil
		}
	}
	return freePort()
}

// taken says whether somebody has the port now.
func taken(port string) bool {
	l, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		return errors.Is(err, syscall.EADDRINUSE)
	}
	return l.Close() != nil
}

// look starts the process again when it ended because somebody took its port
// first.
func (p *process) look(ctx context.Context) (addrs []string, err error) {
	err = p.check(ctx)
	if err == nil {
		return []string{net.JoinHostPort("127.0.0.1", p.port)}, nil
	}
	if p.launched >= launches || !taken(p.port) {
		return nil, err
	}
	if err := p.stop(ctx); err != nil {
		return nil, err
	}
	return nil, p.start(ctx)
}

func (p *process) settle(context.Context) ([]Root, error) {
	return []Root{{PID: p.cmd.Process.Pid}}, nil
}

func (p *process) check(ctx context.Context) error {
	select {
	case <-p.ended:
	default:
		return nil
	}
	how := p.cmd.ProcessState.String()
	if strings.Contains(how, "signal: killed") {
		how += ", perhaps for want of memory"
	}
	return withLog(fmt.Errorf("%w: %s: %s", ErrDied, p.cmd.Args[0], how), p.log(ctx, errorLines))
}

func (p *process) log(_ context.Context, lines int) string {
	return p.out.lines(lines)
}

func (p *process) stop(ctx context.Context) error {
	if p.ended != nil {
		p.end(ctx)
	}
	if p.data == "" {
		return nil
	}
	return os.RemoveAll(p.data)
}

// end asks the group to end, and kills what does not.
func (p *process) end(ctx context.Context) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		select {
		case <-p.ended:
			return
		default:
		}
		_ = syscall.Kill(-p.cmd.Process.Pid, signal) // it may just have ended
		_ = p.resume(ctx)                            // a paused one does not hear it before
		wait, cancel := context.WithTimeout(ctx, grace)
		select {
		case <-p.ended:
		case <-wait.Done():
		}
		cancel()
	}
}

// Package service runs the service under test: by its compose file, as a
// process of this machine, or where it runs already.
//
// A [Service] belongs to one arm of a comparison. It is built once and started
// many times, and each start is a fresh one: new containers, new network, new
// volumes, or a new process with an empty folder for its data. Two of them run
// side by side, also from one compose file with fixed ports and names.
//
// # What becomes of a compose file
//
// The user's own compose version merges and checks the files ("compose
// config"); perfcheck edits what it prints and feeds that to "compose up" by
// standard input, since it holds the values of variables and so of secrets,
// which must reach neither the disk nor a log. The edits:
//
//   - No port is published but the target's, at 127.0.0.1 and a free port, and
//     that only where its container is not reached otherwise (network.go).
//   - Explicit names of containers, networks and volumes go, and so do fixed
//     addresses; a container's name stays known to its neighbours as an alias.
//   - Folders of the work tree that are not there are volumes (folders.go).
//   - Images are built once and then used by id, never pulled again.
//   - Health checks go, because each probe burns CPU in the service's own
//     cgroup. One that another service waits for stays, and after the start
//     probes once a day where engine and compose can do that (25 and 2.20).
//   - All containers get the CPUs of [Options], in place of a cpuset of their
//     own, and labels that say who runs them.
//
// What arms would share is refused: external networks and volumes, volumes on a
// device or folder of the machine, folders outside of the work tree that
// containers can write to, namespaces of other containers, the host's IPC. So is
// its network, in which two copies cannot listen on one port. Folders in the work
// tree that containers write to are not emptied by a start; [Service.Notes]
// names them.
//
// # What is left behind
//
// Images stay, as perfcheck/SERVICE:KEY with the label dev.perfcheck, because
// the next build is quick by them. Everything else is removed by
// [Instance.Stop] and [Service.Close]; after a kill -9, by the next [Reap].
// The kernel ends a local process with its perfcheck, on Linux; what that
// process started itself is ended by the next [ReapProcesses], and its folder
// goes with the work tree.
package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// A Mode is a way to run the service.
type Mode string

// The modes.
const (
	Compose Mode = "compose" // containers, by service.compose
	Process Mode = "process" // a process of this machine, by service.command
	URL     Mode = "url"     // runs already, at service.url
)

// ErrDied is returned when a process or container of the service has ended,
// was restarted or ran out of memory.
var ErrDied = errors.New("the service died")

// ErrNotReady is returned when a started service does not take load in time.
var ErrNotReady = errors.New("the service is not ready")

// A ConfigError is a mistake in perfcheck.yml's service or in a compose file.
type ConfigError struct{ err error }

func (e *ConfigError) Error() string { return e.err.Error() }
func (e *ConfigError) Unwrap() error { return e.err }

// cleanUp bounds how long removing takes, also after the context was cancelled.
const cleanUp = 30 * time.Second

// Options say which service to run, and how.
type Options struct {
	Config profile.Service
	Mode   Mode   // as found by Detect
	Dir    string // folder of perfcheck.yml in the work tree of the commit
	Root   string // of that work tree; empty: Dir
	Name   string // unique on this machine; lower case letters, digits, - and _
	Key    string // commit or tree of Dir; tags the images that are built
	CPUs   []int  // the only CPUs that the service may use; none: all
	// Log takes the words that tell a user what is going on. It may be nil.
	Log func(line string)
}

func (o Options) root() string { return cmp.Or(o.Root, o.Dir) }

// A Service is one arm's service. Its methods must not be called at once.
type Service struct {
	opts    Options
	probe   prober
	project *project  // in mode Compose, once built
	running *Instance // the last one that was started
}

var (
	validName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)
	validKey  = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)
)

// New checks the options. [Service.Close] must be called in the end.
func New(o Options) (*Service, error) {
	switch {
	case !validName.MatchString(o.Name):
		return nil, fmt.Errorf("service name %q: want lower case letters, digits, - and _", o.Name)
	case o.Mode == Compose && !validKey.MatchString(o.Key):
		return nil, fmt.Errorf("service key %q: want what can be the tag of an image", o.Key)
	case o.Config.Ready.Timeout <= 0:
		return nil, fmt.Errorf("service.ready.timeout is %v: want more than 0", o.Config.Ready.Timeout)
	}
	if err := Configured(o.Config, o.Mode); err != nil {
		return nil, err
	}
	encryption, err := o.Config.ClientTLS()
	if err != nil {
		return nil, &ConfigError{err}
	}
	if o.Log == nil {
		o.Log = func(string) {}
	}
	return &Service{opts: o, probe: newProber(encryption, o.Config.Protocol)}, nil
}

// Start starts the service afresh and returns when it is ready for load. An
// instance that still runs is stopped first. Errors are [ErrDied] and
// [ErrNotReady], with the end of the log, and those of compose.
func (s *Service) Start(ctx context.Context) (*Instance, error) {
	if s.running != nil {
		if err := s.running.Stop(ctx); err != nil {
			return nil, err
		}
	}
	b, err := s.body()
	if err != nil {
		return nil, err
	}
	in := &Instance{body: b, probe: s.probe, config: &s.opts.Config, cpus: s.opts.CPUs, targets: s.targets()}
	s.running = in
	ready, cancel := context.WithTimeoutCause(ctx, s.opts.Config.Ready.Timeout, errTimeout)
	defer cancel()
	if err := in.start(ready, s.opts.Config.Ready); err != nil {
		// The reason counts, not what a clean-up that Close repeats has to say.
		_ = in.Stop(ctx)
		return nil, err
	}
	return in, nil
}

// targets names those of a scaled service.
func (s *Service) targets() (names []string) {
	c := &s.opts.Config
	switch {
	case c.Targets() == 1:
		return nil
	case s.opts.Mode == URL:
		return c.URLs()
	case s.opts.Mode == Compose:
		for i := range c.Target.Replicas {
			names = append(names, fmt.Sprintf("%s %d", c.Target.Service, i+1))
		}
	}
	return names
}

func (s *Service) body() (body, error) {
	switch {
	case s.opts.Mode == Process:
		return &process{opts: s.opts}, nil
	case s.opts.Mode == URL:
		return newRemote(s.opts.Config.URLs())
	case s.project == nil:
		return nil, errors.New("start before a successful build")
	}
	return &containers{project: s.project}, nil
}

// Notes returns what a reader of the measurements should know of how the
// service was run. It is complete after Build.
func (s *Service) Notes() (notes []string) {
	if s.project != nil {
		notes = slices.Clone(s.project.notes)
	}
	if s.opts.Config.TLS.Insecure {
		notes = append(notes, "nobody checked the service's certificate (service.tls.insecure)")
	}
	return notes
}

// Engine names the container engine with its version and, where it is not by a
// published port, how its containers are reached: runs that differ in that do
// not compare. It is known after Build, and empty in the modes without one.
func (s *Service) Engine() string {
	switch {
	case s.project == nil:
		return ""
	case s.project.network == profile.Published:
		return s.project.engine.version
	}
	return s.project.engine.version + ", network " + s.project.network
}

// Close stops what runs and removes all that was started, also when ctx is
// already cancelled.
func (s *Service) Close(ctx context.Context) error {
	var errs []error
	if s.running != nil {
		errs = append(errs, s.running.Stop(ctx))
	}
	if s.project != nil {
		errs = append(errs, s.project.engine.Close())
		s.project = nil
	}
	return errors.Join(errs...)
}

// bounded detaches ctx from its cancellation, for work that must be done
// anyway, and bounds it.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), cleanUp)
}

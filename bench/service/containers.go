package service

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// labelService is compose's own label for the service that a container belongs to.
const labelService = "com.docker.compose.service"

// labelNumber is compose's own label for the number of a replica, from 1.
const labelNumber = "com.docker.compose.container-number"

// containers are the body of an instance in mode Compose.
type containers struct {
	project *project
	up      []life // what was up when the service got ready
	cut     bool   // the last start was cut off, and compose with it
}

// A life of a container lasts from one start to its end.
type life struct {
	id, name string
	started  string // as the engine writes it
	restarts int
}

// start brings the project up; what an earlier start left goes first.
func (b *containers) start(ctx context.Context) error {
	if err := b.stop(ctx); err != nil {
		return fmt.Errorf("remove the containers of an earlier start: %w", err)
	}
	err := b.project.compose(b.project.up, "up", "-d", "--no-build").run(ctx)
	b.cut = ctx.Err() != nil
	if err == nil || ctx.Err() != nil {
		return err
	}
	// Compose says that a container ended; its log says why.
	if _, died := b.look(ctx); died != nil {
		return died
	}
	if log := b.log(ctx, errorLines); log != "" { // such as that of one which never got healthy
		return withLog(err, log)
	}
	return err
}

// look finds the target's addresses among the running containers, and those that ended.
func (b *containers) look(ctx context.Context) (addrs []string, err error) {
	all, err := b.list(ctx)
	if err != nil {
		return nil, err
	}
	target := b.project.opts.Config.Target
	copies := 0
	for _, c := range all {
		isTarget := c.Labels[labelService] == target.Service
		if c.State == container.StateExited || c.State == container.StateDead {
			if err := b.ended(ctx, c.ID, isTarget); err != nil {
				return nil, err
			}
		}
		if isTarget {
			copies++
			addr, err := b.project.address(ctx, c)
			if err != nil {
				return nil, err
			}
			if addr != "" {
				addrs = append(addrs, addr)
			}
		}
	}
	if want := max(1, target.Replicas); copies > want {
		return nil, fmt.Errorf("service.target: %s has %d containers: write {service: %[1]s, port: %d, replicas: %[2]d}, "+
			"which spreads the load over them, or put a proxy in front", target.Service, copies, target.Port)
	} else if len(addrs) < want {
		return nil, nil
	}
	return addrs, nil
}

// ended says what is wrong about a container that is not up: nothing for a job
// that succeeded.
func (b *containers) ended(ctx context.Context, id string, isTarget bool) error {
	in, err := b.inspect(ctx, id)
	if err != nil {
		return err
	}
	if s := in.State; s.ExitCode == 0 && !s.OOMKilled && !isTarget {
		return nil
	}
	return withLog(fmt.Errorf("%w: %s", ErrDied, fate(in)), b.project.logs(ctx, id, errorLines))
}

// fate says in words how a container came to be what it is now.
func fate(in container.InspectResponse) string {
	name, s := strings.TrimPrefix(in.Name, "/"), in.State
	switch {
	case s.OOMKilled:
		return fmt.Sprintf("container %s ran out of memory (exit code %d)", name, s.ExitCode)
	case s.Error != "":
		return fmt.Sprintf("container %s: %s (exit code %d)", name, s.Error, s.ExitCode)
	case s.Running && !s.Restarting:
		return fmt.Sprintf("container %s was restarted (%d times)", name, in.RestartCount)
	}
	return fmt.Sprintf("container %s ended (exit code %d)", name, s.ExitCode)
}

// published returns the address at which a container's port is reached.
func published(ports []container.PortSummary, port int) string {
	for _, p := range ports {
		if int(p.PrivatePort) == port && p.PublicPort != 0 && p.Type == "tcp" {
			return net.JoinHostPort("127.0.0.1", strconv.Itoa(int(p.PublicPort)))
		}
	}
	return ""
}

// settle remembers the containers that are up.
func (b *containers) settle(ctx context.Context) ([]Root, error) {
	all, err := b.list(ctx)
	if err != nil {
		return nil, err
	}
	var roots []Root
	for _, c := range all {
		in, err := b.inspect(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		isTarget := c.Labels[labelService] == b.project.opts.Config.Target.Service
		if !in.State.Running { // a job, or it died since it was ready
			if err := b.ended(ctx, c.ID, isTarget); err != nil {
				return nil, err
			}
			continue
		}
		b.up = append(b.up, life{c.ID, strings.TrimPrefix(in.Name, "/"), in.State.StartedAt, in.RestartCount})
		root := Root{ID: c.ID, Name: c.Labels[labelService], Stats: func(ctx context.Context) ([]byte, error) {
			return b.project.engine.stats(ctx, c.ID)
		}}
		if seen(in.State.Pid, c.ID) {
			root.PID = in.State.Pid
		} else if isTarget && b.project.network == profile.Direct {
			return nil, fmt.Errorf("the process of container %s is not to be seen on this machine, so another may have its address here: "+
				"write service.network: published", strings.TrimPrefix(in.Name, "/"))
		}
		roots = append(roots, root)
	}
	return roots, nil
}

// seen says whether the process that the engine calls pid is the container's
// here too. It is not where the engine runs in a virtual machine.
func seen(pid int, id string) bool {
	groups, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cgroup"))
	return err == nil && strings.Contains(string(groups), id)
}

func (b *containers) check(ctx context.Context) error {
	for _, l := range b.up {
		in, err := b.inspect(ctx, l.id)
		if errdefs.IsNotFound(err) {
			return fmt.Errorf("%w: container %s was removed", ErrDied, l.name)
		}
		if err != nil {
			return err
		}
		s := in.State
		if s.Running && !s.Restarting && !s.OOMKilled && s.StartedAt == l.started && in.RestartCount == l.restarts {
			continue
		}
		err = fmt.Errorf("%w: %s", ErrDied, fate(in))
		if !s.Running && s.ExitCode == 0 {
			err = fmt.Errorf("%w: if it is a job, let %s depend on it with condition service_completed_successfully",
				err, b.project.opts.Config.Target.Service)
		}
		return withLog(err, b.project.logs(ctx, l.id, errorLines))
	}
	return nil
}

// logs returns the last lines that a container printed, without secrets.
func (p *project) logs(ctx context.Context, id string, lines int) string {
	in, err := p.engine.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return "(its log cannot be read: " + err.Error() + ")"
	}
	r, err := p.engine.ContainerLogs(ctx, id, client.ContainerLogsOptions{
		ShowStdout: true, ShowStderr: true, Tail: strconv.Itoa(lines),
	})
	if err != nil {
		return "(its log cannot be read: " + err.Error() + ")"
	}
	defer r.Close()
	out := tail{secret: p.opts.Config.Env}
	if in.Container.Config.Tty {
		_, err = io.Copy(&out, r)
	} else {
		_, err = stdcopy.StdCopy(&out, &out, r)
	}
	if err != nil {
		return out.lines(lines) + "\n(the rest cannot be read: " + err.Error() + ")"
	}
	return out.lines(lines)
}

func (b *containers) log(ctx context.Context, lines int) string {
	all, err := b.list(ctx)
	if err != nil {
		return "(the containers' logs cannot be read: " + err.Error() + ")"
	}
	var out tail
	for _, c := range all {
		log := b.project.logs(ctx, c.ID, lines)
		fmt.Fprintf(&out, "==> %s <==\n%s\n", c.Labels[labelService], ending([]byte(log), maxTail/len(all)-logTitle))
	}
	return out.lines(maxTail)
}

// logTitle is more than the name of a service takes above its log, in bytes.
const logTitle = 100

// aftermath is how long the engine may go on with what it was asked for by a
// compose that has been ended since.
const aftermath = 2 * time.Second

func (b *containers) stop(ctx context.Context) error {
	label := labelRun + "=" + b.project.opts.Name
	_, err := b.project.engine.remove(ctx, label)
	for end := time.Now().Add(aftermath); b.cut && err == nil && time.Now().Before(end); {
		sleep(ctx, 50*time.Millisecond)
		_, err = b.project.engine.remove(ctx, label)
	}
	b.cut = false
	return err
}

// list returns the project's containers by name, those that ended included.
func (b *containers) list(ctx context.Context) ([]container.Summary, error) {
	all, err := b.project.engine.ContainerList(ctx, client.ContainerListOptions{
		All:     true,
		Filters: client.Filters{}.Add("label", labelRun+"="+b.project.opts.Name),
	})
	if err != nil {
		return nil, fmt.Errorf("list containers: %w", err)
	}
	slices.SortFunc(all.Items, func(x, y container.Summary) int {
		number := func(c container.Summary) int {
			n, _ := strconv.Atoi(c.Labels[labelNumber]) // compose writes it
			return n
		}
		return cmp.Or(strings.Compare(x.Labels[labelService], y.Labels[labelService]), number(x)-number(y))
	})
	return all.Items, nil
}

func (b *containers) inspect(ctx context.Context, id string) (container.InspectResponse, error) {
	in, err := b.project.engine.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return container.InspectResponse{}, fmt.Errorf("inspect a container: %w", err)
	}
	return in.Container, nil
}

package service

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	"github.com/moby/moby/client"
)

// standing is how long an engine may take to pause containers or let them go on.
// Before engine 25 a container that was paused within a health check goes on only
// when that has timed out, by default after 30 s.
const standing = 45 * time.Second

// Pause lets all that is up stand still, until Resume or Stop: it uses no CPU
// and answers nothing, and Check still takes it for alive. After an error
// nothing is paused. In mode URL there is always one.
func (in *Instance) Pause(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, standing)
	defer cancel()
	if err := in.body.pause(ctx); err != nil {
		undo, cancel := bounded(ctx)
		defer cancel()
		_ = in.body.resume(undo) // fails for what was not paused
		return fmt.Errorf("pause the service: %w", err)
	}
	return nil
}

// Resume lets a paused instance go on.
func (in *Instance) Resume(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, standing)
	defer cancel()
	if err := in.body.resume(ctx); err != nil {
		return fmt.Errorf("resume the service: %w", err)
	}
	return nil
}

func (b *containers) pause(ctx context.Context) error {
	return b.each(func(id string) error {
		_, err := b.project.engine.ContainerPause(ctx, id, client.ContainerPauseOptions{})
		return err
	})
}

func (b *containers) resume(ctx context.Context) error {
	return b.each(func(id string) error {
		_, err := b.project.engine.ContainerUnpause(ctx, id, client.ContainerUnpauseOptions{})
		return err
	})
}

// each does something to all containers that are up, at once.
func (b *containers) each(do func(id string) error) error {
	errs := make([]error, len(b.up))
	var all sync.WaitGroup
	for i, l := range b.up {
		all.Go(func() {
			if err := do(l.id); err != nil {
				errs[i] = fmt.Errorf("container %s: %w", l.name, err)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

func (p *process) pause(ctx context.Context) error  { return p.signal(ctx, syscall.SIGSTOP) }
func (p *process) resume(ctx context.Context) error { return p.signal(ctx, syscall.SIGCONT) }

// signal signals the group, unless its leader has ended: the number may then
// be another group's.
func (p *process) signal(ctx context.Context, s syscall.Signal) error {
	if err := p.check(ctx); err != nil {
		return err
	}
	return syscall.Kill(-p.cmd.Process.Pid, s)
}

func (r remote) pause(context.Context) error  { return errors.New("perfcheck did not start it") }
func (r remote) resume(context.Context) error { return nil }

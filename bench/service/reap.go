package service

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// ErrNoEngine is returned by [Reap] where no container engine answers, so that
// nobody knows whether something was left there.
var ErrNoEngine = errors.New("containers were not looked for")

// Reap removes the containers, networks and volumes that a perfcheck left
// which was killed before it could, and returns what they were. Those of a
// living one stay. Where there are some the engine may still be making more, so
// that it looks again for a while.
func Reap(ctx context.Context) (removed []string, err error) {
	e, err := dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoEngine, err)
	}
	defer e.Close()
	me, err := self()
	if err != nil {
		return nil, err
	}
	for end := time.Now(); ; sleep(ctx, 50*time.Millisecond) {
		gone, err := e.reap(ctx, me)
		removed = append(removed, gone...)
		if len(gone) > 0 {
			end = time.Now().Add(aftermath)
		}
		if err != nil || ctx.Err() != nil || !time.Now().Before(end) {
			return removed, err
		}
	}
}

// reap removes what there is of those that are dead, as me can tell.
func (e *engine) reap(ctx context.Context, me owner) (removed []string, err error) {
	found, err := e.find(ctx, labelRun)
	if err != nil {
		return nil, err
	}
	var errs []error
	stale := map[string]bool{}
	for _, f := range slices.Concat(found...) {
		o, err := ownerOf(f.labels)
		if err != nil {
			errs = append(errs, err)
		} else if o.dead(me) {
			stale[f.labels[labelRun]] = true
		}
	}
	for _, run := range slices.Sorted(maps.Keys(stale)) {
		gone, err := e.remove(ctx, labelRun+"="+run)
		removed, errs = append(removed, gone...), append(errs, err)
	}
	return removed, errors.Join(errs...)
}

// A thing is a container, network or volume.
type thing struct {
	what   string
	labels map[string]string
	remove func() error
}

// find returns all things with a label in groups: each can be removed at once,
// after the one before it.
func (e *engine) find(ctx context.Context, label string) ([][]thing, error) {
	f := client.Filters{}.Add("label", label)
	containers, err1 := e.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: f})
	networks, err2 := e.NetworkList(ctx, client.NetworkListOptions{Filters: f})
	volumes, err3 := e.VolumeList(ctx, client.VolumeListOptions{Filters: f})
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, fmt.Errorf("list what has the label %s: %w", label, err)
	}
	all := make([][]thing, 2)
	for _, c := range containers.Items {
		name := strings.TrimPrefix(strings.Join(c.Names, " "), "/")
		all[0] = append(all[0], thing{"container " + name, c.Labels, func() error {
			_, err := e.ContainerRemove(ctx, c.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
			return err
		}})
	}
	for _, n := range networks.Items {
		all[1] = append(all[1], thing{"network " + n.Name, n.Labels, func() error {
			_, err := e.NetworkRemove(ctx, n.ID, client.NetworkRemoveOptions{})
			return err
		}})
	}
	for _, v := range volumes.Items {
		all[1] = append(all[1], thing{"volume " + v.Name, v.Labels, func() error {
			_, err := e.VolumeRemove(ctx, v.Name, client.VolumeRemoveOptions{})
			return err
		}})
	}
	return all, nil
}

// contention bounds how long another perfcheck is awaited that removes the same.
const contention = 10 * time.Second

// remove removes all things with a label and returns what they were. The engine
// refuses what another perfcheck is just removing, so that it is asked again.
func (e *engine) remove(ctx context.Context, label string) (removed []string, err error) {
	for end := time.Now().Add(contention); ; sleep(ctx, 50*time.Millisecond) {
		var some []string
		some, err = e.tryRemove(ctx, label)
		removed = append(removed, some...)
		contended := errdefs.IsConflict(err) || errdefs.IsPermissionDenied(err) // a container, or the network that it is in
		if !contended || ctx.Err() != nil || time.Now().After(end) {
			return removed, err
		}
	}
}

// tryRemove returns what it removed itself.
func (e *engine) tryRemove(ctx context.Context, label string) (removed []string, err error) {
	found, err := e.find(ctx, label)
	if err != nil {
		return nil, err
	}
	for _, group := range found {
		errs := make([]error, len(group))
		var all sync.WaitGroup
		for i, t := range group {
			all.Go(func() { errs[i] = t.remove() })
		}
		all.Wait()
		for i, e := range errs {
			if e == nil {
				removed = append(removed, group[i].what)
			} else if !errdefs.IsNotFound(e) {
				err = errors.Join(err, fmt.Errorf("remove %s: %w", group[i].what, e))
			}
		}
	}
	return removed, err
}

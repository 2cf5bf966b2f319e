package service

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
)

// wantPause pauses an instance, lets it go on, and stops it while it is paused.
func wantPause(t *testing.T, in *Instance, standing func() bool) {
	t.Helper()
	if err := in.Pause(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !standing() {
		t.Error("something goes on in a paused instance")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := newProber(nil, "").get(ctx, "http://"+in.Addrs()[0]); err == nil {
		t.Error("a paused instance answers")
	}
	if err := in.Check(t.Context()); err != nil {
		t.Errorf("a paused instance is checked as %v", err)
	}
	if err := in.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	fetch(t, "http://"+in.Addrs()[0])
	if err := in.Check(t.Context()); err != nil {
		t.Errorf("after the pause: %v", err)
	}
	if err := in.Pause(t.Context()); err != nil {
		t.Fatal(err)
	}
	// As after a Ctrl-C: what stops, stops all the same.
	interrupted, interrupt := context.WithCancel(t.Context())
	interrupt()
	if err := in.Stop(interrupted); err != nil {
		t.Error(err)
	}
}

// TestPauseProcess has a process whose child does the work.
func TestPauseProcess(t *testing.T) {
	in := started(t, built(t, Options{Config: onHost("-child"), Mode: Process, Dir: folder(t)}))
	wantPause(t, in, func() bool { return true })
	if how := in.body.(*process).cmd.ProcessState.String(); how != "signal: terminated" {
		t.Errorf("a paused process that was asked to end: %s", how)
	}
	if err := in.Pause(t.Context()); !errors.Is(err, ErrDied) {
		t.Errorf("the pause of what has ended: %v", err)
	}
}

func TestPauseContainers(t *testing.T) {
	t.Parallel()
	docker(t)
	file := "services: {api: {build: .}, db: {build: .}}"
	s := built(t, Options{Config: inContainers(), Mode: Compose, Dir: folder(t, "docker-compose.yml", file), Name: unique("pause")})
	in := started(t, s)
	b := in.body.(*containers)
	states := func() (paused, running int) {
		all, err := b.list(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range all {
			switch c.State {
			case container.StatePaused:
				paused++
			case container.StateRunning:
				running++
			}
		}
		return paused, running
	}
	// Where one of two cannot be paused, none is.
	known := b.up
	b.up = append(b.up[:2:2], life{id: "none", name: "none"})
	wantWords(t, in.Pause(t.Context()), "pause the service: container none")
	if paused, running := states(); paused != 0 || running != 2 {
		t.Errorf("after a pause that failed %d are paused, %d run", paused, running)
	}
	b.up = known
	wantPause(t, in, func() bool { paused, _ := states(); return paused == 2 })
	wantNothing(t, b.project.engine, s.opts.Name)
}

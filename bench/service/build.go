package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// tellEvery is how often a build that goes on says so.
const tellEvery = 10 * time.Second

// Build runs service.build and, in mode Compose, builds and pulls the images
// that starts will use, all within service.build_timeout. In mode URL there is
// nothing to build.
func (s *Service) Build(ctx context.Context) error {
	if s.opts.Mode == URL {
		return nil
	}
	if limit := s.opts.Config.BuildTimeout; limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit,
			fmt.Errorf("the build was not done after %v: raise service.build_timeout where it needs longer", limit))
		defer cancel()
	}
	if argv := s.opts.Config.Build; len(argv) > 0 {
		s.opts.Log("running service.build")
		c := command{argv: argv, dir: s.opts.Dir, env: s.opts.environ(), secret: s.opts.Config.Env}
		if err := c.runTelling(ctx, tellEvery, s.opts.Log); err != nil {
			return fmt.Errorf("service.build: %w", err)
		}
	}
	if s.opts.Mode != Compose {
		return nil
	}
	e, err := connect(ctx)
	if err != nil {
		return err
	}
	p := &project{opts: s.opts, engine: e}
	if err := p.build(ctx); err != nil {
		return errors.Join(err, e.Close())
	}
	s.project = p
	return nil
}

// runTelling runs the command, and tells now and then how long it has taken
// with the last line that it printed.
func (c command) runTelling(ctx context.Context, every time.Duration, tell func(string)) error {
	out := tail{secret: c.secret}
	var telling sync.WaitGroup
	ended := make(chan struct{})
	telling.Go(func() {
		began, next := time.Now(), time.NewTicker(every)
		defer next.Stop()
		for {
			select {
			case <-ended:
				return
			case <-next.C:
				tell(fmt.Sprintf("still at it after %v: %s", time.Since(began).Round(time.Second), lastLine(&out)))
			}
		}
	})
	err := c.start(ctx, &out, &out)
	close(ended)
	telling.Wait()
	return err
}

// lastLine is short enough for a line of progress.
func lastLine(out *tail) string {
	const most = 100
	line := []rune(strings.TrimSpace(out.lines(1)))
	return cmp.Or(string(line[:min(len(line), most)]), "it has said nothing yet")
}

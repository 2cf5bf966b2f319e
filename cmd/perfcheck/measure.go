package main

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/lock"
	"github.com/perfcheck/perfcheck/bench/resource"
	"github.com/perfcheck/perfcheck/bench/revision"
	"github.com/perfcheck/perfcheck/bench/runner"
	"github.com/perfcheck/perfcheck/bench/service"
	"github.com/perfcheck/perfcheck/compare"
)

// A target is a subject and the commit whose files are measured; they differ
// for a working tree with changes.
type target struct {
	side    bench.Side
	subject bench.Subject
	commit  string
}

// name is how messages and containers call the target.
func (t target) name() string {
	if t.side == "" {
		return "service"
	}
	return string(t.side)
}

// A measurement is what the flags ask for: targets, and how to measure them.
type measurement struct {
	*session
	targets  []target
	mode     service.Mode
	seed     uint64
	budget   time.Duration
	blocks   int                 // at most; 0 is no limit
	goal     func(block int) int // how many blocks the next decision needs
	earlier  []*bench.Run        // to go on with; nil measures new ones
	claims   []*lock.Lock        // to go on with the runs; see claim
	behind   bool                // the last block is not stored
	unlogged bool                // logs cannot be kept

	notes    []string // circumstances that the reports must tell
	built    []builtTree
	litter   []string // notes of what services leave in their work trees
	cleanups []func(context.Context) error
}

// storeWait is how long another may keep the store before what was measured is
// given up: the measurement took minutes.
const storeWait = time.Minute

func newMeasurement(c *cli.Context, s *session, targets ...target) (*measurement, error) {
	patient := *s
	patient.wait = storeWait
	m := &measurement{session: &patient, targets: targets, seed: rand.Uint64(), budget: s.config.Budget}
	if c.IsSet("seed") {
		m.seed = c.Uint64("seed")
	}
	if c.IsSet("budget") {
		var err error
		if m.budget, err = time.ParseDuration(c.String("budget")); err != nil || m.budget <= 0 {
			return nil, usageErrorf("--budget: want a time above 0, as 10m, got %q", c.String("budget"))
		}
	}
	mode, why, err := service.Detect(c.Context, s.config.Service, s.service)
	if err != nil {
		return nil, err
	}
	if mode == service.URL && len(targets) > 1 {
		return nil, usageErrorf("service.url names a service that runs already, and two must run side by side: give service.compose or service.command")
	}
	m.mode = mode
	m.sayMode(why)
	return m, nil
}

// run builds the targets' services and measures them, and removes what it made
// for that, whatever happens. What was measured is stored after every
// block, before decide is asked whether that was enough. The caller stores what it
// returns without an error.
func (m *measurement) run(ctx context.Context, decide func([]*bench.Run) (enough bool, err error)) (runs []*bench.Run, err error) {
	if err := m.makeStateDir(); err != nil {
		return nil, err
	}
	// That the store cannot be written is better known before than after.
	if err := m.withStore(func(*baseline.Store) error { return nil }); err != nil {
		return nil, err
	}
	if err := m.pruneLogs(); err != nil {
		return nil, err
	}
	defer func() {
		// What cannot be removed takes nothing from what was measured.
		if failed := m.cleanUp(ctx); failed != nil {
			m.ui.warn("clean-up: %v", failed)
		}
	}()
	plan, err := m.plan(ctx)
	if err != nil {
		return nil, err
	}
	m.ui.say("measuring for at most %v, seed %d", m.budget, m.seed)
	runs, err = runner.Measure(ctx, plan, runner.Hooks{
		Log:      m.keepLog,
		Progress: func(p runner.Progress) { m.ui.progress(p, m.goal(p.Block)) },
		Block: func(runs []*bench.Run) (bool, error) {
			if err := m.claim(runs); err != nil {
				return false, err
			}
			m.flush(runs, baseline.DefaultWait)
			m.forecast(runs)
			m.inspect(ctx, runs)
			return decide(runs)
		},
	})
	m.ui.clear()
	for _, run := range runs {
		run.Notes = append(slices.Clip(run.Notes), m.litter...)
	}
	if err != nil && m.behind {
		err = errors.Join(err, m.put(runs...))
	}
	return runs, err
}

// flush stores the runs so far. That it cannot, as where another keeps the store for
// longer than the wait, does not end the measurement: the next block is stored with
// this one.
func (m *measurement) flush(runs []*bench.Run, wait time.Duration) {
	hasty := *m.session
	hasty.wait = wait
	err := hasty.put(runs...)
	if m.behind = err != nil; m.behind {
		m.ui.warn("this block is not stored yet: %v", err)
	}
}

// plan prepares everything that is to be measured.
func (m *measurement) plan(ctx context.Context) (runner.Plan, error) {
	host, err := resource.Host()
	if err != nil {
		return runner.Plan{}, err
	}
	host.Perfcheck = version
	forService, forPerfcheck, note := m.divide()
	for _, p := range m.profiles {
		if p.BusyPoll && len(forPerfcheck) == 0 {
			return runner.Plan{}, &exitError{exitUsage, p.Problem("busy_poll", "perfcheck polls on CPUs of its own only: %s", note)}
		}
	}
	plan := runner.Plan{
		Profiles: m.profiles,
		Mode:     m.mode,
		Host:     host,
		Seed:     m.seed,
		Budget:   m.budget,
		Blocks:   m.blocks,
		Notes:    []string{note},
		Earlier:  m.earlier,
	}
	m.reap(ctx)
	for _, t := range m.targets {
		svc, err := m.build(ctx, t, forService)
		if err != nil {
			return plan, fmt.Errorf("%s (%v): %w", t.name(), t.subject, err)
		}
		plan.Arms = append(plan.Arms, runner.Arm{Side: t.side, Subject: t.subject, Service: svc})
		if e := svc.Engine(); len(plan.Arms) > 1 && e != plan.Host.Engine {
			return plan, fmt.Errorf("one arm is reached by %s, the other by %s: write service.network: published", plan.Host.Engine, e)
		}
		plan.Host.Engine = svc.Engine()
		m.notes = append(m.notes, svc.Notes()...)
	}
	for _, note := range m.notes {
		if !slices.Contains(plan.Notes, note) {
			plan.Notes = append(plan.Notes, note)
		}
	}
	if forPerfcheck != nil {
		// Only now, so that the builds had all CPUs.
		err = resource.Pin(forPerfcheck)
	}
	return plan, err
}

// forecast tells after the first block how many the budget allows.
func (m *measurement) forecast(runs []*bench.Run) {
	if len(runs[0].Trials) != 1 || len(m.targets) == 1 {
		return
	}
	block := time.Since(runs[0].Started)
	fit := int(m.budget / block)
	m.ui.say("a block takes %v: the budget allows about %d", block.Round(time.Second/10), fit)
	if fit < compare.MinBlocks {
		m.ui.warn("fewer than %d blocks decide nothing: --budget %v would do",
			compare.MinBlocks, (block * (compare.MinBlocks + 1)).Round(10*time.Second))
	}
}

func (m *measurement) sayMode(why string) {
	how := map[service.Mode]string{
		service.Compose: "by compose",
		service.Process: "as a local process",
		service.URL:     "at " + strings.Join(m.config.Service.URLs(), ", "),
	}[m.mode]
	if why != "" {
		how += " (" + why + ")"
	}
	m.ui.say("running the service %s", how)
}

// reap removes what earlier perfchecks left that were killed. What it cannot
// remove is no reason not to measure.
func (m *measurement) reap(ctx context.Context) {
	removed, err := service.ReapProcesses() // which may write to work trees
	trees, failed := m.repo.Reap(ctx, m.trees())
	removed, err = append(removed, trees...), errors.Join(err, failed)
	if m.mode == service.Compose {
		services, failed := service.Reap(ctx)
		removed, err = append(removed, services...), errors.Join(err, failed)
	}
	m.ui.removed(removed)
	if err != nil {
		m.ui.warn("%v", err)
	}
}

// divide says which CPUs the service gets and which perfcheck, where the
// configuration and the machine allow to keep them apart.
func (m *measurement) divide() (forService, forPerfcheck []int, note string) {
	if m.config.Service.Isolate != "auto" || m.mode == service.URL {
		return nil, nil, "the service and perfcheck may share CPUs: nothing keeps them apart"
	}
	cores, err := resource.Cores()
	if err != nil {
		return nil, nil, fmt.Sprintf("the service and perfcheck may share CPUs: %v", err)
	}
	forService, forPerfcheck, note = resource.Split(cores)
	if note == "" {
		note = fmt.Sprintf("the service was given CPU %s, perfcheck CPU %s", list(forService), list(forPerfcheck))
	}
	return forService, forPerfcheck, note
}

func list(cpus []int) string { return strings.Trim(fmt.Sprint(cpus), "[]") }

// build checks a target's files out and builds its service.
func (m *measurement) build(ctx context.Context, t target, cpus []int) (*service.Service, error) {
	dir, root := filepath.Dir(m.config.Path), ""
	var tree *revision.Worktree
	if m.mode != service.URL {
		var err error
		if tree, err = m.checkOut(ctx, t); err != nil {
			return nil, err
		}
		root, dir = tree.Dir, filepath.Join(tree.Dir, m.repo.Prefix)
		m.ui.say("building %s: %v %s", t.name(), t.subject, t.subject.Title)
	}
	svc, err := service.New(service.Options{
		Config: m.config.Service,
		Mode:   m.mode,
		Dir:    dir,
		Root:   root,
		Name:   strings.ToLower(t.name() + "-" + crand.Text()[:10]),
		Key:    t.commit,
		CPUs:   cpus,
		Log:    func(line string) { m.ui.say("%s: %s", t.name(), line) },
	})
	if err != nil {
		return nil, err
	}
	m.cleanups = append(m.cleanups, svc.Close)
	if err := svc.Build(ctx); err != nil {
		return nil, hintAtIgnored(err)
	}
	if m.mode != service.Process { // what containers may write to is noted
		return svc, nil
	}
	return svc, m.remember(ctx, t, tree)
}

// checkOut makes the work tree of a target, and notes what is special about it.
func (m *measurement) checkOut(ctx context.Context, t target) (*revision.Worktree, error) {
	tree, err := m.repo.Checkout(ctx, t.commit, m.trees())
	if err != nil {
		return nil, err
	}
	m.cleanups = append(m.cleanups, tree.Remove)
	for _, note := range tree.Notes {
		m.notes = append(m.notes, t.name()+": "+note)
	}
	dir := filepath.Join(tree.Dir, m.repo.Prefix)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, usageErrorf("it has no folder %s, and so no service to measure: name a commit that has", m.repo.Prefix)
	}
	for _, d := range m.differences(dir) {
		note := fmt.Sprintf("%s's %s %s: %[1]s is measured as the working tree's says", t.name(), filepath.Base(m.config.Path), d)
		m.ui.say("%s", note)
		m.notes = append(m.notes, note)
	}
	return tree, nil
}

// cleanUp undoes the preparations, the last one first, even when ctx is done.
func (m *measurement) cleanUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	var errs []error
	for i := len(m.cleanups) - 1; i >= 0; i-- {
		errs = append(errs, m.cleanups[i](ctx))
	}
	m.cleanups = nil
	return errors.Join(errs...)
}

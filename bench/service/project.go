package service

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/containerd/errdefs"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// A project is a service's compose project.
type project struct {
	opts    Options
	engine  *engine
	network string // how the target is reached: profile.Published, Direct or Host
	port    string // of this machine that the target listens on, with profile.Host
	notes   []string
	up      []byte // the configuration of every start, by image ids
}

// build reads the compose files and sees that all images are there.
func (p *project) build(ctx context.Context) error {
	if err := p.chooseNetwork(ctx); err != nil {
		return err
	}
	c, err := p.config(ctx)
	if err != nil {
		return err
	}
	if p.network == profile.Direct {
		if err := p.direct(c.onBridge(p.opts.Config.Target), "the target is in no network of driver bridge"); err != nil {
			return err
		}
	}
	me, err := self()
	if err != nil {
		return err
	}
	err = c.isolate(isolation{
		root:    p.opts.root(),
		target:  p.opts.Config.Target,
		network: p.network,
		port:    p.port,
		cpus:    p.opts.CPUs,
		labels:  me.labels(p.opts.Name),
		rests:   p.engine.rests,
		ready:   p.opts.Config.Ready.Timeout,
		get:     p.opts.Config.Ready.Get,
	})
	if err != nil {
		return &ConfigError{fmt.Errorf("%s: %w", strings.Join(p.opts.Config.Compose, ", "), err)}
	}
	p.notes = c.notes
	if err := p.buildImages(ctx, c); err != nil {
		return err
	}
	ids, err := p.imageIDs(ctx, c)
	if err != nil {
		return err
	}
	c.useImages(ids)
	p.up, err = c.json()
	return err
}

// config lets compose merge, fill in and check the user's files.
func (p *project) config(ctx context.Context) (*config, error) {
	var files []string
	for _, f := range p.opts.Config.Compose {
		files = append(files, "-f", f)
	}
	var out bytes.Buffer
	words := tail{secret: p.opts.Config.Env}
	err := p.compose(nil, append(files, "config")...).start(ctx, &out, &words)
	if err != nil && ctx.Err() == nil {
		err = &ConfigError{err}
	}
	if err != nil {
		return nil, err
	}
	c, err := parseConfig(out.Bytes(), p.profiles())
	if err == nil {
		c.noteUnset(words.lines(maxTail))
	}
	return c, err
}

// unset is how both versions of compose warn of a variable without a value.
var unset = regexp.MustCompile(`The \\*"?(\w+)\\*"? variable is not set`)

// noteUnset names the variables that compose found no value for. What git
// ignores, such as a .env file, is not in the work tree.
func (c *config) noteUnset(warnings string) {
	for _, found := range unset.FindAllStringSubmatch(warnings, -1) {
		note := fmt.Sprintf("compose found no value for the variable %s: give it by service.env or service.env_file", found[1])
		if !slices.Contains(c.notes, note) {
			c.notes = append(c.notes, note)
		}
	}
}

// profiles returns the active compose profiles. Compose version 2 prints only
// what is active, and knows better than we do: its .env counts, too.
func (p *project) profiles() []string {
	if len(p.engine.compose) > 1 {
		return []string{"*"}
	}
	v, ok := p.opts.Config.Env["COMPOSE_PROFILES"]
	if !ok {
		v = os.Getenv("COMPOSE_PROFILES")
	}
	return strings.Split(v, ",")
}

// compose makes a command that acts on this project. Its files are args' where
// stdin is nil.
func (p *project) compose(stdin []byte, args ...string) command {
	argv := slices.Concat(p.engine.compose, []string{"--ansi", "never", "-p", p.opts.Name})
	if stdin != nil {
		argv = append(argv, "-f", "-")
	}
	env := append(p.opts.environ(), p.engine.env)
	if p.port != "" {
		env = append(env, "PORT="+p.port)
	}
	return command{
		argv:   append(argv, args...),
		dir:    p.opts.Dir,
		env:    env,
		secret: p.opts.Config.Env,
		stdin:  stdin,
	}
}

// buildImages builds what the project builds itself.
func (p *project) buildImages(ctx context.Context, c *config) error {
	c.tagBuilds(p.opts.Key)
	names := c.builds()
	if len(names) == 0 {
		return nil
	}
	p.opts.Log("building the images of " + strings.Join(names, ", "))
	doc, err := c.json()
	if err != nil {
		return err
	}
	return p.compose(doc, append([]string{"build"}, names...)...).runTelling(ctx, tellEvery, p.opts.Log)
}

// imageIDs returns the ids of all images by name, after pulling those that are
// missing.
func (p *project) imageIDs(ctx context.Context, c *config) (map[string]string, error) {
	ids, missing, err := p.findImages(ctx, c)
	if err != nil || len(missing) == 0 {
		return ids, err
	}
	p.opts.Log("pulling the images of " + strings.Join(missing, ", "))
	doc, err := c.json()
	if err != nil {
		return nil, err
	}
	if err := p.compose(doc, append([]string{"pull"}, missing...)...).runTelling(ctx, tellEvery, p.opts.Log); err != nil {
		return nil, err
	}
	ids, missing, err = p.findImages(ctx, c)
	if err == nil && len(missing) > 0 {
		err = fmt.Errorf("compose pulled the images of %s, and the engine has none", strings.Join(missing, ", "))
	}
	return ids, err
}

// findImages returns the ids of the images that the engine has, and the
// services whose image is missing.
func (p *project) findImages(ctx context.Context, c *config) (ids map[string]string, missing []string, err error) {
	ids = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(c.services)) {
		image, _ := c.services[name]["image"].(string)
		found, err := p.engine.ImageInspect(ctx, image)
		switch {
		case errdefs.IsNotFound(err):
			missing = append(missing, name)
		case err != nil:
			return nil, nil, fmt.Errorf("image %s of %s: %w", image, name, err)
		default:
			ids[image] = found.ID
		}
	}
	return ids, missing, nil
}

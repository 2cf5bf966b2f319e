package service

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/perfcheck/perfcheck/bench/profile"
)

// A config is a compose configuration as "compose config" prints it: merged,
// with variables filled in and paths made absolute. No error quotes its values.
type config struct {
	doc      map[string]any
	services map[string]map[string]any
	notes    []string
}

// parseConfig reads the output of "compose config" and drops the services
// that the active compose profiles leave out, which version 1 prints too.
func parseConfig(out []byte, profiles []string) (*config, error) {
	c := &config{services: map[string]map[string]any{}}
	var texts struct {
		Services map[string]struct {
			Environment map[string]*text
		}
	}
	if err := errors.Join(yaml.Unmarshal(out, &c.doc), yaml.Unmarshal(out, &texts)); err != nil {
		return nil, fmt.Errorf("what compose config prints: %s", yaml.FormatError(err, false, false))
	}
	services := object(c.doc["services"])
	if len(services) == 0 {
		return nil, errors.New("what compose config prints: there are no services")
	}
	for name, s := range services {
		svc, ok := s.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("compose service %s is empty", name)
		}
		if !active(list(svc["profiles"]), profiles) {
			continue
		}
		delete(svc, "profiles")
		if env := texts.Services[name].Environment; env != nil {
			svc["environment"] = env
		}
		c.services[name] = svc
	}
	c.doc["services"] = c.services
	return c, nil
}

// A text is a scalar as it is written. Compose version 1 prints YAML 1.1, in
// which 0o17 and 1e3 need no quotes to be text.
type text string

// UnmarshalYAML takes apart what is quoted and keeps what is not.
func (t *text) UnmarshalYAML(raw []byte) error {
	var v any
	if err := yaml.Unmarshal(raw, &v); err != nil {
		return err
	}
	s, ok := v.(string)
	if !ok {
		s = strings.TrimSpace(string(raw))
	}
	*t = text(s)
	return nil
}

func active(of, profiles []string) bool {
	return len(of) == 0 || slices.Contains(profiles, "*") ||
		slices.ContainsFunc(of, func(p string) bool { return slices.Contains(profiles, p) })
}

// An isolation is what tells a project from others on the same machine.
type isolation struct {
	root   string // folder of the arm's own, in which mounts may be written to
	target profile.Target

	network string // as in project
	port    string

	cpus   []int
	labels map[string]string
	rests  bool          // as in engine
	ready  time.Duration // how long a start may take
	get    string        // as in profile.Ready
}

// isolate edits c so that copies of the project run side by side; the package's
// documentation lists the edits. All that stands in the way is reported at once.
func (c *config) isolate(o isolation) error {
	c.ownFolders(o.root)
	if err := c.check(o); err != nil {
		return err
	}
	delete(c.doc, "name")
	waited := c.waitedFor()
	for _, name := range slices.Sorted(maps.Keys(c.services)) {
		svc := c.services[name]
		if alias, ok := svc["container_name"].(string); ok {
			delete(svc, "container_name")
			addAlias(svc, alias)
		}
		delete(svc, "ports")
		c.freeAddresses(name, svc)
		if name == o.target.Service && o.get == "" && checked(svc) && !waited[name] {
			c.notes = append(c.notes, fmt.Sprintf("the health check of %s is off, and it counts as ready once its port takes connections: "+
				"service.ready.get would ask for more", name))
		}
		c.calmHealthcheck(name, svc, waited[name], o)
		addLabels(svc, o.labels)
		if len(o.cpus) > 0 {
			svc["cpuset"] = cpuset(o.cpus)
		}
	}
	c.scale(o.target)
	c.reach(o)
	c.ownResources("networks", o.labels)
	c.ownResources("volumes", o.labels)
	return nil
}

// check finds what cannot be run twice or not be reached.
func (c *config) check(o isolation) error {
	t := o.target
	errs := c.sharedResources()
	for _, name := range slices.Sorted(maps.Keys(c.services)) {
		mode, _ := c.services[name]["network_mode"].(string)
		switch {
		case name == t.Service && o.network == profile.Host:
			errs = append(errs, c.alone(t))
		case mode == "host":
			errs = append(errs, fmt.Errorf("services.%s uses network_mode: host, so both arms would use the same ports: "+
				"override it with \"network_mode: bridge\" in a further file of service.compose", name))
		case name == t.Service && mode != "" && mode != "bridge":
			errs = append(errs, fmt.Errorf("services.%s uses network_mode: %s, so its port cannot be published: "+
				"choose another service.target", name, mode))
		}
		errs = append(errs, c.sharedByService(name, c.services[name], o.root)...)
	}
	if c.services[t.Service] == nil {
		names := strings.Join(slices.Sorted(maps.Keys(c.services)), ", ")
		errs = append(errs, fmt.Errorf("service.target: compose has no service %q: there are %s "+
			"(and those of inactive profiles: set COMPOSE_PROFILES in service.env)", t.Service, names))
	}
	return errors.Join(errs...)
}

// scale gives the target as many containers as perfcheck.yml says, if it says so.
func (c *config) scale(t profile.Target) {
	if t.Replicas == 0 {
		return
	}
	svc := c.services[t.Service]
	deploy := maps.Clone(object(svc["deploy"]))
	if deploy == nil {
		deploy = map[string]any{}
	}
	deploy["replicas"] = t.Replicas
	svc["deploy"] = deploy
	delete(svc, "scale")
}

// waitedFor returns the services whose health another one waits for.
func (c *config) waitedFor() map[string]bool {
	waited := map[string]bool{}
	for _, svc := range c.services {
		for name, d := range object(svc["depends_on"]) {
			if object(d)["condition"] == "service_healthy" {
				waited[name] = true
			}
		}
	}
	return waited
}

// checked says whether the compose file gives a service a health check.
func checked(svc map[string]any) bool {
	h := object(svc["healthcheck"])
	return h["test"] != nil && h["disable"] != true
}

// calmHealthcheck keeps health checks from burning CPU under load.
func (c *config) calmHealthcheck(name string, svc map[string]any, waited bool, o isolation) {
	switch {
	case !waited:
		svc["healthcheck"] = map[string]any{"disable": true}
	case o.rests:
		h := maps.Clone(object(svc["healthcheck"]))
		if h == nil {
			h = map[string]any{}
		}
		h["start_period"], h["start_interval"] = o.ready.String(), "500ms"
		h["interval"] = "24h"
		svc["healthcheck"] = h
	default:
		c.notes = append(c.notes, fmt.Sprintf("the health check of %s goes on under load, and its CPU counts: "+
			"Docker 25 with Compose 2.20 could let it rest", name))
	}
}

// freeAddresses drops fixed addresses, which two networks cannot share.
func (c *config) freeAddresses(name string, svc map[string]any) {
	for net, n := range object(svc["networks"]) {
		for _, key := range []string{"ipv4_address", "ipv6_address", "link_local_ips"} {
			if object(n)[key] != nil {
				delete(object(n), key)
				c.notes = append(c.notes, fmt.Sprintf("%s has no fixed address in network %s here", name, net))
			}
		}
	}
}

// ownResources gives networks or volumes names of the project's own and labels.
func (c *config) ownResources(kind string, labels map[string]string) {
	all := maps.Clone(object(c.doc[kind]))
	if all == nil {
		all = map[string]any{}
	}
	if kind == "networks" && all["default"] == nil {
		all["default"] = map[string]any{}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		r := maps.Clone(object(all[name]))
		if r == nil {
			r = map[string]any{}
		}
		delete(r, "name")
		delete(r, "external")
		if r["ipam"] != nil && r["enable_ipv6"] == true { // engines before 27 want a subnet for it
			delete(r, "enable_ipv6")
			c.notes = append(c.notes, fmt.Sprintf("network %s has no IPv6 here", name))
		}
		delete(r, "ipam")
		if o := maps.Clone(object(r["driver_opts"])); o != nil {
			delete(o, "com.docker.network.bridge.name")
			r["driver_opts"] = o
		}
		addLabels(r, labels)
		all[name] = r
	}
	c.doc[kind] = all
}

// builds returns the services with an image of their own to build.
func (c *config) builds() []string {
	var names []string
	for name, svc := range c.services {
		if svc["build"] != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// tagBuilds names the images to build, and lets services that use another
// one's image by its old name follow.
func (c *config) tagBuilds(key string) {
	renamed := map[string]string{}
	for _, name := range c.builds() {
		svc := c.services[name]
		tag := "perfcheck/" + strings.ToLower(name) + ":" + key
		if old, ok := svc["image"].(string); ok {
			renamed[old] = tag
		}
		svc["image"] = tag
		if b := object(svc["build"]); b != nil {
			delete(b, "tags")
			addLabels(b, map[string]string{labelImage: "true"})
		}
	}
	for _, svc := range c.services {
		name, _ := svc["image"].(string)
		if tag := renamed[name]; svc["build"] == nil && tag != "" {
			svc["image"] = tag
		}
	}
}

// useImages replaces what a service is built or pulled from by the id of the
// image that it led to.
func (c *config) useImages(ids map[string]string) {
	for _, svc := range c.services {
		delete(svc, "build")
		delete(svc, "pull_policy")
		if name, ok := svc["image"].(string); ok {
			svc["image"] = ids[name]
		}
	}
}

func (c *config) json() ([]byte, error) { return json.Marshal(c.doc) }

// addAlias lets a container be found by name in all its networks.
func addAlias(svc map[string]any, name string) {
	if svc["network_mode"] != nil {
		return
	}
	nets := map[string]any{}
	for _, n := range list(svc["networks"]) {
		nets[n] = nil
	}
	maps.Copy(nets, object(svc["networks"]))
	if len(nets) == 0 {
		nets["default"] = nil
	}
	for n, v := range nets {
		attached := maps.Clone(object(v))
		if attached == nil {
			attached = map[string]any{}
		}
		attached["aliases"] = append(list(attached["aliases"]), name)
		nets[n] = attached
	}
	svc["networks"] = nets
}

// addLabels adds to labels of either form.
func addLabels(to map[string]any, labels map[string]string) {
	all := map[string]any{}
	for _, l := range list(to["labels"]) {
		k, v, _ := strings.Cut(l, "=")
		all[k] = v
	}
	maps.Copy(all, object(to["labels"]))
	for k, v := range labels {
		all[k] = v
	}
	to["labels"] = all
}

// object returns v as an object, nil where it is none.
func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// list returns the strings of v, nil where it is no list.
func list(v any) []string {
	var out []string
	items, _ := v.([]any)
	for _, i := range items {
		if s, ok := i.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// cpuset writes CPU numbers as cgroups take them.
func cpuset(cpus []int) string {
	var s []string
	for _, c := range cpus {
		s = append(s, strconv.Itoa(c))
	}
	return strings.Join(s, ",")
}

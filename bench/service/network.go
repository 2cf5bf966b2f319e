package service

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/system"
	"github.com/moby/moby/client"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// How the load reaches the target. A published port passes a proxy of the
// engine, which takes about as much CPU as a small service and adds some 50 µs.
// Where the engine's networks are on this machine the container's own address
// is reached without. The host's network has no bridge in between either, but
// then the service must listen where it is told to.

// chooseNetwork finds out how containers are reached. It depends on nothing but
// the configuration and the engine, so that it is the same for all arms.
func (p *project) chooseNetwork(ctx context.Context) error {
	p.network = p.opts.Config.Network
	switch p.network {
	case profile.Published:
		return nil
	case profile.Host:
		var err error
		p.port, err = quietPort()
		return err
	}
	here, err := p.engine.bridged(ctx)
	if err != nil {
		return err
	}
	return p.direct(here, "the engine's networks are not on this machine")
}

// direct chooses that way where it works, and says why it does not where the
// user asked for it.
func (p *project) direct(works bool, why string) error {
	switch {
	case works:
		p.network = profile.Direct
	case p.opts.Config.Network == profile.Direct:
		return &ConfigError{fmt.Errorf("service.network: direct: %s: write published", why)}
	default:
		p.network = profile.Published
	}
	return nil
}

// bridged says whether the engine's default bridge is a network of this
// machine, as it is not where the engine runs in a virtual machine or without
// privileges. An address alone would not tell: another engine that runs on this
// machine may have the same.
func (e *engine) bridged(ctx context.Context) (bool, error) {
	told, err := e.Info(ctx, client.InfoOptions{})
	if err != nil {
		return false, fmt.Errorf("ask the container engine about itself: %w", err)
	}
	release, err := kernel()
	if err != nil {
		return false, err
	}
	if !sharesNetwork(told.Info, release) {
		return false, nil
	}
	found, err := e.NetworkInspect(ctx, "bridge", client.NetworkInspectOptions{})
	if err != nil {
		return false, ctx.Err() // engines without one publish ports all the same
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return false, err
	}
	for _, c := range found.Network.IPAM.Config {
		gateway := c.Gateway
		if !gateway.IsValid() { // the first address, if nobody says otherwise
			gateway = c.Subnet.Masked().Addr().Next()
		}
		for _, a := range own {
			if prefix, err := netip.ParsePrefix(a.String()); err == nil && prefix.Addr() == gateway {
				return true, nil
			}
		}
	}
	return false, nil
}

// sharesNetwork says whether an engine can be in the network of this machine, by
// what it tells of itself.
func sharesNetwork(engine system.Info, kernel string) bool {
	rootless := slices.ContainsFunc(engine.SecurityOptions, func(o string) bool {
		return slices.Contains(strings.Split(o, ","), "name=rootless")
	})
	return !rootless && engine.KernelVersion == kernel
}

// onBridge says whether the target is in a network that this machine has an
// address in, as it is not in those of most other drivers.
func (c *config) onBridge(t profile.Target) bool {
	svc := c.services[t.Service]
	if mode := svc["network_mode"]; mode != nil {
		return mode == bridge || mode == "default"
	}
	names := slices.Concat(list(svc["networks"]), slices.Collect(maps.Keys(object(svc["networks"]))))
	if len(names) == 0 {
		names = []string{"default"}
	}
	return slices.ContainsFunc(names, func(name string) bool {
		driver := object(object(c.doc["networks"])[name])["driver"]
		return driver == nil || driver == "" || driver == bridge
	})
}

// bridge is the driver of networks that this machine is in.
const bridge = "bridge"

// bridges returns the ids of the engine's networks of that driver.
func (e *engine) bridges(ctx context.Context) (map[string]bool, error) {
	found, err := e.NetworkList(ctx, client.NetworkListOptions{Filters: client.Filters{}.Add("driver", bridge)})
	if err != nil {
		return nil, fmt.Errorf("list networks: %w", err)
	}
	ids := map[string]bool{}
	for _, n := range found.Items {
		ids[n.ID] = true
	}
	return ids, nil
}

// reach edits the target such that it can be reached.
func (c *config) reach(o isolation) {
	svc := c.services[o.target.Service]
	switch o.network {
	case profile.Host:
		svc["network_mode"] = "host"
		delete(svc, "networks")
	case profile.Published:
		svc["ports"] = []string{fmt.Sprintf("127.0.0.1::%d", o.target.Port)}
	}
}

// alone says why the target cannot be in the host's network: it would not find
// the others there by their names.
func (c *config) alone(t profile.Target) error {
	svc := c.services[t.Service]
	if svc["depends_on"] == nil && svc["links"] == nil {
		return nil
	}
	return fmt.Errorf("services.%s needs others, which it cannot find by name in the host's network: write service.network: direct", t.Service)
}

// address returns where the target's container is reached, "" before it is.
func (p *project) address(ctx context.Context, c container.Summary) (string, error) {
	port := p.opts.Config.Target.Port
	switch p.network {
	case profile.Host:
		return net.JoinHostPort("127.0.0.1", p.port), nil
	case profile.Direct:
		bridges, err := p.engine.bridges(ctx)
		return inside(c, port, bridges), err
	}
	return published(c.Ports, port), nil
}

// inside returns the address of a container in the first of its bridges by name.
func inside(c container.Summary, port int, bridges map[string]bool) string {
	if c.NetworkSettings == nil {
		return ""
	}
	networks := c.NetworkSettings.Networks
	for _, name := range slices.Sorted(maps.Keys(networks)) {
		if ip := networks[name].IPAddress; ip.IsValid() && bridges[networks[name].NetworkID] {
			return netip.AddrPortFrom(ip, uint16(port)).String()
		}
	}
	return ""
}

package service

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"

	"github.com/moby/moby/api/types/container"
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
		p.port, err = freePort()
		return err
	}
	here, err := p.engine.bridged(ctx)
	switch {
	case err != nil:
		return err
	case here:
		p.network = profile.Direct
	case p.network == profile.Direct:
		return &ConfigError{errors.New("service.network: direct: the engine's networks are not on this machine: write published")}
	default:
		p.network = profile.Published
	}
	return nil
}

// bridged says whether the engine's default bridge is a network of this
// machine, as it is not where the engine runs in a virtual machine or without
// privileges.
func (e *engine) bridged(ctx context.Context) (bool, error) {
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
func (p *project) address(c container.Summary) string {
	port := p.opts.Config.Target.Port
	switch p.network {
	case profile.Host:
		return net.JoinHostPort("127.0.0.1", p.port)
	case profile.Direct:
		return inside(c, port)
	}
	return published(c.Ports, port)
}

// inside returns the address of a container in the first of its networks by name.
func inside(c container.Summary, port int) string {
	if c.NetworkSettings == nil {
		return ""
	}
	networks := c.NetworkSettings.Networks
	for _, name := range slices.Sorted(maps.Keys(networks)) {
		if ip := networks[name].IPAddress; ip.IsValid() {
			return netip.AddrPortFrom(ip, uint16(port)).String()
		}
	}
	return ""
}

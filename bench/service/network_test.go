package service

import (
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/system"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// TestNetwork reaches two services at once in each way.
func TestNetwork(t *testing.T) {
	t.Parallel()
	e := docker(t)
	here, err := e.bridged(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const onHost = "services: {api: {build: ., command: [-addr, '127.0.0.1:${PORT}']}}"
	for _, tt := range []struct{ network, file, how string }{
		{profile.Published, oneService, ""},
		{profile.Direct, oneService, ", network direct"},
		{profile.Host, onHost, ", network host"},
	} {
		t.Run(tt.network, func(t *testing.T) {
			t.Parallel()
			if !here && tt.network != profile.Published {
				t.Skip("the engine's networks are not on this machine")
			}
			addrs := map[string]bool{}
			for _, side := range []string{"base", "head"} {
				c := inContainers()
				c.Network = tt.network
				s := built(t, Options{Config: c, Mode: Compose, Dir: folder(t, "docker-compose.yml", tt.file), Name: unique(side)})
				if got := s.Engine(); got != e.version+tt.how {
					t.Errorf("engine %q, want %q", got, e.version+tt.how)
				}
				in := started(t, s)
				addrs[in.Addrs()[0]] = true
				fetch(t, "http://"+in.Addrs()[0])
				if proxy := in.Proxy(); (proxy != 0) != (tt.network == profile.Published && here) {
					t.Errorf("the proxy is process %d", proxy)
				}
			}
			if len(addrs) != 2 {
				t.Errorf("two services share an address: %v", addrs)
			}
		})
	}
}

func TestReach(t *testing.T) {
	const db = "services: {api: {image: x, depends_on: [db], networks: [n]}, db: {image: x}}"
	_, err := edited(t, db, isolation{network: profile.Host})
	wantWords(t, err, "services.api needs others", "write service.network: direct")
	c, err := edited(t, "services: {api: {image: x, networks: [n], ports: ['1:1']}}", isolation{network: profile.Host})
	if svc := c.services["api"]; err != nil || svc["network_mode"] != "host" || svc["networks"] != nil || svc["ports"] != nil {
		t.Errorf("on the host: %v, %v", svc, err)
	}
	c, err = edited(t, "services: {api: {image: x, ports: ['1:1']}}", isolation{network: profile.Direct})
	if svc := c.services["api"]; err != nil || svc["ports"] != nil {
		t.Errorf("direct: %v, %v", svc, err)
	}
}

// Load goes to an address inside only where it is this machine's engine that has it.
func TestSharesNetwork(t *testing.T) {
	const kernel = "6.1"
	for _, tt := range []struct {
		name   string
		engine system.Info
		want   bool
	}{
		{"on this machine", system.Info{KernelVersion: kernel, SecurityOptions: []string{"name=seccomp,profile=builtin"}}, true},
		{"rootless", system.Info{KernelVersion: kernel, SecurityOptions: []string{"name=seccomp,profile=builtin", "name=rootless"}}, false},
		{"in a virtual machine", system.Info{KernelVersion: "6.2-linuxkit"}, false},
	} {
		if got := sharesNetwork(tt.engine, kernel); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestOnBridge(t *testing.T) {
	const networks = "\nnetworks: {lan: {driver: macvlan}, back: {}, front: {driver: bridge}}"
	for service, want := range map[string]bool{
		"{image: x}":                                   true,
		"{image: x, network_mode: bridge}":             true,
		"{image: x, networks: [lan]}":                  false,
		"{image: x, networks: {lan: null}}":            false,
		"{image: x, networks: [lan, back]}":            true,
		"{image: x, networks: {lan: {}, front: null}}": true,
	} {
		c, err := parseConfig([]byte("services: {api: "+service+"}"+networks), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.onBridge(profile.Target{Service: "api"}); got != want {
			t.Errorf("%s: %v", service, got)
		}
	}
}

func TestInside(t *testing.T) {
	at := func(id, ip string) *network.EndpointSettings {
		return &network.EndpointSettings{NetworkID: id, IPAddress: netip.MustParseAddr(ip)}
	}
	c := container.Summary{NetworkSettings: &container.NetworkSettingsSummary{Networks: map[string]*network.EndpointSettings{
		"a": at("lan", "192.0.2.1"), "b": at("back", "172.18.0.2"), "c": at("front", "172.19.0.2")}}}
	if got := inside(c, 80, map[string]bool{"back": true, "front": true}); got != "172.18.0.2:80" {
		t.Errorf("got %q", got)
	}
	if got := inside(c, 80, nil); got != "" {
		t.Errorf("without a bridge: %q", got)
	}
}

// A port for the host's network is none that the kernel gives away.
func TestQuietPort(t *testing.T) {
	end, err := ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	text, err := quietPort()
	// Some machines let the kernel choose among nearly all ports.
	if port, _ := strconv.Atoi(text); err != nil || port <= 1024 || end > 20000 && port >= end {
		t.Errorf("got %q, %v; want one below %d", text, err, end)
	}
}

func TestIsProxy(t *testing.T) {
	const line = "/usr/bin/docker-proxy -proto tcp -host-ip 127.0.0.1 -host-port 49153 -container-ip 172.17.0.2 -container-port 8080"
	for _, tt := range []struct {
		line, port string
		want       bool
	}{
		{line, "49153", true},
		{line, "8080", false},
		{"grep docker-proxy -host-port 49153", "49153", false},
		{"docker-proxy -host-port", "49153", false},
		{"", "49153", false},
	} {
		if got := isProxy(strings.Split(tt.line, " "), tt.port); got != tt.want {
			t.Errorf("%q, port %s: %v", tt.line, tt.port, got)
		}
	}
}

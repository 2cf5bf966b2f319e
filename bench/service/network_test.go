package service

import (
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// TestNetwork reaches two services at once in each way.
func TestNetwork(t *testing.T) {
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

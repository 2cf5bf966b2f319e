package service

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// An Offer is a port that a compose project publishes, and so a target that can
// be measured.
type Offer struct {
	profile.Target
	Built  bool   // its image is built here, not pulled
	Health string // path that its health check asks for; empty where none is seen
}

// Offers returns what the compose files in dir publish, by service and port, and
// a check that says what keeps the project from being run twice with a target, one
// problem a line. It asks the compose command alone: no engine need answer.
func Offers(ctx context.Context, dir string, files []string) (offers []Offer, check func(profile.Target) error, err error) {
	argv, _, err := findCompose(ctx)
	if err != nil {
		return nil, nil, err
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, nil, err
	}
	p := &project{opts: Options{Dir: root, Name: "perfcheck", Config: profile.Service{Compose: files}}, engine: &engine{compose: argv}}
	c, err := p.config(ctx)
	if err != nil {
		return nil, nil, err
	}
	return c.offers(), func(t profile.Target) error { return c.check(isolation{target: t, root: root}) }, nil
}

func (c *config) offers() (all []Offer) {
	for _, name := range slices.Sorted(maps.Keys(c.services)) {
		svc := c.services[name]
		ports, _ := svc["ports"].([]any)
		for _, p := range ports {
			offer := Offer{profile.Target{Service: name, Port: containerPort(p)}, svc["build"] != nil, healthPath(svc)}
			if offer.Port > 0 && !slices.Contains(all, offer) {
				all = append(all, offer)
			}
		}
	}
	return all
}

// containerPort returns the port inside the container of an entry of ports, which
// version 1 of compose writes as "8080:80/tcp"; 0 where it is not of TCP.
func containerPort(entry any) int {
	text, short := entry.(string)
	protocol := ""
	if short {
		text, protocol, _ = strings.Cut(text[strings.LastIndexByte(text, ':')+1:], "/")
	} else {
		text, protocol = scalar(object(entry)["target"]), scalar(object(entry)["protocol"])
	}
	port, err := strconv.Atoi(text)
	if err != nil || protocol != "" && protocol != "tcp" {
		return 0
	}
	return port
}

// scalar returns a number or text as text.
func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case uint64:
		return strconv.FormatUint(v, 10)
	default:
		return ""
	}
}

var address = regexp.MustCompile(`https?://[^\s"'|;&)]+`)

// healthPath returns the path of the first address that a health check asks for.
func healthPath(svc map[string]any) string {
	test := object(svc["healthcheck"])["test"]
	words := append(list(test), scalar(test))
	found, err := url.Parse(address.FindString(strings.Join(words, " ")))
	if err != nil {
		return ""
	}
	return found.EscapedPath()
}

// composeFiles are the names that compose looks for, in its order.
var composeFiles = []string{"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"}

// FindCompose returns the name of the compose file in dir that compose would take.
func FindCompose(dir string) (string, error) {
	for _, name := range composeFiles {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return name, nil
		}
	}
	return "", errors.New("no compose file here: there is no " + strings.Join(composeFiles, ", "))
}

package profile

import (
	"maps"
	"net/url"
	"strconv"
	"strings"

	"github.com/joho/godotenv"
)

func (r *reader) service(n *node) Service {
	s := DefaultService
	var fromFiles map[string]string
	r.fields(n, map[string]func(*node){
		"compose":  func(n *node) { s.Compose = r.files(n) },
		"command":  func(n *node) { s.Command = r.strs(n) },
		"url":      func(n *node) { s.URL, s.Replicas = r.urls(n) },
		"balance":  func(n *node) { s.Balance = r.balance(n) },
		"tls":      func(n *node) { s.TLS = r.tls(n) },
		"protocol": func(n *node) { s.Protocol = r.protocol(n) },
		"build":    func(n *node) { s.Build = r.strs(n) },
		"env":      func(n *node) { s.Env = r.texts(n) },
		"target":   func(n *node) { s.Target = r.target(n) },
		"ready":    func(n *node) { s.Ready = r.ready(n) },
		"isolate":  func(n *node) { s.Isolate = r.isolate(n) },

		"network":       func(n *node) { s.Network = r.oneOf(n, Published, Direct, Host) },
		"env_file":      func(n *node) { fromFiles = r.envFiles(n) },
		"build_timeout": func(n *node) { s.BuildTimeout = r.duration(n) },
	})
	if n.kind == mapping {
		r.checkService(n, &s)
		r.checkBalance(n, &s)
		r.checkProtocol(n, &s)
	}
	if fromFiles != nil {
		maps.Copy(fromFiles, s.Env) // what stands in perfcheck.yml wins
		s.Env = fromFiles
	}
	return s
}

// envFiles reads variables from files beside perfcheck.yml, which git need not
// know; of two files the later one wins. No error quotes a value.
func (r *reader) envFiles(n *node) map[string]string {
	out := map[string]string{}
	for _, name := range r.files(n) {
		if name == "" {
			continue
		}
		data, err := readBeside(r.env, name, maxData)
		if err != nil {
			r.bad(n, "%v", err)
			continue
		}
		values, err := godotenv.UnmarshalBytes(data)
		if err != nil {
			r.bad(n, "%s: want lines of NAME=value, as in a .env file", name)
		}
		maps.Copy(out, values)
	}
	return out
}

// checkService reports keys that are missing or exclude each other.
func (r *reader) checkService(n *node, s *Service) {
	compose, command, url := n.field("compose"), n.field("command"), n.field("url")
	if compose == nil && command == nil && url == nil {
		r.bad(n, "want compose, command or url: how is the service started?")
	}
	if compose != nil && n.field("target") == nil {
		r.bad(n, "target is missing: write the compose service and its port, as in api:8080")
	}
	for _, key := range []string{"target", "network"} {
		if f := n.field(key); f != nil && compose == nil {
			r.bad(f, "has no effect without compose")
		}
	}
	if url == nil {
		return
	}
	if tls := n.field("tls"); tls != nil && strings.HasPrefix(s.URL, "http:") {
		r.bad(tls, "has no effect with %s: write https, or remove tls", s.URL)
	}
	for _, other := range []string{"compose", "command", "build", "build_timeout", "env", "env_file"} {
		if f := n.field(other); f != nil {
			r.bad(f, "has no effect with url, which means a service that runs already: remove one of them")
		}
	}
}

func (r *reader) files(n *node) []string {
	if n.kind == list {
		return r.strs(n)
	}
	return []string{r.str(n)}
}

func (r *reader) url(n *node) string {
	s := strings.TrimSuffix(r.str(n), "/")
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || s != u.Scheme+"://"+u.Host {
		r.bad(n, "want http://host:port or https://host:port, got %s", n)
	} else if port, err := strconv.Atoi(u.Port()); u.Port() != "" && (err != nil || port < 1 || port > 65535) {
		r.bad(n, "want a port from 1 to 65535, got %s", u.Port())
	}
	return s
}

// target reads api:8080, or a map with the number of replicas.
func (r *reader) target(n *node) (t Target) {
	if n.kind != mapping {
		service, digits, _ := strings.Cut(r.str(n), ":")
		port, err := strconv.Atoi(digits)
		if service == "" || err != nil || port < 1 || port > 65535 {
			r.bad(n, "want the compose service and its port, as in api:8080, got %s", n)
		}
		return Target{Service: service, Port: port}
	}
	r.fields(n, map[string]func(*node){
		"service":  func(n *node) { t.Service = r.str(n) },
		"port":     func(n *node) { t.Port = int(r.integer(n, 1, 65535)) },
		"replicas": func(n *node) { t.Replicas = int(r.integer(n, 2, 100)) },
	})
	for _, key := range []string{"service", "port"} {
		if n.field(key) == nil {
			r.bad(n, "%s is missing: write {service: api, port: 8080, replicas: 3}", key)
		}
	}
	return t
}

func (r *reader) ready(n *node) Ready {
	ready := DefaultService.Ready
	r.fields(n, map[string]func(*node){
		"get":     func(n *node) { ready.Get = r.path(n) },
		"timeout": func(n *node) { ready.Timeout = r.duration(n) },
	})
	return ready
}

// path reads what stands in a request line.
func (r *reader) path(n *node) string {
	s := r.str(n)
	if s != "" && !strings.HasPrefix(s, "/") {
		r.bad(n, "want a path that starts with /, got %s", n)
	}
	return s
}

// isolate reads auto or off. YAML 1.1, which many editors still speak, reads
// off as false.
func (r *reader) isolate(n *node) string {
	if off(n) {
		return Off
	}
	return r.oneOf(n, Auto, Off)
}

func off(n *node) bool { return n.value == Off || n.value == false }

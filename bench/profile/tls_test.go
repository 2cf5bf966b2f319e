package profile

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"syscall"
	"testing"
)

// certificates writes ca.pem, cert.pem with key.pem, and other.pem without one to a folder.
func certificates(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	key, err := x509.MarshalPKCS8PrivateKey(server.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"ca.pem":   {Type: "CERTIFICATE", Bytes: server.Certificate().Raw},
		"cert.pem": {Type: "CERTIFICATE", Bytes: server.Certificate().Raw},
		"key.pem":  {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// secure is a file whose service has these keys.
func secure(keys string) []byte {
	return fmt.Appendf(nil, "version: 1\nservice: {%s}\nprofiles: {p: {arrival: {rate: 1/s}, scenarios: [{steps: [{GET: /}]}]}}\n", keys)
}

func TestTLS(t *testing.T) {
	file := filepath.Join(certificates(t), "perfcheck.yml")
	for keys, wrong := range map[string]func(*tls.Config) bool{
		"url: http://shop":  func(c *tls.Config) bool { return c != nil },
		"url: https://shop": func(c *tls.Config) bool { return c == nil || c.RootCAs != nil || c.InsecureSkipVerify },
		"command: [x], tls: {insecure: true}": func(c *tls.Config) bool {
			return c == nil || !c.InsecureSkipVerify
		},
		"command: [x], tls: {ca: ca.pem, cert: cert.pem, key: key.pem, server_name: shop.example}": func(c *tls.Config) bool {
			return c == nil || c.RootCAs == nil || len(c.Certificates) != 1 || c.ServerName != "shop.example"
		},
	} {
		c, err := parse(file, secure(keys))
		if err != nil {
			t.Errorf("%s: %v", keys, err)
			continue
		}
		if got, err := c.Service.ClientTLS(); err != nil || wrong(got) {
			t.Errorf("%s: got %+v, %v", keys, got, err)
		}
	}
}

func TestTLSProblems(t *testing.T) {
	dir := certificates(t)
	file := filepath.Join(dir, "perfcheck.yml")
	put(t, dir, "big.pem", "")
	if err := os.Truncate(filepath.Join(dir, "big.pem"), maxPEM+1); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for keys, want := range map[string]string{
		"url: http://shop, tls: {insecure: true}": `service.tls: has no effect with http://shop: write https, or remove tls`,
		"command: [x], tls: {}":                   `service.tls: want ca, cert and key, server_name or insecure: true`,
		"command: [x], tls: {cert: cert.pem}":     `service.tls.cert: key is missing: name the file with this certificate's key`,
		"command: [x], tls: {key: key.pem}":       `service.tls.key: cert is missing: name the file with this key's certificate`,
		"command: [x], tls: {ca: no.pem}":         `service.tls.ca: ` + dir + `/no.pem: no such file or directory`,
		"command: [x], tls: {ca: key.pem}": `service.tls.ca: key.pem: no certificate in it: want PEM, which begins with ` +
			`-----BEGIN CERTIFICATE-----`,
		"command: [x], tls: {cert: cert.pem, key: no.pem}":   `service.tls.key: ` + dir + `/no.pem: no such file or directory`,
		"command: [x], tls: {ca: /dev/zero}":                 `service.tls.ca: /dev/zero: want a regular file, got a device`,
		"command: [x], tls: {ca: .}":                         `service.tls.ca: .: want a regular file, got a folder`,
		"command: [x], tls: {cert: pipe, key: key.pem}":      `service.tls.cert: pipe: want a regular file, got a pipe`,
		"command: [x], tls: {cert: cert.pem, key: pipe}":     `service.tls.key: pipe: want a regular file, got a pipe`,
		"command: [x], tls: {cert: cert.pem, key: big.pem}":  `service.tls.key: big.pem: more than 4 MiB, which perfcheck would keep in memory: use a smaller one`,
		"command: [x], tls: {cert: cert.pem, key: cert.pem}": `service.tls.cert: cert.pem and cert.pem: tls: found a certificate rather than a key in the PEM for the private key`,
		"command: [x], tls: {ca: ca.pem, insecure: true}":    `service.tls.ca: has no effect with insecure: remove one of them`,
	} {
		_, err := parse(file, secure(keys))
		problems, ok := err.(Problems)
		if !ok || len(problems) != 1 || problems[0].Path+": "+problems[0].Message != want || problems[0].Pos.Line != 2 {
			t.Errorf("%s:\n got %v\nwant %s", keys, err, want)
		}
	}
}

func TestProtocols(t *testing.T) {
	const file = "version: 1\nservice: {%s}\nprofiles: {p: {%s, arrival: {rate: 1/s}, scenarios: [{steps: [{GET: /}]}]}}\n"
	tests := []struct{ service, profile, want string }{
		{"url: http://a", "seed: 1", ""},
		{"url: http://a, protocol: auto", "keep_alive: false", ""},
		{"url: https://a, protocol: http2", "connections: 2", ""},
		{"command: [x], protocol: h2c", "keep_alive: true", "profiles.p.keep_alive: has no effect with service.protocol: h2c, which keeps its connections: remove one of them"},
		{"command: [x], tls: {insecure: true}, protocol: http2", "seed: 1", ""},
		{"url: http://a, protocol: http2", "seed: 1", "service.protocol: http2 is spoken over TLS: write h2c for a service without, else give service.tls or an https url"},
		{"url: https://a, protocol: h2c", "seed: 1", "service.protocol: h2c is HTTP/2 without TLS: write http2"},
		{"url: http://a, protocol: http3", "connections: 2", `service.protocol: want auto, http1, http2 or h2c, got "http3"`},
		{"url: https://a", "connections: 2", "profiles.p.connections: has no effect with HTTP/1.1, where each user has a connection: write service.protocol: http2 or h2c"},
		{"url: http://a", "busy_poll: true", ""},
		{"url: https://a", "busy_poll: true", "profiles.p.busy_poll: perfcheck polls over plain HTTP/1.1 only: remove it"},
		{"url: http://a, protocol: h2c", "busy_poll: true", "profiles.p.busy_poll: perfcheck polls over plain HTTP/1.1 only: remove it"},
		{"url: http://a, protocol: h2c", "connections: 0", "profiles.p.connections: want a whole number from 1 to 10000, got 0"},
	}
	for _, test := range tests {
		_, err := parse("x.yml", fmt.Appendf(nil, file, test.service, test.profile))
		got := ""
		if problems, ok := err.(Problems); ok && len(problems) == 1 {
			got = problems[0].Path + ": " + problems[0].Message
		} else if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s; %s:\n got %s\nwant %s", test.service, test.profile, got, test.want)
		}
	}
}

func TestTargets(t *testing.T) {
	tests := []struct {
		service string
		want    string // a problem
		targets int
		balance Balance
	}{
		{"url: http://a", "", 1, Balance{}},
		{"url: [http://a, http://b], balance: round_robin", "", 2, Balance{}},
		{"url: [http://a, http://b], balance: {weights: [3, 1]}", "", 2, Balance{Weights: []int{3, 1}}},
		{"compose: c.yml, target: {service: api, port: 80, replicas: 3}, balance: fastest", "", 3, Balance{Way: Fastest}},
		{"url: http://a:65536", "service.url: want a port from 1 to 65535, got 65536", 0, Balance{}},
		{"url: [http://a, http://a]", "service.url[1]: written twice", 0, Balance{}},
		{"url: [http://a, https://b]", "service.url[1]: want the scheme of the first, as all targets are reached alike: http://a", 0, Balance{}},
		{"url: http://a, balance: random", "service.balance: has no effect with one target: give several urls, or target.replicas", 0, Balance{}},
		{"url: [http://a, http://b], balance: {weights: [1]}", "service.balance.weights: want one for each of the 2 targets, got 1", 0, Balance{}},
		{"url: [http://a, http://b], balance: {}", "service.balance: weights are missing: write one for each target, as in [3, 1]", 0, Balance{}},
		{"url: [http://a, http://b], balance: slowest", `service.balance: want round_robin, random, least_connections or fastest, got "slowest"`, 0, Balance{}},
		{"compose: c.yml, target: {service: api, replicas: 3}", "service.target: port is missing: write {service: api, port: 8080, replicas: 3}", 0, Balance{}},
	}
	for _, test := range tests {
		c, err := parse("x.yml", secure(test.service))
		problems, _ := err.(Problems)
		switch {
		case test.want == "" && (err != nil || c.Service.Targets() != test.targets || !reflect.DeepEqual(c.Service.Balance, test.balance)):
			t.Errorf("%s: %d targets, %+v, %v", test.service, c.Service.Targets(), c.Service.Balance, err)
		case test.want != "" && (len(problems) != 1 || problems[0].Path+": "+problems[0].Message != test.want):
			t.Errorf("%s:\n got %v\nwant %s", test.service, err, test.want)
		}
	}
}

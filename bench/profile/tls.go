package profile

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
)

// A TLS says how the service's certificate is checked, and which one is shown
// to it. The zero value is TLS only where the service's URL is https, with the
// certificates that this machine trusts.
type TLS struct {
	CA         string `json:",omitzero"` // file with the certificates to trust instead of the machine's
	Cert       string `json:",omitzero"` // file with the client's certificate
	Key        string `json:",omitzero"` // file with its key
	ServerName string `json:",omitzero"` // on the service's certificate; empty: the host that is connected to
	Insecure   bool   `json:",omitzero"` // any certificate will do

	dir string // the files are relative to it
}

// maxPEM bounds a file of certificates or a key, in bytes; what a machine trusts
// takes some 200 KiB.
const maxPEM = 4 << 20

// Encrypted says whether the service is reached by TLS.
func (s *Service) Encrypted() bool {
	return s.TLS != TLS{} || encrypted(s.URL)
}

func encrypted(url string) bool { return strings.HasPrefix(url, "https:") }

// ClientTLS reads the files that service.tls names. It returns nil where the
// service is not reached by TLS.
func (s *Service) ClientTLS() (*tls.Config, error) {
	if !s.Encrypted() {
		return nil, nil
	}
	roots, err := s.TLS.authorities()
	if err != nil {
		return nil, fmt.Errorf("service.tls.ca: %w", err)
	}
	certificates, err := s.TLS.certificates()
	if err != nil {
		return nil, fmt.Errorf("service.tls.cert: %w", err)
	}
	return &tls.Config{
		RootCAs:            roots,
		Certificates:       certificates,
		ServerName:         s.TLS.ServerName,
		InsecureSkipVerify: s.TLS.Insecure,
	}, nil
}

// authorities returns nil for those of the machine.
func (t *TLS) authorities() (*x509.CertPool, error) {
	if t.CA == "" {
		return nil, nil
	}
	data, err := readBeside(t.dir, t.CA, maxPEM)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("%s: no certificate in it: want PEM, which begins with -----BEGIN CERTIFICATE-----", t.CA)
	}
	return pool, nil
}

func (t *TLS) certificates() ([]tls.Certificate, error) {
	if t.Cert == "" {
		return nil, nil
	}
	cert, err := readBeside(t.dir, t.Cert, maxPEM)
	if err != nil {
		return nil, err
	}
	key, err := readBeside(t.dir, t.Key, maxPEM)
	if err != nil {
		return nil, err
	}
	c, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("%s and %s: %w", t.Cert, t.Key, err)
	}
	return []tls.Certificate{c}, nil
}

func (r *reader) tls(n *node) TLS {
	t := TLS{dir: r.dir}
	r.fields(n, map[string]func(*node){
		"ca":          func(n *node) { t.CA = r.str(n) },
		"cert":        func(n *node) { t.Cert = r.str(n) },
		"key":         func(n *node) { t.Key = r.str(n) },
		"server_name": func(n *node) { t.ServerName = r.str(n) },
		"insecure":    func(n *node) { t.Insecure = r.boolean(n) },
	})
	if n.kind == mapping {
		r.checkTLS(n, &t)
	}
	return t
}

func (r *reader) checkTLS(n *node, t *TLS) {
	ca, cert, key := n.field("ca"), n.field("cert"), n.field("key")
	switch {
	case *t == TLS{dir: t.dir}:
		r.bad(n, "want ca, cert and key, server_name or insecure: true")
	case cert != nil && key == nil:
		r.bad(cert, "key is missing: name the file with this certificate's key")
	case key != nil && cert == nil:
		r.bad(key, "cert is missing: name the file with this key's certificate")
	case t.Cert != "" && t.Key != "":
		r.checkPair(cert, key, t)
	}
	if ca == nil {
		return
	}
	if _, err := t.authorities(); err != nil {
		r.bad(ca, "%v", err)
	}
	if t.Insecure {
		r.bad(ca, "has no effect with insecure: remove one of them")
	}
}

// checkPair reports a certificate and its key that cannot be read, or are no pair.
func (r *reader) checkPair(cert, key *node, t *TLS) {
	known := len(r.problems)
	for _, n := range []*node{cert, key} {
		if _, err := readBeside(t.dir, n.text, maxPEM); err != nil {
			r.bad(n, "%v", err)
		}
	}
	if len(r.problems) > known {
		return
	}
	if _, err := t.certificates(); err != nil {
		r.bad(cert, "%v", err)
	}
}

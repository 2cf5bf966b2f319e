package scenario_test

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// documented returns the blocks of YAML in the pages that tell of profiles.
func documented(t *testing.T) (blocks [][]string) {
	t.Helper()
	for _, name := range []string{"profiles.md", "from-other-tools.md"} {
		page, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1)
		if len(found) == 0 {
			t.Fatalf("%s has no YAML", name)
		}
		blocks = append(blocks, found...)
	}
	return blocks
}

// Every documented block is a perfcheck.yml, its service, keys of a profile, steps
// of a scenario, or a file of flows, and has no mistakes.
func TestDocumentedProfiles(t *testing.T) {
	dir := t.TempDir()
	writeCertificates(t, dir)
	path := filepath.Join(dir, "perfcheck.yml")
	write(t, filepath.Join(dir, ".env"), "DB_PASSWORD=secret\n")
	for name, text := range map[string]string{
		"accounts.csv": "user\n" + strings.Repeat("ann\n", 100), "products.jsonl": `{"id":1}`, "photo.jpg": "", "big.json": "{}",
	} {
		write(t, filepath.Join(dir, name), text)
	}
	for _, block := range documented(t) {
		if strings.HasPrefix(block[1], "flows:") {
			write(t, filepath.Join(dir, "flows.yml"), block[1]) // for the block that includes it
			continue
		}
		write(t, path, whole(block[1]))
		c, err := profile.Load(path)
		if err != nil {
			t.Errorf("%s\n%v", whole(block[1]), err)
			continue
		}
		for i := range c.Profiles {
			if _, err := scenario.Compile(&c.Profiles[i]); err != nil {
				t.Errorf("%s\n%v", whole(block[1]), err)
			}
		}
	}
}

// One mistake that the reader of the file reports has no others follow, whatever
// it keeps from being understood.
func TestMistakesHaveNoConsequences(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "perfcheck.yml")
	for name, text := range map[string]string{
		"accounts.csv": "user\n" + strings.Repeat("ann\n", 100), "products.jsonl": `{"id":1}`, "photo.jpg": "", "big.json": "{}",
	} {
		write(t, filepath.Join(dir, name), text)
	}
	value := regexp.MustCompile(`(\w|"): [^\n]`)
	tried := 0
	for _, block := range documented(t) {
		if strings.HasPrefix(block[1], "flows:") || strings.HasPrefix(block[1], "service:") {
			continue
		}
		text := whole(block[1])
		for _, at := range value.FindAllStringIndex(text, -1) {
			for _, junk := range []string{"[] #", "{} #", "~ #", "-1 #", "[{}] #", "x y #", "'' #"} {
				mutant := text[:at[1]-1] + junk + text[at[1]-1:]
				write(t, path, mutant)
				c, err := profile.Load(path)
				known, _ := errors.AsType[profile.Problems](err)
				if c == nil || len(c.Broken) == 0 {
					continue
				}
				tried++
				for i := range c.Broken {
					if more := scenario.Check(&c.Broken[i], known); len(more) > 0 {
						t.Errorf("%s\n%v\nand then\n%v", mutant, known, more)
					}
				}
			}
		}
	}
	if tried < 100 {
		t.Errorf("only %d mutants were broken", tried)
	}
}

// whole makes a perfcheck.yml of a block, adding what it leaves out.
func whole(block string) string {
	if strings.Contains(block, "version:") {
		return block
	}
	if strings.HasPrefix(block, "service:") {
		return "version: 1\n" + block + "profiles: {p: {arrival: {rate: 100/s}, scenarios: [{steps: [{GET: /}]}]}}\n"
	}
	if strings.HasPrefix(block, "- ") {
		block = "scenarios:\n  - steps:\n      - GET: /\n" + indent("      ", block)
	}
	for key, value := range map[string]string{"arrival": "{rate: 100/s}", "scenarios": "[{steps: [{GET: /}]}]"} {
		if !regexp.MustCompile(`(?m)^` + key + `:`).MatchString(block) {
			block += key + ": " + value + "\n"
		}
	}
	return "version: 1\nservice: {url: \"http://localhost:80\"}\nprofiles:\n  p:\n" + indent("    ", block)
}

func indent(by, text string) string {
	return by + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+by) + "\n"
}

// writeCertificates writes the files that the page names in service.tls.
func writeCertificates(t *testing.T, dir string) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	key, err := x509.MarshalPKCS8PrivateKey(server.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	write(t, filepath.Join(dir, "ca.pem"), string(certificate))
	write(t, filepath.Join(dir, "client.pem"), string(certificate))
	write(t, filepath.Join(dir, "client.key"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
}

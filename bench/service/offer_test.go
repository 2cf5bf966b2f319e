package service

import (
	"slices"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench/profile"
)

func TestOffers(t *testing.T) {
	tests := map[string]struct {
		services string
		want     []Offer
	}{
		"long": {`
  api:
    build: {context: .}
    healthcheck: {test: [CMD, curl, -f, "http://localhost:8080/health?full=1"]}
    ports:
      - {mode: ingress, target: 8080, published: "18080", protocol: tcp}
      - {mode: ingress, target: 8080, published: "18081", protocol: tcp}
      - {mode: ingress, target: 53, protocol: udp}
  db:
    image: postgres
    healthcheck: {test: pg_isready}
    ports: [{target: 5432}]`, []Offer{
			{profile.Target{Service: "api", Port: 8080}, true, "/health"},
			{profile.Target{Service: "db", Port: 5432}, false, ""},
		}},
		"short": {`
  api:
    image: api
    healthcheck: {test: "wget -q http://127.0.0.1/up || exit 1"}
    ports: ["127.0.0.1:8080:80/tcp", "53:53/udp", "9090"]`, []Offer{
			{profile.Target{Service: "api", Port: 80}, false, "/up"},
			{profile.Target{Service: "api", Port: 9090}, false, "/up"},
		}},
		"none": {`
  worker: {image: worker}`, nil},
	}
	for name, test := range tests {
		c, err := parseConfig([]byte("services:"+test.services), []string{"*"})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.offers(); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %+v, want %+v", name, got, test.want)
		}
	}
}

func TestFindCompose(t *testing.T) {
	if _, err := FindCompose(t.TempDir()); err == nil || !strings.Contains(err.Error(), "docker-compose.yml") {
		t.Errorf("got %v", err)
	}
	if got, err := FindCompose("../../testdata/shop"); got != "docker-compose.yml" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

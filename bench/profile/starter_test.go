package profile

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// What init writes is read back as it was meant, whatever things are called.
func TestStarter(t *testing.T) {
	for name, want := range map[string]Service{
		"plain":  {Compose: []string{"docker-compose.yml"}, Target: Target{Service: "api", Port: 8080}, Ready: Ready{Get: "/health"}},
		"little": {Compose: []string{"compose.yaml"}, Target: Target{Service: "web_1.x", Port: 80}},
		"odd":    {Compose: []string{"../a b: {,.yml", "123"}, Target: Target{Service: "8", Port: 80}, Ready: Ready{Get: "/a#b: \"ü\"?%20"}},
	} {
		path := filepath.Join(t.TempDir(), "perfcheck.yml")
		if err := os.WriteFile(path, []byte(Starter(want)), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := Load(path)
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, Starter(want))
			continue
		}
		given := DefaultService
		given.Compose, given.Target, given.Ready.Get = want.Compose, want.Target, want.Ready.Get
		if want = given; !reflect.DeepEqual(got.Service, want) || len(got.Profiles) != 1 {
			t.Errorf("%s: got %+v, want %+v", name, got.Service, want)
		}
	}
}

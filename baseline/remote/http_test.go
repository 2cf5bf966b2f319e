package remote

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// serve serves repositories by HTTP as GitHub does: to who has the token, and
// for pushing only where the token is for that.
func serve(t *testing.T, server string, mayPush bool) (url string) {
	t.Helper()
	runGit(t, server, "config", "http.receivepack", "true")
	backend := &cgi.Handler{
		Path: filepath.Join(runGit(t, "", "--exec-path"), "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + filepath.Dir(server), "GIT_HTTP_EXPORT_ALL=1"},
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		push := strings.Contains(r.URL.String(), "git-receive-pack")
		switch tokens := r.Header.Values("Authorization"); {
		case len(tokens) != 1 || tokens[0] != "basic token":
			w.Header().Set("WWW-Authenticate", `Basic realm="shop"`)
			http.Error(w, fmt.Sprintf("%d tokens", len(tokens)), http.StatusUnauthorized)
		case push && !mayPush:
			http.Error(w, "Write access to repository not granted.", http.StatusForbidden)
		default:
			backend.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL + "/" + strings.ReplaceAll(filepath.Base(server), " ", "%20")
}

// checkedOut is a clone as actions/checkout leaves it: with the job's token in
// its configuration.
func checkedOut(t *testing.T, server, url string) string {
	t.Helper()
	clone := newClone(t, server)
	runGit(t, clone, "remote", "set-url", "origin", url)
	runGit(t, clone, "config", "http."+strings.TrimSuffix(url, filepath.Base(url))+".extraheader", "AUTHORIZATION: basic token")
	return clone
}

func TestTokenOfTheCheckout(t *testing.T) {
	server := newServer(t)
	clone := checkedOut(t, server, serve(t, server, true))
	r := openTest(t, "git:origin", Options{Dir: clone})
	for n := range 2 {
		if err := r.Put(t.Context(), files(n)); err != nil {
			t.Fatal(err)
		}
	}
	names, err := r.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := get(t, r, names); len(got) != 2 {
		t.Errorf("got %q", got)
	}
}

func TestTokenThatMayOnlyRead(t *testing.T) {
	server := newServer(t)
	if err := openTest(t, "git:"+server, Options{}).Put(t.Context(), files(1)); err != nil {
		t.Fatal(err)
	}
	clone := checkedOut(t, server, serve(t, server, false))
	r := openTest(t, "git:origin", Options{Dir: clone})
	if names, err := r.List(t.Context()); len(names) != 1 || err != nil {
		t.Errorf("list: %q, %v", names, err)
	}
	err := r.Put(t.Context(), files(2))
	if !errors.Is(err, ErrDenied) || !strings.Contains(fmt.Sprint(err), "contents: write") {
		t.Errorf("put: %v", err)
	}
}

func TestNoToken(t *testing.T) {
	server := newServer(t)
	url := serve(t, server, true)
	_, err := openTest(t, "git:"+url, Options{}).List(t.Context())
	if !errors.Is(err, ErrDenied) {
		t.Errorf("got %v, want ErrDenied", err)
	}
}

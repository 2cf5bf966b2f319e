package service

import "testing"

func TestMasked(t *testing.T) {
	env := map[string]string{
		"PASSWORD": "hunter2-hunter2",
		"URL":      "postgres://shop:hunter2-hunter2@db/shop",
		"PORT":     "8080",
		"KEY":      "-----BEGIN KEY-----\nMIIEvQIBADANBg\n",
	}
	for text, want := range map[string]string{
		"listening on 8080": "listening on 8080",
		"no route to postgres://shop:hunter2-hunter2@db/shop, 2 tries": "no route to ***, 2 tries",
		"bad password hunter2-hunter2":                                 "bad password ***",
		"api-1  | MIIEvQIBADANBg":                                      "api-1  | ***",
	} {
		if got := masked(text, env); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := masked("as it is", nil); got != "as it is" {
		t.Errorf("without an environment: %q", got)
	}
}

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

// What is quoted of an answer may be escaped, and cut off in the midst of a value.
func TestMaskedExcerpt(t *testing.T) {
	env := map[string]string{"PASSWORD": "hunter2-hunter2", "URL": "postgres://shop:hunter2-hunter2@db/shop", "ODD": `say "friend"`}
	for text, want := range map[string]string{
		"status 500: `no hunter2-hunter2`":        "status 500: `no ***`",
		"status 500: `no hunter2-h`…":             "status 500: `no ***`…",
		"status 500: `postgres://shop:hunter2-`…": "status 500: `***`…",
		`status 500: "a\nb say \"friend\" c"`:     `status 500: "a\nb *** c"`,
		"status 500: `no hu":                      "status 500: `no hu",
		"status 500: `no answer`…":                "status 500: `no answer`…",
		"status 500: `a`…, then hunter…":          "status 500: `a`…, then ***…",
		"":                                        "",
	} {
		if got := maskedExcerpt(text, env); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

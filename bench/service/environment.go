package service

import (
	"maps"
	"os"
	"slices"
	"strings"
)

// reserved are the variables by which GitHub's runner hands a step its powers
// over the job: the files that set what later steps run with, and tokens. What
// is measured is the code of a pull request, which must not inherit them. A name
// that ends in _ stands for all that begin so.
var reserved = []string{
	"GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY",
	"GITHUB_TOKEN",
	"ACTIONS_", // those of the cache, the artifacts and the OIDC provider
	"INPUT_",   // of an action, tokens among them
}

// inherited is perfcheck's own environment without what is reserved. All that a
// service's build and its commands inherit comes from here.
func inherited() []string {
	return slices.DeleteFunc(os.Environ(), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.ContainsFunc(reserved, func(r string) bool {
			return name == r || strings.HasSuffix(r, "_") && strings.HasPrefix(name, r)
		})
	})
}

// environ is the environment of every command of the service.
func (o Options) environ() []string {
	env := inherited()
	for _, k := range slices.Sorted(maps.Keys(o.Config.Env)) {
		env = append(env, k+"="+o.Config.Env[k])
	}
	return env
}

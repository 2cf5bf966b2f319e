package remote

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// history is what the git remote is called in our own repository.
const history = "history"

// carried are the beginnings of settings that say how servers are reached and
// what they are told of who we are.
var carried = []string{
	"core.askpass", "core.gitproxy", "core.sshcommand",
	"credential.", "http.", "protocol.", "ssh.", "url.",
}

// carriedOfRemote are those of the settings of a remote that we need.
var carriedOfRemote = []string{"url", "pushurl", "proxy", "proxyauthmethod", "receivepack", "uploadpack"}

// A setting is an entry of git's configuration.
type setting struct{ key, value string }

// listSettings returns all that git is configured with in one place.
func listSettings(ctx context.Context, g *git) ([]setting, error) {
	list, err := g.run(ctx, nil, "config", "--list", "-z")
	if err != nil {
		return nil, err
	}
	var all []setting
	for entry := range strings.SplitSeq(strings.TrimSuffix(list, "\x00"), "\x00") {
		key, value, ok := strings.Cut(entry, "\n")
		if !ok {
			value = "true" // a key alone
		}
		all = append(all, setting{key, value})
	}
	return all, nil
}

// ownRepository makes a bare repository in the folder at, whose git remote
// called [history] is the one that address names: one of the user's repository
// (in which user runs), or a URL or path.
//
// The user's repository cannot be used itself. A shallow or partial fetch marks
// the whole repository as shallow or partial, for every later command of the user.
func ownRepository(ctx context.Context, user *git, address, at string) (*git, error) {
	local, err := user.run(ctx, nil, "rev-parse", "--local-env-vars")
	if err != nil {
		return nil, err
	}
	own := &git{env: append(without(strings.Fields(local)),
		"GIT_DIR="+at,
		"LC_ALL=C",              // errors are matched in English
		"GIT_TERMINAL_PROMPT=0", // nobody is there to answer
		"GIT_NO_LAZY_FETCH=1",   // what is missing is fetched at once, never one by one
	)}
	if _, err := own.run(ctx, nil, "init", "--quiet", "--bare", "--template="); err != nil {
		return nil, err
	}
	here, err := listSettings(ctx, own)
	if err != nil {
		return nil, err
	}
	there, err := listSettings(ctx, user)
	if err != nil {
		return nil, err
	}
	named := slices.ContainsFunc(there, func(s setting) bool { return s.key == "remote."+address+".url" })
	if named {
		err = own.startAtRoot(ctx, user)
	} else if !strings.ContainsAny(address, ":/") {
		err = fmt.Errorf("%w: git knows no remote %q here: see git remote -v, or give its URL", ErrNotFound, address)
	}
	own.configure(append(added(there, here), ofRemote(there, address, named)...))
	return own, err
}

// startAtRoot lets relative paths start where they do in the user's repository.
func (g *git) startAtRoot(ctx context.Context, user *git) error {
	root, err := user.run(ctx, nil, "rev-parse", "--show-cdup")
	if !filepath.IsAbs(root) { // it is where core.worktree says where
		root = filepath.Join(user.dir, root)
	}
	g.dir = root
	return err
}

// added returns those of the settings there to carry that are not here already:
// what the user's own and the machine's configuration say to everyone is, and
// a header that is sent twice is refused.
func added(there, here []setting) []setting {
	have := make(map[setting]int)
	for _, s := range here {
		have[s]++
	}
	var more []setting
	for _, s := range there {
		if have[s] > 0 {
			have[s]--
			continue
		}
		if slices.ContainsFunc(carried, func(p string) bool { return strings.HasPrefix(s.key, p) }) {
			more = append(more, s)
		}
	}
	return more
}

// ofRemote returns the settings of our remote.
func ofRemote(there []setting, address string, named bool) []setting {
	if !named {
		return []setting{{"remote." + history + ".url", address}}
	}
	var own []setting
	for _, s := range there {
		name, ok := strings.CutPrefix(s.key, "remote."+address+".")
		if ok && slices.Contains(carriedOfRemote, name) {
			own = append(own, setting{"remote." + history + "." + name, s.value})
		}
	}
	return own
}

// configure gives settings to all later commands: by the environment, since
// some are secrets and others may read command lines.
func (g *git) configure(settings []setting) {
	g.env = append(g.env, "GIT_CONFIG_COUNT="+strconv.Itoa(len(settings)))
	for i, s := range settings {
		g.env = append(g.env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, s.key), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, s.value))
	}
}

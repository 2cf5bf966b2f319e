package service

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The rules of what two copies of a project may share. What would let one arm
// disturb the other is refused; what most likely does not is noted.

// sharedResources finds networks and volumes that copies would share.
func (c *config) sharedResources() (errs []error) {
	for _, kind := range []string{"networks", "volumes"} {
		for _, name := range slices.Sorted(maps.Keys(object(c.doc[kind]))) {
			if ext := object(object(c.doc[kind])[name])["external"]; ext != nil && ext != false {
				errs = append(errs, fmt.Errorf("%s.%s is external, so starts and arms would share it: "+
					"override it with \"external: false\" in a further file of service.compose", kind, name))
			}
		}
	}
	volumes := object(c.doc["volumes"])
	for _, name := range slices.Sorted(maps.Keys(volumes)) {
		options := object(object(volumes[name])["driver_opts"])
		if device, ok := options["device"].(string); ok && options["type"] != "tmpfs" {
			errs = append(errs, fmt.Errorf("volumes.%s lies on %s, so starts and arms would share it: "+
				"override it with \"driver_opts: {type: tmpfs, device: tmpfs, o: \"\"}\" in a further file of service.compose", name, device))
		}
	}
	return errs
}

// A sharing is a key of a compose service by which it joins something outside
// of its project.
type sharing struct {
	key    string
	joins  string // the beginning of values that do
	remedy string
}

var sharings = []sharing{
	{"network_mode", "container:", `override it with "network_mode: bridge"`},
	{"ipc", "host", `override it with "ipc: private"`},
	{"ipc", "container:", `override it with "ipc: private"`},
	{"pid", "container:", `override it with "pid: service:NAME" of a service of the project`},
	{"volumes_from", "container:", "name a service of the project, or a volume"},
	{"external_links", "", "add what they lead to as a service of the project"},
}

// ofMachine says what becomes of containers that share a namespace of the
// machine in which they do not get in each other's way.
var ofMachine = map[string]string{
	"pid":         "see all processes of this machine",
	"uts":         "have the name of this machine",
	"userns_mode": "have the users of this machine",
}

// sharedByService finds what the service would share with its copies.
func (c *config) sharedByService(name string, svc map[string]any, root string) (errs []error) {
	for _, s := range sharings {
		values := list(svc[s.key])
		if v, ok := svc[s.key].(string); ok {
			values = []string{v}
		}
		for _, v := range values {
			if strings.HasPrefix(v, s.joins) {
				errs = append(errs, fmt.Errorf("services.%s has %s: %s, which both arms would share: %s in a further file of service.compose",
					name, s.key, v, s.remedy))
			}
		}
	}
	for _, key := range []string{"pid", "uts", "userns_mode"} {
		if svc[key] == "host" {
			c.notes = append(c.notes, fmt.Sprintf("%s of both arms %s (%s: host)", name, ofMachine[key], key))
		}
	}
	if svc["devices"] != nil {
		c.notes = append(c.notes, "both arms use the same devices of this machine in "+name)
	}
	mounts, _ := svc["volumes"].([]any)
	for _, m := range mounts {
		if source := writable(m); source != "" {
			errs = append(errs, c.sharedFolder(name, source, root)...)
		}
	}
	return errs
}

// ofSystem are folders of the machine that services mount for what is in them,
// such as the time zone or the engine's socket, and do not keep data in.
var ofSystem = []string{"/dev", "/etc", "/proc", "/run", "/sys", "/usr", "/var/run"}

// sharedFolder says what becomes of a folder of the machine that a service can
// write to: each arm has its own work tree, and of all else there is one.
func (c *config) sharedFolder(name, source, root string) []error {
	switch {
	case within(root, source):
		c.notes = append(c.notes, fmt.Sprintf("%s may write to %s, which a fresh start does not empty", name, below(root, source)))
	case slices.ContainsFunc(ofSystem, func(dir string) bool { return within(dir, source) }):
		c.notes = append(c.notes, fmt.Sprintf("both arms can write to %s of this machine in %s", source, name))
	default:
		return []error{fmt.Errorf("services.%s can write to %s, which starts and arms would share: "+
			"mount it with :ro, or a volume at its place, in a further file of service.compose", name, source)}
	}
	return nil
}

// writable returns the folder of the host that a mount lets be written, else "".
func writable(mount any) string {
	if folder, readOnly := bound(mount); !readOnly {
		return folder
	}
	return ""
}

// bound returns the folder of the host that a mount shows, else "", and whether
// it may only be read there.
func bound(mount any) (folder string, readOnly bool) {
	if short, ok := mount.(string); ok {
		source, rest, _ := strings.Cut(short, ":")
		_, options, _ := strings.Cut(rest, ":")
		if strings.HasPrefix(source, "/") && rest != "" {
			return source, slices.Contains(strings.Split(options, ","), "ro")
		}
		return "", false
	}
	m := object(mount)
	if source, ok := m["source"].(string); ok && m["type"] == "bind" {
		return source, m["read_only"] == true
	}
	return "", false
}

// within says whether path is dir or lies in it, links followed.
func within(dir, path string) bool {
	rel, err := filepath.Rel(real(dir), real(path))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(os.PathSeparator))
}

// real follows the links in a path, of which the end may be missing.
func real(path string) string {
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		return resolved
	}
	dir := filepath.Dir(path)
	if dir == path {
		return path
	}
	return filepath.Join(real(dir), filepath.Base(path))
}

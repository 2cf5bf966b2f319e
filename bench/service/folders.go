package service

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ownFolders mounts an empty volume of the project's own in the place of each
// folder of the work tree that is not there. The engine would make it, empty: no
// start would find it so again, and nobody but root could remove it.
func (c *config) ownFolders(root string) {
	volumes := maps.Clone(object(c.doc["volumes"]))
	if volumes == nil {
		volumes = map[string]any{}
	}
	names := map[string]string{} // of volumes, by folder
	missing := c.missingFolders(root)
	for _, service := range slices.Sorted(maps.Keys(c.services)) {
		mounts, _ := c.services[service]["volumes"].([]any)
		for i, mount := range mounts {
			folder, _ := bound(mount)
			if !slices.Contains(missing, folder) {
				continue
			}
			if names[folder] == "" {
				names[folder] = fmt.Sprintf("perfcheck-folder-%d", len(names)+1)
				volumes[names[folder]] = map[string]any{}
			}
			mounts[i] = inVolume(mount, names[folder])
			c.notes = append(c.notes, fmt.Sprintf("%s has an empty volume in the place of %s, which the commit does not have", service, below(root, folder)))
		}
	}
	c.doc["volumes"] = volumes
}

// missingFolders returns the folders of the work tree that a service may write to
// and that are not there, but for those that hold other mounted ones or lie in them.
func (c *config) missingFolders(root string) []string {
	written := map[string]bool{} // by folder, of all that are mounted
	for _, svc := range c.services {
		mounts, _ := svc["volumes"].([]any)
		for _, mount := range mounts {
			if folder, readOnly := bound(mount); folder != "" {
				written[folder] = written[folder] || !readOnly
			}
		}
	}
	all := slices.Collect(maps.Keys(written))
	var missing []string
	for _, folder := range all {
		_, err := os.Lstat(folder)
		nested := slices.ContainsFunc(all, func(other string) bool {
			return other != folder && (within(folder, other) || within(other, folder))
		})
		if written[folder] && errors.Is(err, fs.ErrNotExist) && within(root, folder) && !nested {
			missing = append(missing, folder)
		}
	}
	return missing
}

// below writes a path in a work tree as all arms have it.
func below(root, path string) string {
	rel, err := filepath.Rel(real(root), real(path))
	if err != nil {
		return path
	}
	return rel
}

// inVolume returns a mount of a folder as that of a volume, into which nothing of
// the image is copied, as it is not into a folder.
func inVolume(mount any, name string) any {
	if short, ok := mount.(string); ok {
		_, rest, _ := strings.Cut(short, ":")
		target, options, _ := strings.Cut(rest, ":")
		if options != "" {
			options += ","
		}
		return name + ":" + target + ":" + options + "nocopy"
	}
	volume := map[string]any{
		"type": "volume", "source": name, "target": object(mount)["target"],
		"volume": map[string]any{"nocopy": true},
	}
	if _, readOnly := bound(mount); readOnly {
		volume["read_only"] = true
	}
	return volume
}

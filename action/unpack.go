package action

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
)

// unpack returns the content of the one file, called name, that an archive may
// hold. It writes nothing to the disk, so no name in the archive can lead
// anywhere; more than that file means that it is not what was asked for.
func unpack(archive []byte, name string, limit int64) ([]byte, error) {
	reader, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, fmt.Errorf("not a sound zip archive: %w", err)
	}
	for _, entry := range reader.File {
		if entry.Name != name {
			return nil, fmt.Errorf("holds %.100q: want %q and nothing else", entry.Name, name)
		}
	}
	if n := len(reader.File); n != 1 {
		return nil, fmt.Errorf("holds %d files: want only %q", n, name)
	}
	entry := reader.File[0]
	if !entry.Mode().IsRegular() {
		return nil, fmt.Errorf("%q is no regular file (%s)", name, entry.Mode())
	}
	content, err := inflate(entry, limit)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", name, err)
	}
	return content, nil
}

// inflate reads an entry, however large it says that it is.
func inflate(entry *zip.File, limit int64) ([]byte, error) {
	file, err := entry.Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, limit+1)) // one more, to see the end and so the checksum
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("larger than %d bytes", limit)
	}
	return content, nil
}

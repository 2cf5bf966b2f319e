package action

import (
	"strconv"
	"strings"
)

// An Annotation is a remark at a line of a file, on what is wrong.
type Annotation struct {
	Path    string // from the root of the repository
	Line    int    // the first is 1
	Title   string
	Message string
}

// What the runner gives a meaning to in a command, and how it reads it as text.
var (
	escapeMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	escapeProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// Command returns the line by which a step has GitHub show the annotation on
// the page of the workflow run, and beside the file if it has one. It works at
// the beginning of a line, on stdout as on stderr. Of a step's commands GitHub
// shows the first 10, and 4096 characters of a message.
func (a Annotation) Command() string {
	var properties []string
	set := func(name, value string) {
		if value != "" {
			properties = append(properties, name+"="+escapeProperty.Replace(value))
		}
	}
	set("file", a.Path)
	if a.Line > 0 {
		set("line", strconv.Itoa(a.Line))
	}
	set("title", a.Title)
	head := "error"
	if len(properties) > 0 {
		head += " " + strings.Join(properties, ",")
	}
	return "::" + head + "::" + escapeMessage.Replace(a.Message) + "\n"
}

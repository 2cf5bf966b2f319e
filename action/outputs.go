package action

import (
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// An Output is what later steps read as steps.<id>.outputs.<name>.
type Output struct {
	Name  string // letters, digits, - and _, not beginning with a digit or -
	Value string // of any number of lines
}

var outputName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// WriteOutputs sets outputs of this step.
func WriteOutputs(getenv func(string) string, outputs ...Output) (err error) {
	var text strings.Builder
	for _, o := range outputs {
		if !outputName.MatchString(o.Name) {
			return fmt.Errorf("output %q: want a name of letters, digits, - and _", o.Name)
		}
		end := delimiter(o.Value)
		fmt.Fprintf(&text, "%s<<%s\n%s\n%s\n", o.Name, end, o.Value, end)
	}
	f, err := openStepFile(getenv, "GITHUB_OUTPUT")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = f.WriteString(f.gap + text.String())
	return err
}

// delimiter returns a line that ends a value. That nobody can guess it keeps a
// value from ending itself and setting another output.
func delimiter(value string) string {
	for {
		if end := "perfcheck-" + rand.Text(); !strings.Contains(value, end) {
			return end
		}
	}
}

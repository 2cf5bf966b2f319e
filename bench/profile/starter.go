package profile

import (
	_ "embed"
	"strings"
	"text/template"
)

//go:embed starter.yml
var starterText string

var starter = template.Must(template.New("starter.yml").Funcs(template.FuncMap{"yaml": quoted}).Parse(starterText))

// Starter returns a commented perfcheck.yml for a service that is run by compose:
// with one profile, of one request, for the user to go on from.
func Starter(s Service) string {
	var text strings.Builder
	_ = starter.Execute(&text, s) // a strings.Builder takes all, and the template is tested
	return text.String()
}

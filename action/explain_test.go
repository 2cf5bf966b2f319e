package action

import (
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/action/githubtest"
)

// What GitHub answers may have several lines; an error has one.
func TestExplain(t *testing.T) {
	for name, test := range map[string]struct {
		fault githubtest.Fault
		want  string
	}{
		"a field":       {githubtest.Fault{Status: 422, Body: `{"message": "Validation Failed", "errors": [{"field": "base", "message": "is bad"}]}`}, "GitHub answered 422 Validation Failed: is bad"},
		"a coded field": {githubtest.Fault{Status: 422, Body: `{"message": "Validation Failed", "errors": [{"resource": "Status", "field": "state", "code": "missing"}]}`}, "422 Validation Failed: missing error caused by state field on Status resource"},
		"lines":         {githubtest.Fault{Status: 422, Body: `{"message": "Invalid request.\n\n::error::No subschema in \"oneOf\" matched."}`}, `GitHub answered 422 Invalid request. ::error::No subschema in "oneOf" matched`},
		"no message":    {githubtest.Fault{Status: 409, Body: "<html>"}, "GitHub answered 409 Conflict"},
		"what is gone":  {githubtest.Fault{Status: 404, Body: `{"message": "Not Found"}`}, "404 Not Found: it is not there, or the token lacks `statuses: write`"},
	} {
		t.Run(name, func(t *testing.T) {
			hub := newHub(t)
			c, _ := dial(t, hub, hub.Token("statuses: write"))
			hub.Inject("POST", "/statuses/", test.fault)
			err := c.SetStatus(t.Context(), headSHA, Status{Context: "perfcheck/shop", State: StateSuccess})
			if err == nil || !strings.HasPrefix(err.Error(), "set the status perfcheck/shop of "+headSHA+": ") || !strings.HasSuffix(err.Error(), test.want) {
				t.Errorf("%v\nwant an end like %q", err, test.want)
			}
		})
	}
}

package githubtest

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	defaultPage = 30
	largestPage = 100 // what asks for more gets this many
)

// page returns the part of a list that was asked for, and says in the answer's
// header which parts there are besides.
func page[T any](r *request, all []T) ([]T, error) {
	size, err := r.number("per_page", defaultPage)
	if err != nil {
		return nil, err
	}
	number, err := r.number("page", 1)
	if err != nil {
		return nil, err
	}
	size = min(size, largestPage)
	last := max(1, (len(all)+size-1)/size)
	var links []string
	if number < last {
		links = append(links, r.link(number+1, "next"), r.link(last, "last"))
	}
	if number > 1 {
		links = append(links, r.link(1, "first"), r.link(number-1, "prev"))
	}
	if len(links) > 0 {
		r.header.Set("Link", strings.Join(links, ", "))
	}
	from := min((number-1)*size, len(all))
	return all[from:min(from+size, len(all))], nil
}

// number reads a positive number of the query.
func (r *request) number(name string, absent int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		r.server.t.Errorf("githubtest: %s %s: %s is no number above 0", r.Method, r.URL, name)
		return 0, &refusal{status: http.StatusUnprocessableEntity, Message: name + " is not a number above 0"}
	}
	return n, nil
}

func (r *request) link(page int, rel string) string {
	query := r.URL.Query()
	query.Set("page", strconv.Itoa(page))
	to := url.URL{Path: r.URL.Path, RawQuery: query.Encode()}
	return fmt.Sprintf(`<%s%s>; rel="%s"`, r.server.URL, to.String(), rel)
}

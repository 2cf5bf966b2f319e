package githubtest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A Fault is what a client gets instead of an answer.
type Fault struct {
	Status int // 0 breaks the connection
	Header map[string]string
	Body   string
	Late   bool // what was asked for is done all the same: only the answer is lost
}

// Broken is GitHub on a bad day.
func Broken() Fault {
	return Fault{Status: http.StatusBadGateway, Body: "<html>Unicorn!</html>"}
}

// Lost is an answer that does not arrive, to a request that did.
func Lost() Fault { return Fault{Late: true} }

// SecondaryLimit is what clients get that ask too quickly.
func SecondaryLimit(wait time.Duration) Fault {
	return Fault{
		Status: http.StatusForbidden,
		Header: map[string]string{"Retry-After": strconv.Itoa(int(wait.Seconds()))},
		Body: `{"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
			"documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`,
	}
}

// PrimaryLimit is what clients get that have asked too often in this hour.
func PrimaryLimit(reset time.Time) Fault {
	return Fault{
		Status: http.StatusForbidden,
		Header: map[string]string{
			"X-RateLimit-Limit":     "1000",
			"X-RateLimit-Remaining": "0",
			"X-RateLimit-Reset":     strconv.FormatInt(reset.Unix(), 10),
		},
		Body: `{"message": "API rate limit exceeded for installation."}`,
	}
}

// A line tells requests by their method and a part of their path.
type line struct{ method, part string }

func (l line) matches(r *http.Request) bool {
	return r.Method == l.method && strings.Contains(r.URL.Path, l.part)
}

type fault struct {
	line
	Fault
}

// Inject makes the next requests with this method, and this in their path, come
// to grief, each in its own way.
func (s *Server) Inject(method, part string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.faults = append(s.faults, &fault{line{method, part}, f})
	}
}

// nextFault takes the first fault that is meant for a request, or returns nil.
func (s *Server) nextFault(r *http.Request) *fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.matches(r) {
			s.faults = append(s.faults[:i], s.faults[i+1:]...)
			return f
		}
	}
	return nil
}

func (f Fault) answer(w http.ResponseWriter) {
	if f.Status == 0 {
		panic(http.ErrAbortHandler)
	}
	for name, value := range f.Header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(f.Status)
	fmt.Fprint(w, f.Body)
}

// A barrier holds requests until enough of them have come.
type barrier struct {
	line
	missing int
	open    chan struct{}
}

// Barrier holds the next n requests with this method, and this in their path,
// until all of them are there.
func (s *Server) Barrier(method, part string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.barriers = append(s.barriers, &barrier{line{method, part}, n, make(chan struct{})})
}

// wait returns when no barrier holds the request, or its client has left.
func (s *Server) wait(r *http.Request) {
	if b := s.reach(r); b != nil {
		select {
		case <-b.open:
		case <-r.Context().Done():
		}
	}
}

// reach counts a request at the barrier that holds it, or returns nil.
func (s *Server) reach(r *http.Request) *barrier {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.barriers {
		if b.missing > 0 && b.matches(r) {
			b.missing--
			if b.missing == 0 {
				close(b.open)
			}
			return b
		}
	}
	return nil
}

package githubtest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// A route is one thing that the API can do.
type route struct {
	pattern string   // of http.ServeMux; /repos/* is the server's repository
	needs   []string // permissions as a workflow spells them, any of which is enough; none is for users only
	status  int      // of success
	do      func(*request) (any, error)
}

// A request is one that was let in.
type request struct {
	*http.Request
	by     bearer
	body   []byte
	header http.Header // of the answer
	server *Server
}

// serve lets in those who may, carries out what they ask, and answers. Requests
// are carried out one at a time.
func (s *Server) serve(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.arrive(r)
		fault := s.nextFault(r)
		if fault != nil && !fault.Late {
			fault.answer(w)
			return
		}
		result, err := s.carryOut(rt, w, r)
		switch {
		case fault != nil:
			fault.answer(w)
		case err != nil:
			refuse(w, err)
		default:
			write(w, rt.status, result)
		}
	}
}

func (s *Server) carryOut(rt route, w http.ResponseWriter, r *http.Request) (any, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	by, err := s.admit(r, rt.needs)
	if err != nil {
		return nil, err
	}
	return rt.do(&request{Request: r, by: by, body: body, header: w.Header(), server: s})
}

// arrive keeps the request's line, and holds it at barriers.
func (s *Server) arrive(r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+r.URL.String())
	s.mu.Unlock()
	s.wait(r)
}

// decode reads the body of a request, in which GitHub knows all fields.
func (r *request) decode(into any) error {
	decoder := json.NewDecoder(strings.NewReader(string(r.body)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		r.server.t.Errorf("githubtest: %s %s: %v", r.Method, r.URL, err)
		return &refusal{status: http.StatusBadRequest, Message: "Problems parsing JSON"}
	}
	return nil
}

func refuse(w http.ResponseWriter, err error) {
	refused, ok := errors.AsType[*refusal](err)
	if !ok {
		refused = &refusal{status: http.StatusInternalServerError, Message: err.Error()}
	}
	for name, value := range refused.header {
		w.Header().Set(name, value)
	}
	write(w, refused.status, refused)
}

func write(w http.ResponseWriter, status int, body any) {
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	if place, ok := body.(redirect); ok {
		w.Header().Set("Location", string(place))
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	// A client that has gone away is its own concern.
	_ = json.NewEncoder(w).Encode(body)
}

// A redirect is an answer that only names a place.
type redirect string

package githubtest

import "net/http"

func (s *Server) userRoutes() []route {
	return []route{{"GET /user", nil, http.StatusOK, s.whoAmI}}
}

func (s *Server) whoAmI(r *request) (any, error) { return r.by.author, nil }

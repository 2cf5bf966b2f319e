package profile

import "slices"

// A Balance says how requests are spread over the targets of a scaled service.
// The zero value is in turns.
type Balance struct {
	Way     string `json:",omitzero"` // Random, LeastConnections, Fastest; empty: in turns
	Weights []int  `json:",omitzero"` // in turns, so many to each target; empty: alike
}

// The words of Balance.Way, beside Random.
const (
	RoundRobin       = "round_robin"
	LeastConnections = "least_connections"
	Fastest          = "fastest"
)

// Targets returns how many the requests of a service are spread over.
func (s *Service) Targets() int {
	if s.URL != "" {
		return len(s.URLs())
	}
	return max(1, s.Target.Replicas)
}

// URLs returns those of all targets of a service that runs already.
func (s *Service) URLs() []string {
	return slices.Concat([]string{s.URL}, s.Replicas)
}

func (r *reader) balance(n *node) (b Balance) {
	if n.kind != mapping {
		if b.Way = r.oneOf(n, RoundRobin, Random, LeastConnections, Fastest); b.Way == RoundRobin {
			b.Way = ""
		}
		return b
	}
	r.fields(n, map[string]func(*node){
		"weights": func(n *node) {
			for _, w := range r.elements(n) {
				b.Weights = append(b.Weights, int(r.integer(w, 1, 1000)))
			}
		},
	})
	if n.field("weights") == nil {
		r.bad(n, "weights are missing: write one for each target, as in [3, 1]")
	}
	return b
}

// checkBalance reports what does not go with the number of targets.
func (r *reader) checkBalance(n *node, s *Service) {
	if s.Target.Replicas > 0 && s.Network == Host {
		r.bad(n.field("network"), "replicas cannot all listen on one port: write direct or published")
	}
	at := n.field("balance")
	if at == nil {
		return
	}
	targets := s.Targets()
	if targets == 1 {
		r.bad(at, "has no effect with one target: give several urls, or target.replicas")
	} else if w := s.Balance.Weights; len(w) > 0 && len(w) != targets {
		r.bad(at.field("weights"), "want one for each of the %d targets, got %d", targets, len(w))
	}
}

// urls reads one or several of the same scheme.
func (r *reader) urls(n *node) (first string, others []string) {
	if n.kind != list {
		return r.url(n), nil
	}
	var all []string
	for _, item := range r.elements(n) {
		u := r.url(item)
		switch {
		case u == "":
		case slices.Contains(all, u):
			r.bad(item, "written twice")
		case len(all) > 0 && encrypted(u) != encrypted(all[0]):
			r.bad(item, "want the scheme of the first, as all targets are reached alike: %s", all[0])
		}
		all = append(all, u)
	}
	if len(all) == 0 {
		return "", nil
	}
	return all[0], all[1:]
}

package baseline

import "fmt"

// Alike tells whether both runs measured the same profile in the same way on
// the same machine, so that they can be compared. One of which it is not known
// how it was measured is like none.
func (s *Summary) Alike(other *Summary) bool { return s.Unlike(other) == "" }

// Unlike names the first thing that keeps the runs from being compared, with what
// it was for each; nothing where they are alike.
func (s *Summary) Unlike(other *Summary) string {
	differ := func(what, a, b string) string { return fmt.Sprintf("%s: %s and %s", what, a, b) }
	host := s.Host.Differences(other.Host)
	switch {
	case s.Profile != other.Profile:
		return differ("profile", s.Profile, other.Profile)
	case s.Digest != other.Digest:
		return differ("digest of profile "+s.Profile, s.Digest, other.Digest)
	case len(host) > 0:
		return host[0]
	case s.Service == "" || s.Interleave == "":
		return "how it was measured is not known"
	case s.Service != other.Service:
		return differ("way of running the service", s.Service, other.Service)
	case s.Interleave != other.Interleave:
		return differ("what alternates", s.Interleave, other.Interleave)
	case (s.Pairing == "") != (other.Pairing == ""):
		return differ("way of measuring", s.way(), other.way())
	default:
		return ""
	}
}

func (s *Summary) way() string {
	if s.Pairing == "" {
		return "alone"
	}
	return "side by side"
}

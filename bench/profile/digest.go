package profile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// digest returns the SHA-256 of all in the profile and the service that
// affects the measurement, in hex. It is taken of their JSON without zero
// fields, in which maps are sorted: neither comments, nor the order of keys,
// nor fields that later versions add make a difference.
func digest(p *Profile, s *Service) string {
	data, err := json.Marshal(struct {
		Profile *Profile
		Service *Service
	}{p, s})
	if err != nil {
		// Load makes only values that JSON has.
		panic(fmt.Sprintf("profile %s: %v", p.Name, err))
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

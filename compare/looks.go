package compare

// A look is a number of valid blocks at which a comparison may be decided,
// and the one-sided family-wise error that it may spend.
type look struct {
	blocks int
	level  float64
}

// looks spend an error of 0.01 in all, by Bonferroni's inequality: no more
// than that share of comparisons without any change is ever called a regression.
var looks = []look{{8, 0.004}, {12, 0.002}, {17, 0.002}, {24, 0.001}, {34, 0.001}}

// MinBlocks is the least number of valid blocks that decides anything, and
// MaxBlocks the number after which no more are looked at.
const (
	MinBlocks = 8
	MaxBlocks = 34
)

// confidence of all intervals.
const confidence = 0.95

// Due says whether [Judge] may decide at this number of valid blocks; between
// these looks it decides only when no more blocks will come.
func Due(blocks int) bool {
	for _, l := range looks {
		if blocks == l.blocks {
			return true
		}
	}
	return blocks > MaxBlocks
}

// levelAt returns the level of the look that is taken with this many valid
// blocks: the next one's between two looks, 0 where there are too few for any.
func levelAt(blocks int) float64 {
	if blocks < MinBlocks {
		return 0
	}
	for _, l := range looks {
		if blocks <= l.blocks {
			return l.level
		}
	}
	return looks[len(looks)-1].level
}

// NextLook returns how many valid blocks the first look after this many needs.
func NextLook(blocks int) int {
	for _, l := range looks {
		if blocks < l.blocks {
			return l.blocks
		}
	}
	return MaxBlocks
}

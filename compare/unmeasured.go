package compare

import (
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// Unmeasured returns a comparison that holds a verdict, [Skipped] or [Invalid],
// and why nothing was measured.
func Unmeasured(base, head bench.Subject, v Verdict, now time.Time, reasons ...string) *Comparison {
	c := &Comparison{Schema: Schema, Created: now, Base: base, Head: head, Confidence: confidence}
	c.decide(v, reasons...)
	return c
}

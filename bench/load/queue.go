package load

import "time"

// wakeups is a heap of users by the arm time at which they go on.
type wakeups []*user

func (w wakeups) Len() int           { return len(w) }
func (w wakeups) Less(i, j int) bool { return w[i].due < w[j].due }
func (w wakeups) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *wakeups) Push(x any)        { *w = append(*w, x.(*user)) }
func (w *wakeups) Pop() any {
	old := *w
	u := old[len(old)-1]
	*w = old[:len(old)-1]
	return u
}

// A queue holds the arm times of arrivals that nobody serves yet, oldest first.
// It mostly is empty between two arrivals, and then starts again where it began.
type queue struct {
	times []time.Duration
	first int // those before are served
}

func (q *queue) len() int             { return len(q.times) - q.first }
func (q *queue) all() []time.Duration { return q.times[q.first:] }

func (q *queue) push(due time.Duration) {
	if q.first > 0 && 2*q.first >= len(q.times) {
		q.times = q.times[:copy(q.times, q.all())]
		q.first = 0
	}
	q.times = append(q.times, due)
}

func (q *queue) pop() time.Duration {
	due := q.times[q.first]
	q.first++
	return due
}

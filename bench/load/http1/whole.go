package http1

// A whole parses answers that come whole, one after the other. Most of them begin
// with the head that the one before began with, since a Date changes once in a
// second: such a head is compared, and not parsed again.
type whole struct {
	answer        // the last one
	head   []byte // that was parsed last; empty where there is none
	parsed answer // what that came to
}

// parse parses an answer from its beginning; see [answer.parse].
func (w *whole) parse(buf []byte, toHead bool, maxBody int) (kept []byte, done bool, err error) {
	n := len(w.head)
	if 0 < n && n <= len(buf) && string(buf[:n]) == string(w.head) && w.parsed.toHead == toHead && w.parsed.maxBody == maxBody {
		w.answer = w.parsed
		return w.parseBody(buf)
	}
	w.reset(toHead, maxBody)
	buf, err = w.parseHead(buf)
	if err != nil || w.state <= fieldLine {
		return buf, false, err
	}
	if w.overall == w.end { // there is no other head before it
		w.head, w.parsed = append(w.head[:0], buf[:w.end]...), w.answer
	}
	return w.parseBody(buf)
}

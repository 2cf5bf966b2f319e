// Package load sends a profile's requests and times the answers.
//
// An [Arm] is an event loop over one service's virtual users. It is driven in
// slices: between them its clock stands, so arrivals, think times and the
// users' connections live on as if the pause had not been. One goroutine
// drives one arm at a time; the wire below it (package http1) does the I/O.
//
// Times of an arm are on two clocks. Arm time counts only what the slices
// lasted, and schedules the load: when an arrival of an open model falls due is a
// function of its number, the rate over arm time, and the seed. Wire time runs on,
// and measures latency: from the moment at which a request was due, or sent, to
// the moment at which its answer was complete. What is due late is sent late, but
// its latency counts from when it was due, so a service that stalls cannot hide
// its stall (Gil Tene's coordinated omission). What an answer leads to, without a
// pause, is due when it is sent.
package load

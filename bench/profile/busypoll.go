package profile

// checkBusyPoll reports polling where it would hide that perfcheck has too much to
// do: users who wait for nothing load as fast as perfcheck can.
func (r *reader) checkBusyPoll(n *node, p *Profile) {
	if p.BusyPoll && n.field("arrival") != nil && !p.Arrival.Open() {
		r.bad(n.field("busy_poll"), "goes with a rate only: with users perfcheck could not tell whether it keeps up; give arrival a rate, or remove busy_poll")
	}
}

// checkPolling reports polling over what does not go through the one loop that
// can poll.
func (r *reader) checkPolling(file *node, s *Service) {
	profiles := file.field("profiles")
	if profiles == nil || !s.Encrypted() && s.Protocol != H2C {
		return
	}
	for _, p := range profiles.fields {
		if at := p.node.field("busy_poll"); at != nil {
			r.bad(at, "perfcheck polls over plain HTTP/1.1 only: remove it")
		}
	}
}

package profile

// checkConnections reports what the profiles of a file say of connections that
// has no effect in the service's protocol.
func (r *reader) checkConnections(file *node, s *Service) {
	service, profiles := file.field("service"), file.field("profiles")
	if service == nil || profiles == nil {
		return
	}
	if at := service.field("protocol"); at != nil && s.Protocol == "" && at.value != Auto {
		return // reported already
	}
	shared := s.Protocol == HTTP2 || s.Protocol == H2C
	for _, p := range profiles.fields {
		if at := p.node.field("keep_alive"); at != nil && shared {
			r.bad(at, "has no effect with service.protocol: %s, which keeps its connections: remove one of them", s.Protocol)
		}
		if at := p.node.field("connections"); at != nil && !shared {
			r.bad(at, "has no effect with HTTP/1.1, where each user has a connection: write service.protocol: http2 or h2c")
		}
	}
}

// protocol reads what the service speaks.
func (r *reader) protocol(n *node) string {
	if p := r.oneOf(n, Auto, HTTP1, HTTP2, H2C); p != Auto {
		return p
	}
	return ""
}

// checkProtocol reports a protocol that goes with TLS, or without, and does not
// find it so.
func (r *reader) checkProtocol(n *node, s *Service) {
	switch at := n.field("protocol"); {
	case at == nil:
	case s.Protocol == HTTP2 && !s.Encrypted():
		r.bad(at, "http2 is spoken over TLS: write h2c for a service without, else give service.tls or an https url")
	case s.Protocol == H2C && s.Encrypted():
		r.bad(at, "h2c is HTTP/2 without TLS: write http2")
	}
}
